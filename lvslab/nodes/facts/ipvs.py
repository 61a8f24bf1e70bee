"""The IPVS tables as the kernel hands them out by generic netlink (linux/ip_vs.h), taken apart."""

import base64
import struct
from collections.abc import Iterable, Iterator
from ipaddress import ip_address

from lvslab.nodes.facts.director import RealServer, Service

AF_INET, AF_INET6 = 2, 10
PROTOCOLS = {6: "TCP", 17: "UDP", 132: "SCTP"}
METHODS = {0: "NAT", 1: "LOCAL", 2: "TUN", 3: "DR", 4: "DR"}
# one attribute around all others: the service's or the real server's
_SERVICE_FAMILY, _SERVICE_PROTOCOL, _SERVICE_ADDRESS, _SERVICE_PORT, _SERVICE_MARK, _SCHEDULER = range(1, 7)
_ADDRESS, _PORT, _METHOD, _WEIGHT = range(1, 5)
_ACTIVE, _INACTIVE, _FAMILY, _STATS = 7, 8, 11, 12
_CONNECTIONS, _PACKETS_IN, _BYTES_IN = 1, 2, 4


def services(tables: Iterable[Iterable[str]]) -> tuple[Service, ...]:
    """Return the virtual services; each is given as its own attributes and its real servers', in base64."""
    return tuple(_service([_inside(base64.b64decode(each)) for each in row]) for row in tables)


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= 4:
        length, kind = struct.unpack("=HH", data[:4])
        if length < 4:
            return
        # the two highest bits are flags: nested, in network order
        yield kind & 0x3FFF, data[4:length]
        data = data[(length + 3) & ~3 :]


def _inside(data: bytes) -> dict[int, bytes]:
    _, nested = next(_attributes(data))
    return dict(_attributes(nested))


def _service(row: list[dict[int, bytes]]) -> Service:
    head, *rows = row
    family = _number(head[_SERVICE_FAMILY])
    scheduler = head[_SCHEDULER].rstrip(b"\0").decode()
    servers = tuple(_real_server(each, family) for each in rows)
    if _SERVICE_MARK in head:
        return Service("FWM", str(_number(head[_SERVICE_MARK])), scheduler, "", servers)
    address = _endpoint(family, head[_SERVICE_ADDRESS], head[_SERVICE_PORT])
    return Service(PROTOCOLS.get(_number(head[_SERVICE_PROTOCOL]), ""), address, scheduler, "", servers)


def _real_server(row: dict[int, bytes], family: int) -> RealServer:
    family = _number(row[_FAMILY]) if _FAMILY in row else family
    stats = dict(_attributes(row.get(_STATS, b"")))
    return RealServer(
        address=_endpoint(family, row[_ADDRESS], row[_PORT]),
        forwarding=METHODS.get(_number(row[_METHOD]) & 7, ""),
        weight=_number(row[_WEIGHT]),
        active=_number(row[_ACTIVE]),
        inactive=_number(row[_INACTIVE]),
        connections=_number(stats.get(_CONNECTIONS, b"")),
        packets_in=_number(stats.get(_PACKETS_IN, b"")),
        bytes_in=_number(stats.get(_BYTES_IN, b"")),
    )


def _number(value: bytes) -> int:
    return int.from_bytes(value, "little")


def _endpoint(family: int, address: bytes, port: bytes) -> str:
    number = int.from_bytes(port)
    if family == AF_INET6:
        return f"[{ip_address(address[:16])}]:{number}"
    return f"{ip_address(address[:4])}:{number}"
