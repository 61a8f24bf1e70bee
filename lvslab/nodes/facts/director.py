"""What a director says of its IPVS table and of its keepalived."""

import re
from dataclasses import dataclass, field

from lvslab.nodes.probe import Probe, Reading

FORWARDING = {"Route": "DR", "Masq": "NAT", "Tunnel": "TUN", "Local": "LOCAL"}


@dataclass(frozen=True)
class RealServer:
    """A row of an IPVS table: address as ``ip:port``, forwarding method, weight, connections now, and in all."""

    address: str
    forwarding: str
    weight: int
    active: int
    inactive: int
    connections: int = 0
    packets_in: int = 0
    bytes_in: int = 0


@dataclass(frozen=True)
class Service:
    """A virtual service: protocol (TCP, UDP, FWM), ``ip:port`` or mark, scheduler, flags and real servers."""

    protocol: str
    address: str
    scheduler: str
    flags: str = ""
    real_servers: tuple[RealServer, ...] = field(default=())


TABLE = Probe("ipvs", ("ipvsadm", "--list", "--numeric"))
COUNTERS = Probe("ipvs-counters", ("ipvsadm", "--list", "--numeric", "--stats", "--exact"))


def services(table: Reading, counters: Reading | None = None) -> tuple[Service, ...]:
    """Return the virtual services in the output of ``ipvsadm -Ln``, counters from ``ipvsadm -Ln --stats --exact``."""
    counted = _counters(counters) if counters else {}
    found: list[Service] = []
    for line in table.output.splitlines():
        words = line.split()
        if words[:1] and words[0] in ("TCP", "UDP", "SCTP", "FWM"):
            scheduler, *flags = words[3:] if words[2:3] == ["IPv6"] else words[2:]
            found.append(Service(words[0], words[1], scheduler, " ".join(flags)))
        elif words[:1] == ["->"] and found and words[1] != "RemoteAddress:Port":
            service = found.pop()
            row = _real_server(words, counted.get((service.address, words[1]), ()))
            found.append(
                Service(
                    service.protocol,
                    service.address,
                    service.scheduler,
                    service.flags,
                    (*service.real_servers, row),
                )
            )
    return tuple(found)


def _real_server(words: list[str], counted: tuple[int, ...]) -> RealServer:
    connections, packets_in, bytes_in = (*counted, 0, 0, 0)[:3]
    weight, active, inactive = (int(word) for word in words[3:6])
    return RealServer(
        address=words[1],
        forwarding=FORWARDING.get(words[2], words[2]),
        weight=weight,
        active=active,
        inactive=inactive,
        connections=connections,
        packets_in=packets_in,
        bytes_in=bytes_in,
    )


def _counters(reading: Reading) -> dict[tuple[str, str], tuple[int, ...]]:
    """Return connections, packets in and bytes in of each real server of each service."""
    found: dict[tuple[str, str], tuple[int, ...]] = {}
    service = ""
    for line in reading.output.splitlines():
        words = line.split()
        if words[:1] and words[0] in ("TCP", "UDP", "SCTP", "FWM"):
            service = words[1]
        elif words[:1] == ["->"] and words[1] != "RemoteAddress:Port":
            conns, packets_in, _packets_out, bytes_in, *_ = (int(word) for word in words[2:])
            found[service, words[1]] = (conns, packets_in, bytes_in)
    return found


AFTER_INSTANCES = "< (VRRP Sockpool|Interfaces) >"
"""What keepalived's dump has after its last instance, for grep -E: it may be looked at while it is being written."""
# keepalived writes its state into this file on SIGUSR1 (keepalived(8), --signum=DATA)
DUMP = Probe(
    "vrrp",
    (
        "sh",
        "-c",
        "p=$(cat /run/keepalived.pid) || exit 1; rm -f /tmp/keepalived.data;"
        ' kill -s "$(keepalived --signum=DATA)" "$p" || exit 1;'
        " for i in 1 2 3 4 5 6 7 8 9 10; do"
        f" grep -Eqs '{AFTER_INSTANCES}' /tmp/keepalived.data && break; sleep 0.1; done;"
        " cat /tmp/keepalived.data",
    ),
)


def vrrp_states(reading: Reading) -> dict[str, str]:
    """Return the state (MASTER, BACKUP, FAULT) of each VRRP instance in keepalived's dump."""
    return dict(re.findall(r"VRRP Instance = (\S+)\n(?: +.*\n)*? +State = (\S+)", reading.output))
