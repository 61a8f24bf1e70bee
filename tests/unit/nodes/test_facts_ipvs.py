"""The kernel's IPVS tables, as generic netlink hands them out."""

import base64
import json
import struct

from lvslab.nodes.facts import ipvs
from lvslab.nodes.facts.director import RealServer, Service
from tests.unit.recorded import FIXTURES


def recorded() -> list[list[str]]:
    """Return the tables of director1."""
    tables: list[list[str]] = json.loads((FIXTURES / "sampler" / "director1.json").read_text())["ipvs"]
    return tables


def attribute(kind: int, value: bytes) -> bytes:
    """Return a netlink attribute, padded."""
    return struct.pack("=HH", len(value) + 4, kind) + value + bytes(-len(value) % 4)


def packed(kind: int, *inner: bytes) -> str:
    """Return attributes within one, in base64."""
    return base64.b64encode(attribute(kind, b"".join(inner))).decode()


def test_the_recorded_table_is_that_of_the_lab() -> None:
    """One service, two real servers by direct routing, with their counters."""
    (service,) = ipvs.services(recorded())
    assert (service.protocol, service.address, service.scheduler) == ("TCP", "192.168.18.41:80", "rr")
    assert [(real.address, real.forwarding, real.weight) for real in service.real_servers] == [
        ("192.168.18.32:80", "DR", 1),
        ("192.168.18.33:80", "DR", 1),
    ]
    assert all(real.connections and real.packets_in and real.bytes_in for real in service.real_servers)


def test_no_table_is_no_service() -> None:
    """A director whose keepalived has never run."""
    assert ipvs.services([]) == ()


def test_a_service_of_ipv6_with_masquerading_and_a_firewall_mark() -> None:
    """All that the kernel knows besides: other families, methods, and services without an address."""
    address = bytes.fromhex("fd" + "00" * 14 + "41")
    service = packed(
        1,
        attribute(1, struct.pack("=H", 10)),
        attribute(2, struct.pack("=H", 17)),
        attribute(3, address),
        attribute(4, struct.pack("!H", 53)),
        attribute(6, b"wlc\0"),
    )
    real = packed(
        2,
        attribute(1, address),
        attribute(2, struct.pack("!H", 5353)),
        attribute(3, struct.pack("=I", 0)),
        attribute(4, struct.pack("=I", 7)),
        attribute(7, struct.pack("=I", 2)),
        attribute(8, struct.pack("=I", 3)),
    )
    mark = packed(1, attribute(1, struct.pack("=H", 2)), attribute(5, struct.pack("=I", 9)), attribute(6, b"rr\0"))
    assert ipvs.services([[service, real], [mark]]) == (
        Service("UDP", "[fd00::41]:53", "wlc", "", (RealServer("[fd00::41]:5353", "NAT", 7, 2, 3),)),
        Service("FWM", "9", "rr"),
    )
