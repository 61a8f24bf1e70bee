"""LVS in keepalived.conf(5): virtual servers, real servers and their checks, defaults filled in."""

from collections.abc import Iterator
from dataclasses import dataclass

from lvslab.model.keepalived.block import Block, whole
from lvslab.model.keepalived.tree import Statement
from lvslab.model.keepalived.vrrp import Address, address, name_of
from lvslab.model.service import Scheduler, SchedulerFlag

CHECKS = (
    "TCP_CHECK",
    "HTTP_GET",
    "SSL_GET",
    "SMTP_CHECK",
    "DNS_CHECK",
    "MISC_CHECK",
    "BFD_CHECK",
    "UDP_CHECK",
    "PING_CHECK",
    "FILE_CHECK",
)
WEB_CHECKS = ("HTTP_GET", "SSL_GET")
METHODS = ("NAT", "DR", "TUN")
PROTOCOLS = ("TCP", "UDP", "SCTP")
METHOD = ("lvs_method", "lb_kind")
SCHEDULER = ("lvs_sched", "lb_algo")
DEFAULT_DELAY_LOOP = 60.0
DEFAULT_CONNECT_TIMEOUT = 5.0
DEFAULT_PERSISTENCE = 360
RETRIES = {"DNS_CHECK": 3, "MISC_CHECK": 0}


@dataclass(frozen=True)
class Check(Block):
    """A health check, with what it inherits from its real and its virtual server. Times are in seconds."""

    kind: str
    connect_timeout: float
    retry: int
    delay_before_retry: float
    delay_loop: float
    connect_port: int | None

    @classmethod
    def of(cls, statement: Statement, *outer: Block) -> "Check":
        """Read the block; ``outer`` are its real server and its virtual server."""
        block, kind = Block(statement), statement.keyword
        blocks = (block, *outer)
        delay_loop = _inherited(blocks, "delay_loop", DEFAULT_DELAY_LOOP)
        before_retry = {"DNS_CHECK": delay_loop, "HTTP_GET": 3.0, "SSL_GET": 3.0}.get(kind, 1.0)
        timeout = _inherited(blocks, "connect_timeout", DEFAULT_CONNECT_TIMEOUT)
        if kind == "MISC_CHECK":
            timeout = block.number("misc_timeout", default=delay_loop)
        return cls(
            statement,
            kind=kind,
            connect_timeout=timeout,
            retry=_retry(block, outer),
            delay_before_retry=_inherited(blocks, "delay_before_retry", before_retry),
            delay_loop=delay_loop,
            connect_port=block.whole("connect_port", default=0, high=65535) or None,
        )

    @property
    def worst_detection(self) -> float:
        """The seconds from the death of a server that is silent to its removal, at worst.

        A whole delay_loop passes, then the attempt and its retries time out one after the other. It holds for checks
        that open a connection or run a program; not for BFD_CHECK and FILE_CHECK, which are told.
        """
        again = self.connect_timeout + self.delay_before_retry
        if self.kind == "MISC_CHECK":
            # it counts delay_before_retry from the start of a run, as keepalived's check_misc.c does
            again = max(self.connect_timeout, self.delay_before_retry)
        return self.delay_loop + self.connect_timeout + self.retry * again


@dataclass(frozen=True)
class RealServer(Block):
    """A real server; ``port`` is None where it has none of its own."""

    address: Address | None
    port: int | None
    weight: int
    method: str
    inhibit_on_failure: bool
    checks: tuple[Check, ...]

    @classmethod
    def of(cls, statement: Statement, service: Block) -> "RealServer":
        """Read the block; its virtual server has some of its defaults."""
        block = Block(statement)
        return cls(
            statement,
            address=address(name_of(statement)),
            port=_port(statement.words),
            weight=block.whole("weight", default=1),
            method=_method(block, METHOD) or _method(service, METHOD) or "NAT",
            inhibit_on_failure=block.flag("inhibit_on_failure") or service.flag("inhibit_on_failure"),
            checks=tuple(Check.of(each, block, service) for each in block.every(*CHECKS)),
        )


@dataclass(frozen=True)
class SorryServer:
    """The server that takes over when the quorum is lost."""

    statement: Statement
    address: Address | None
    port: int | None
    method: str

    @property
    def line(self) -> int:
        """The line of the directive."""
        return self.statement.line


@dataclass(frozen=True)
class VirtualServer(Block):
    """A virtual server: by address and port, by ``fwmark``, or by ``group``.

    ``protocol``, ``scheduler`` and ``method`` are those that count: keepalived 2.2.7 takes UDP, wlc and NAT where the
    file says nothing or something unknown. ``persistence_timeout`` is None for a service that is not persistent.
    """

    address: Address | None
    port: int | None
    fwmark: int | None
    group: str | None
    protocol: str
    scheduler: str
    method: str
    persistence_timeout: int | None
    delay_loop: float
    quorum: int
    hysteresis: int
    sorry_server: SorryServer | None
    real_servers: tuple[RealServer, ...]

    @classmethod
    def of(cls, statement: Statement) -> "VirtualServer":
        """Read the block."""
        block, words = Block(statement), statement.words
        by_name = words[:1] in (("fwmark",), ("group",))
        behind = words[1] if by_name and len(words) > 1 else ""
        return cls(
            statement,
            address=None if by_name else address(name_of(statement)),
            port=None if by_name else _port(words),
            fwmark=whole(behind) if words[:1] == ("fwmark",) else None,
            group=behind if words[:1] == ("group",) else None,
            protocol=_one_of(block.word("protocol"), PROTOCOLS) or "UDP",
            scheduler=_one_of(block.word(*SCHEDULER), tuple(Scheduler)) or "wlc",
            method=_method(block, METHOD) or "NAT",
            persistence_timeout=_persistence(block),
            delay_loop=block.number("delay_loop", default=DEFAULT_DELAY_LOOP),
            quorum=block.whole("quorum", default=1, low=1),
            hysteresis=block.whole("hysteresis", default=0),
            sorry_server=_sorry_server(block),
            real_servers=tuple(RealServer.of(each, block) for each in block.every("real_server")),
        )

    @property
    def name(self) -> str:
        """What the file calls it: ``10.0.0.1 80``, ``fwmark 5``, ``group web``."""
        return " ".join(self.statement.words)

    @property
    def scheduler_flags(self) -> Iterator[tuple[Statement, bool]]:
        """Each flag of a scheduler, and whether it counts: the last scheduler before it is the one that knows it."""
        scheduler = None
        for each in self.every(*SCHEDULER, *SchedulerFlag):
            if each.keyword in SCHEDULER:
                scheduler = _one_of("".join(each.words[:1]), tuple(Scheduler)) or scheduler
            else:
                yield each, SchedulerFlag(each.keyword).scheduler == scheduler

    @property
    def total_weight(self) -> int:
        """The weight of all real servers together."""
        return sum(server.weight for server in self.real_servers)


@dataclass(frozen=True)
class VirtualServerGroup(Block):
    """A virtual_server_group: addresses with ports, and firewall marks, of which ``words`` has each line."""

    name: str
    entries: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, statement: Statement) -> "VirtualServerGroup":
        """Read the block."""
        lines = tuple((each.keyword, *each.words) for each in Block(statement).known)
        return cls(statement, name_of(statement), lines)


def _inherited(blocks: tuple[Block, ...], keyword: str, default: float) -> float:
    found = next((block for block in blocks if block.has(keyword)), None)
    return found.number(keyword, default=default) if found else default


def _retry(block: Block, outer: tuple[Block, ...]) -> int:
    # nb_get_retry is an old word that only HTTP_GET and SSL_GET still know
    words = ("retry", "nb_get_retry") if block.statement.keyword in WEB_CHECKS else ("retry",)
    default = RETRIES.get(block.statement.keyword, 1)
    if block.has(*words):
        return block.whole(*words, default=default)
    return int(_inherited(outer, "retry", default))


def _port(words: tuple[str, ...]) -> int | None:
    value = whole(words[1]) if len(words) > 1 else None
    return value if value and value <= 65535 else None


def _one_of(word: str | None, allowed: tuple[str, ...]) -> str | None:
    if word is None:
        return None
    # keepalived knows tcp as well as TCP, and rr but not RR
    spelled = word.upper() if allowed is PROTOCOLS else word
    return spelled if spelled in allowed else None


def _method(block: Block, keywords: tuple[str, ...]) -> str | None:
    return _one_of(block.word(*keywords), METHODS)


def _persistence(block: Block) -> int | None:
    if not block.has("persistence_timeout"):
        return None
    return block.whole("persistence_timeout", default=DEFAULT_PERSISTENCE) or None


def _sorry_server(block: Block) -> SorryServer | None:
    found = block.last("sorry_server")
    if found is None:
        return None
    method = _method(block, ("sorry_server_lvs_method",)) or _method(block, METHOD) or "NAT"
    return SorryServer(found, address(name_of(found)), _port(found.words), method)
