"""Virtual services and their real servers, in ipvsadm's and keepalived's terms."""

from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated

from pydantic import Field

from lvslab.model.base import Model
from lvslab.model.ipvs import Timeout
from lvslab.model.script import CommandWord
from lvslab.model.values import Address, Flag, HostName, Port, Seconds, Text, Whole, Word

SORRY = "sorry"
"""What a sorry server calls itself, in X-Real-Server and in histories."""
Digest = Annotated[str, Text("[0-9a-f]{32}", "an MD5 digest, 32 digits of 0 to 9 and a to f")]
UrlPath = Annotated[str, Text("/[A-Za-z0-9_./-]{0,200}", "a path such as /index.html")]


class Forwarding(StrEnum):
    """How a director hands a packet to a real server."""

    DR = "DR"
    NAT = "NAT"
    TUN = "TUN"


class Protocol(StrEnum):
    """The transport protocol of a virtual service."""

    TCP = "tcp"
    UDP = "udp"


class Scheduler(StrEnum):
    """How a director picks the real server for a new connection: what ``ipvsadm -s`` takes."""

    RR = "rr"
    WRR = "wrr"
    LC = "lc"
    WLC = "wlc"
    LBLC = "lblc"
    LBLCR = "lblcr"
    DH = "dh"
    SH = "sh"
    SED = "sed"
    NQ = "nq"
    FO = "fo"
    OVF = "ovf"
    MH = "mh"
    TWOS = "twos"


class SchedulerFlag(StrEnum):
    """What a scheduler by hash of the source takes into account: what ``ipvsadm --sched-flags`` takes."""

    SH_FALLBACK = "sh-fallback"
    SH_PORT = "sh-port"
    MH_FALLBACK = "mh-fallback"
    MH_PORT = "mh-port"

    @property
    def scheduler(self) -> Scheduler:
        """The one scheduler that knows the flag."""
        return Scheduler(self.value.partition("-")[0])


class CheckType(StrEnum):
    """How keepalived finds out whether a real server is well."""

    TCP_CHECK = "TCP_CHECK"
    HTTP_GET = "HTTP_GET"
    SSL_GET = "SSL_GET"
    MISC_CHECK = "MISC_CHECK"
    UDP_CHECK = "UDP_CHECK"

    @property
    def is_web(self) -> bool:
        """Whether keepalived itself asks for a page."""
        return self in (CheckType.HTTP_GET, CheckType.SSL_GET)

    @property
    def wants_answer(self) -> bool:
        """Whether it takes the daemon itself to answer it: a connection alone is the kernel's to give."""
        return self is not CheckType.TCP_CHECK


class CheckScript(StrEnum):
    """The programs for MISC_CHECK that provisioning brings."""

    ASK_PAGE = "ask-page"


class Check(Model):
    """keepalived's health check of each real server."""

    type: CheckType = CheckType.TCP_CHECK
    """TCP_CHECK connects, UDP_CHECK wants a datagram back, HTTP_GET and SSL_GET a page; MISC_CHECK runs a program."""
    connect_timeout: Seconds = 5
    """Seconds before an attempt counts as failed; whole ones for MISC_CHECK (misc_timeout)."""
    retry: Annotated[int, Whole(0, 100)] = 1
    """How many attempts follow a failed one before the real server is removed."""
    delay_before_retry: Seconds = 1
    """Seconds between those attempts."""
    port: Port | None = None
    """The port that is checked (keepalived's connect_port); the real server's unless told."""
    path: UrlPath | None = None
    """The page that HTTP_GET, SSL_GET or `ask-page` asks for; / unless told."""
    status_code: Annotated[int, Whole(100, 599)] | None = None
    """The status that HTTP_GET and SSL_GET expect; 200 unless told."""
    digest: Digest | None = None
    """The MD5 digest of the page that HTTP_GET and SSL_GET expect (genhash(1)); any page unless told."""
    script: CheckScript | None = None
    """What MISC_CHECK runs: `ask-page` asks the real server for a page."""
    command: tuple[CommandWord, ...] = ()
    """A command of your own instead: an absolute path and arguments; the server's address and port come after."""
    dynamic: Flag = False
    """Whether MISC_CHECK tells the weight (misc_dynamic): `ask-page` takes it from the page, 0 to 253."""


class SorryServer(Model):
    """Who answers when no real server is left: a page of the director's own, with status 503 (RFC 9110, 15.6.4)."""

    address: Address = IPv4Address("127.0.0.1")
    """The director's loopback: packets for the sorry server stay where they are (LocalNode)."""
    port: Port = 80
    """The port, which is the service's."""


class RealServer(Model):
    """A node that answers for a virtual service."""

    node: HostName
    """The node, one of role web, or a director that serves as well."""
    weight: Annotated[int, Whole(0, 65535)] = 1
    """The weight; 0 gives it no new connections."""
    port: Port | None = None
    """The port, where it differs from the service's; only NAT can change it."""


class VirtualService(Model):
    """An address and port that a director answers for and spreads over real servers."""

    name: Word
    """The name of the service within the lab."""
    address: Address
    """A virtual address of one of the VRRP instances."""
    port: Annotated[int, Whole(0, 65535)]
    """The port that clients connect to; 0 is every port of the address, which takes persistence."""
    fwmark: Annotated[int, Whole(1, 0xFFFFFFFF)] | None = None
    """The firewall mark that directors put on packets for the service, and know it by (ipvsadm --fwmark-service)."""
    joined_ports: tuple[Port, ...] = ()
    """More ports of the service, joined to the first by the firewall mark: a client has one real server for all."""
    protocol: Protocol = Protocol.TCP
    """The transport protocol."""
    scheduler: Scheduler = Scheduler.WLC
    """How the real server of a new connection is picked (ipvsadm --scheduler)."""
    scheduler_flags: tuple[SchedulerFlag, ...] = ()
    """Whether sh or mh hashes the client's port as well, and falls back from a server of weight 0 (--sched-flags)."""
    forwarding: Forwarding = Forwarding.DR
    """How packets reach the real server (keepalived's lvs_method)."""
    delay_loop: Seconds = 6
    """Seconds between two rounds of health checks; keepalived's own default is 60."""
    persistence_timeout: Timeout | None = None
    """For how many seconds a client stays with its real server (ipvsadm --persistent)."""
    persistence_granularity: Annotated[int, Whole(1, 128)] | None = None
    """How many leading bits of an address tell clients apart (ipvsadm --netmask); all of them unless told."""
    ops: Flag = False
    """Whether each datagram is given a real server by itself (one-packet scheduling, ipvsadm --ops); only for UDP."""
    quorum: Annotated[int, Whole(1, 65535)] | None = None
    """The weight that has to be left, or the sorry server takes over; 1 unless told."""
    hysteresis: Annotated[int, Whole(1, 65535)] | None = None
    """By how much the weight has to be below the quorum to lose it, and above to have it back; 0 unless told."""
    quorum_up: tuple[CommandWord, ...] = ()
    """What a director runs when it has the quorum: an absolute path and arguments."""
    quorum_down: tuple[CommandWord, ...] = ()
    """What a director runs when the quorum is lost."""
    real_servers: tuple[RealServer, ...] = Field(min_length=1)
    """The nodes that answer."""
    check: Check | None = None
    """The health check; without one every real server counts as well."""
    sorry_server: SorryServer | None = None
    """Who answers when the quorum is lost; without one connections are refused."""

    @property
    def netmask(self) -> str | None:
        """The bits of an address that tell clients apart, as ipvsadm(8) takes them; None where all of them do."""
        bits = self.persistence_granularity
        if bits is None or bits == self.address.max_prefixlen:
            return None
        return str(IPv4Network((0, bits)).netmask) if self.address.version == 4 else str(bits)

    @property
    def words(self) -> tuple[str, ...]:
        """What follows virtual_server in keepalived.conf(5), where a service without a port is every port."""
        if self.fwmark:
            return "fwmark", str(self.fwmark)
        return (str(self.address), str(self.port)) if self.port else (str(self.address),)

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports that clients connect to; 0 is every port."""
        return (self.port, *self.joined_ports)

    def port_of(self, server: RealServer) -> int:
        """Return the port that a real server is reached on; 0 is whichever the client has connected to."""
        return 0 if self.fwmark else server.port or self.port

    def checked_port(self, server: RealServer) -> int:
        """Return the port that a real server is checked on."""
        told = self.check.port if self.check else None
        return told or server.port or self.port
