"""Virtual services and their real servers, in ipvsadm's and keepalived's terms."""

from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated

from pydantic import Field

from lvslab.model.base import Model
from lvslab.model.ipvs import Timeout
from lvslab.model.values import Address, HostName, Port, Seconds, Text, Whole, Word

SORRY = "sorry"
"""What a sorry server calls itself, in X-Real-Server and in histories."""
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


class Check(Model):
    """keepalived's health check of each real server."""

    type: CheckType = CheckType.TCP_CHECK
    """TCP_CHECK opens a connection, HTTP_GET asks for a page."""
    connect_timeout: Seconds = 5
    """Seconds before an attempt counts as failed."""
    retry: Annotated[int, Whole(0, 100)] = 1
    """How many attempts follow a failed one before the real server is removed."""
    delay_before_retry: Seconds = 1
    """Seconds between those attempts."""
    port: Port | None = None
    """The port that is checked (keepalived's connect_port); the real server's unless told."""
    path: UrlPath | None = None
    """The page that HTTP_GET asks for; / unless told."""
    status_code: Annotated[int, Whole(100, 599)] | None = None
    """The status that HTTP_GET expects; 200 unless told."""


class SorryServer(Model):
    """Who answers when no real server is left: a page of the director's own, with status 503 (RFC 9110, 15.6.4)."""

    address: Address = IPv4Address("127.0.0.1")
    """The director's loopback: packets for the sorry server stay where they are (LocalNode)."""
    port: Port = 80
    """The port, which is the service's."""


class RealServer(Model):
    """A node that answers for a virtual service."""

    node: HostName
    """The node, one of role web."""
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
    quorum: Annotated[int, Whole(1, 65535)] | None = None
    """The weight that has to be left, or the sorry server takes over; 1 unless told."""
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
