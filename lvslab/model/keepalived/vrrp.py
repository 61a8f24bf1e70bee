"""VRRP in keepalived.conf(5): instances, sync groups and tracked scripts, defaults filled in."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from lvslab.model.keepalived.block import Block, Globals, whole
from lvslab.model.keepalived.tree import Statement

OWNER = 255
DEFAULT_PRIORITY = 100
MOST_WEIGHT = 253
Address = IPv4Address | IPv6Address


def address(word: str) -> Address | None:
    """Read an IP address; None where there is anything else."""
    try:
        return ip_address(word)
    except ValueError:
        return None


@dataclass(frozen=True)
class VirtualAddress:
    """An entry of virtual_ipaddress; ``prefix`` is None where none is written: a host's."""

    statement: Statement
    address: Address
    prefix: int | None
    device: str | None

    @property
    def line(self) -> int:
        """The line of the entry."""
        return self.statement.line

    @property
    def subnet(self) -> IPv4Network | IPv6Network | None:
        """The subnet that a written prefix says; None where there is none, or one that cannot be."""
        if self.prefix is None or self.prefix > self.address.max_prefixlen:
            return None
        return ip_network((self.address, self.prefix), strict=False)

    @classmethod
    def of(cls, statement: Statement) -> "VirtualAddress | None":
        """Read an entry; None where it does not start with an address."""
        text, _, prefix = statement.keyword.partition("/")
        found = address(text)
        if found is None:
            return None
        words = statement.words
        device = words[words.index("dev") + 1] if "dev" in words[:-1] else None
        return cls(statement, found, whole(prefix), device)


@dataclass(frozen=True)
class Track:
    """An entry of track_script; ``weight`` is None where the script's own counts."""

    name: str
    weight: int | None
    line: int

    @classmethod
    def of(cls, statement: Statement) -> "Track":
        """Read an entry."""
        words = statement.words
        weight = whole(words[words.index("weight") + 1]) if "weight" in words[:-1] else None
        return cls(statement.keyword, weight, statement.line)


@dataclass(frozen=True)
class VrrpScript(Block):
    """A vrrp_script. ``interval`` and ``timeout`` are seconds; a script without a timeout has until its next run."""

    name: str
    script: str
    interval: int
    timeout: int
    weight: int
    rise: int
    fall: int
    user: str | None

    @classmethod
    def of(cls, statement: Statement) -> "VrrpScript":
        """Read the block."""
        block = Block(statement)
        interval = block.whole("interval", default=1, low=1)
        script = block.last("script")
        return cls(
            statement,
            name=name_of(statement),
            script=" ".join(script.words) if script else "",
            interval=interval,
            timeout=block.whole("timeout", default=interval, low=1),
            weight=block.whole("weight", default=0, low=-MOST_WEIGHT, high=MOST_WEIGHT),
            rise=block.whole("rise", default=1, low=1),
            fall=block.whole("fall", default=1, low=1),
            user=block.word("user"),
        )

    @property
    def worst_detection(self) -> float:
        """Seconds from a failure to a change of state at worst: runs that come too late, and the last one's limit."""
        return self.interval * self.fall + self.timeout


@dataclass(frozen=True)
class SyncInstance:
    """An instance that a sync group names."""

    name: str
    line: int


@dataclass(frozen=True)
class SyncGroup(Block):
    """A vrrp_sync_group: instances that change state together."""

    name: str
    members: tuple[SyncInstance, ...]

    @classmethod
    def of(cls, statement: Statement) -> "SyncGroup":
        """Read the block."""
        lines = Block(statement).items("group")
        members = (SyncInstance(name, each.line) for each in lines for name in (each.keyword, *each.words))
        return cls(statement, name_of(statement), tuple(members))


@dataclass(frozen=True)
class VrrpInstance(Block):
    """A vrrp_instance. Times are in seconds; ``advert_int`` is what the file says, ``interval`` what is sent.

    An instance whose first virtual address is an IPv6 one runs version 3, whatever the file says. One that says
    ``state MASTER`` and no priority gets 255, the address owner's.
    """

    name: str
    state: str
    interface: str | None
    virtual_router_id: int | None
    version: int
    priority: int
    advert_int: float
    down_timer_adverts: int
    nopreempt: bool
    preempt_delay: float
    auth_type: str | None
    auth_pass: str | None
    mcast_src_ip: Address | None
    mcast_dst_ip: Address | None
    unicast_src_ip: Address | None
    unicast_peers: tuple[Address, ...]
    virtual_addresses: tuple[VirtualAddress, ...]
    excluded_addresses: tuple[VirtualAddress, ...]
    track_scripts: tuple[Track, ...]
    track_interfaces: tuple[str, ...]
    strict: bool

    @classmethod
    def of(cls, statement: Statement, globals_: Globals) -> "VrrpInstance":
        """Read the block; global_defs has some of its defaults."""
        block = Block(statement)
        state = "MASTER" if _first(block, "state") == "MASTER" else "BACKUP"
        vips = addresses(block, "virtual_ipaddress")
        authentication = Block(block.last("authentication") or Statement("authentication"))
        ipv6 = bool(vips) and vips[0].address.version == 6
        version = 3 if ipv6 else block.whole("version", default=globals_.vrrp_version, low=2, high=3)
        adverts = globals_.whole("vrrp_down_timer_adverts", default=3, low=1, high=100)
        return cls(
            statement,
            name=name_of(statement),
            state=state,
            interface=block.word("interface"),
            virtual_router_id=block.whole("virtual_router_id", default=0, low=1, high=255) or None,
            version=version,
            priority=block.whole("priority", default=_priority(block, state), low=1, high=OWNER),
            advert_int=block.number("advert_int", default=1.0, low=0.01, high=255),
            down_timer_adverts=block.whole("down_timer_adverts", default=adverts, low=1, high=100),
            nopreempt=block.has("nopreempt"),
            preempt_delay=block.number("preempt_delay", default=0.0, high=1000),
            auth_type=authentication.word("auth_type"),
            auth_pass=authentication.word("auth_pass"),
            mcast_src_ip=address(block.word("mcast_src_ip") or ""),
            mcast_dst_ip=address(block.word("mcast_dst_ip") or ""),
            unicast_src_ip=address(block.word("unicast_src_ip") or ""),
            unicast_peers=tuple(
                peer for each in block.items("unicast_peer") if (peer := address(each.keyword)) is not None
            ),
            virtual_addresses=vips,
            excluded_addresses=addresses(block, "virtual_ipaddress_excluded"),
            track_scripts=tuple(Track.of(each) for each in block.items("track_script")),
            track_interfaces=tuple(each.keyword for each in block.items("track_interface")),
            strict=block.flag("strict_mode") if block.has("strict_mode") else globals_.vrrp_strict,
        )

    @property
    def interval(self) -> float:
        """The seconds between two adverts: version 2 sends whole ones, version 3 hundredths, at most 40.95."""
        if self.version == 2:
            return float(max(1, int(self.advert_int + 0.5)))
        return min(40.95, max(0.01, round(self.advert_int * 100) / 100))

    @property
    def addresses(self) -> tuple[VirtualAddress, ...]:
        """What the master holds, adverts' addresses first."""
        return self.virtual_addresses + self.excluded_addresses

    @property
    def family(self) -> int:
        """4 or 6: the version of IP."""
        return self.virtual_addresses[0].address.version if self.virtual_addresses else 4


def addresses(block: Block, keyword: str) -> tuple[VirtualAddress, ...]:
    """Return the addresses in a block of them."""
    found = (VirtualAddress.of(each) for each in block.items(keyword))
    return tuple(each for each in found if each is not None)


def name_of(statement: Statement) -> str:
    """Return a block's name, the word behind its keyword."""
    return statement.words[0] if statement.words else ""


def _first(block: Block, keyword: str) -> str | None:
    # of two states keepalived takes the first, unlike with other directives
    found = next(block.every(keyword), None)
    return found.words[0] if found and found.words else None


def _priority(block: Block, state: str) -> int:
    return OWNER if state == "MASTER" and not block.has("priority") else DEFAULT_PRIORITY
