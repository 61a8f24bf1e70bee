"""The events of a history.

``t`` is in nanoseconds of the host's CLOCK_MONOTONIC since the run's zero. Other moments in an event are on the same
scale, and None where they did not come. A node's own times are put on that scale by the clock offset measured at the
end of the run. *service* is a virtual service's name in the lab file, *server* is a node's name.
"""

from dataclasses import dataclass, field

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Run:
    """The first line: what ran, and where its zero stands on the clocks."""

    drill: str
    lab: str
    instance: str
    started: str
    """UTC, ISO 8601."""
    realtime_ns: int
    """CLOCK_REALTIME at zero."""
    monotonic_ns: int
    """CLOCK_MONOTONIC at zero."""
    accelerator: str = ""
    rate: float = 0.0
    """The prober's attempts a second; 0 without one."""
    schema_version: int = SCHEMA_VERSION
    t: int = 0


@dataclass(frozen=True)
class Phase:
    """A part of the run begins: ``before``, ``fault``, ``recovery``, ``after``; ``end`` ends the last."""

    t: int
    name: str


@dataclass(frozen=True)
class Recovery:
    """The last fault is healed, and the lab is as its file says again; or ``wrong`` tells what is not."""

    t: int
    took: int
    """Nanoseconds since the last fault was healed."""
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attempt:
    """One new connection with one HTTP request; ``t`` is when it was due, and ``sent`` when it was really begun.

    Of a service by UDP it is a datagram from a new port, good when answered; ``connected`` and ``status`` are None.

    ``done`` is when the answer's last byte came, or when the attempt failed; None where whoever asked did not tell.

    ``error`` is empty when a whole answer came, with status below 400 or from the sorry server. ``stream`` tells who
    asked: ``prober``, or ``locust``.
    """

    t: int
    sent: int
    connected: int | None = None
    first_byte: int | None = None
    done: int | None = None
    source: str = ""
    port: int = 0
    service: str = ""
    server: str = ""
    status: int | None = None
    error: str = ""
    stream: str = "prober"
    reused: bool = False
    """Whether the connection had carried a request before (keep-alive)."""

    @property
    def ok(self) -> bool:
        """Whether the request was answered well."""
        return not self.error


@dataclass(frozen=True)
class Stall:
    """The prober itself was late by ``ns``: no outage shorter than that can be told."""

    t: int
    ns: int


@dataclass(frozen=True)
class Advert:
    """A VRRP advert seen on a network's bridge (RFC 3768, RFC 9568); ``interval`` in seconds."""

    t: int
    network: str
    mac: str
    source: str
    virtual_router_id: int
    version: int
    priority: int
    interval: float
    addresses: tuple[str, ...] = ()
    node: str = ""
    """The director that sent it, by its MAC address; empty when it is nobody's."""


@dataclass(frozen=True)
class Arp:
    """An ARP packet for or from a VIP seen on a network's bridge (RFC 826); operation 1 asks, 2 answers.

    For an IPv6 VIP it is neighbour discovery's (RFC 4861): a solicitation asks, an advertisement answers.
    """

    t: int
    network: str
    operation: int
    sender_mac: str
    sender: str
    target: str
    node: str = ""
    """The node that sent it, by its MAC address; ``client`` for the client."""

    @property
    def is_gratuitous(self) -> bool:
        """Whether the sender tells of itself unasked (RFC 5227, section 3)."""
        return self.sender == self.target


@dataclass(frozen=True)
class Fault:
    """A step of a fault: ``action`` is injecting, injected, healing, healed or failed; ``id`` tells faults apart."""

    t: int
    id: int
    action: str
    name: str
    target: tuple[str, ...] = ()
    arguments: dict[str, str] = field(default_factory=dict)
    message: str = ""


@dataclass(frozen=True)
class Row:
    """A real server in a director's table: its service's name and its own, and the counters of ipvsadm."""

    service: str
    server: str
    weight: int
    active: int
    inactive: int
    connections: int
    """Connections passed on since the row was made."""


@dataclass(frozen=True)
class DirectorSample:
    """A director, looked at: VIPs it holds, its VRRP instances' states, its table; ``took`` in ns.

    ``httpd`` is whether its web server runs; None where it is not there to have one.
    """

    t: int
    node: str
    took: int
    holds: tuple[str, ...] = ()
    vrrp: dict[str, str] = field(default_factory=dict)
    keepalived: bool = False
    rows: tuple[Row, ...] = ()
    error: str = ""
    httpd: bool | None = None


@dataclass(frozen=True)
class StorageSample:
    """The storage node, looked at, in mdadm's words; ``rebuild`` in per cent while it rebuilds."""

    t: int
    node: str
    took: int
    state: str = ""
    active: int = 0
    failed: int = 0
    spares: int = 0
    rebuild: float | None = None
    mounted: bool = False
    exported: bool = False
    error: str = ""


@dataclass(frozen=True)
class WebSample:
    """A web server, looked at: does httpd run, is its root mounted (None without shared storage), the VIPs it has."""

    t: int
    node: str
    took: int
    httpd: bool = False
    mounted: bool | None = None
    vips: tuple[str, ...] = ()
    error: str = ""


Look = DirectorSample | StorageSample | WebSample


@dataclass(frozen=True)
class HostSample:
    """The host: shares of its processors' time since the last sample, and its load average over a minute."""

    t: int
    busy: float
    steal: float
    load: float


@dataclass(frozen=True)
class Served:
    """A line of a web server's access log; ``t`` corrected by the node's clock offset."""

    t: int
    node: str
    client: str
    port: int
    vip: str
    status: int
    agent: str = ""


@dataclass(frozen=True)
class Log:
    """A line of a node's journal; ``priority`` as in syslog(3): 3 is an error, 4 a warning."""

    t: int
    node: str
    unit: str
    priority: int
    message: str


@dataclass(frozen=True)
class Download:
    """A long connection, at its end or at the run's: ``outcome`` is survived, reset, hung or refused."""

    t: int
    id: int
    began: int
    source: str
    port: int
    server: str
    received: int
    """Bytes."""
    outcome: str
    longest_silence: int
    """Nanoseconds without a byte."""
    error: str = ""


@dataclass(frozen=True)
class Write:
    """A file written through the storage node's volume: acknowledged or not, and how it read at the end."""

    t: int
    id: int
    acknowledged: int | None
    """When fsync(2) had returned."""
    sha256: str
    read_back: str = ""
    """The digest read at the end; empty when it could not be read."""
    error: str = ""


Event = (
    Run
    | Phase
    | Recovery
    | Attempt
    | Stall
    | Advert
    | Arp
    | Fault
    | DirectorSample
    | StorageSample
    | WebSample
    | HostSample
    | Served
    | Log
    | Download
    | Write
)
