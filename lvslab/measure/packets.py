"""What an Ethernet frame says, as far as VRRP and ARP go: pure, from bytes.

RFC 826 (ARP), RFC 4861 (neighbour discovery, which is IPv6's ARP), RFC 3768 (VRRP version 2), RFC 5798 and RFC 9568
(version 3).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

ETHERNET = 14
ARP, IPV4, IPV6 = 0x0806, 0x0800, 0x86DD
VRRP = 112
ICMPV6 = 58
IPV6_HEADER = 40
SOLICITATION, ADVERTISEMENT = 135, 136
OPERATIONS = {SOLICITATION: 1, ADVERTISEMENT: 2}
LINK_LAYER_ADDRESS = {SOLICITATION: 1, ADVERTISEMENT: 2}


@dataclass(frozen=True)
class ArpPacket:
    """An ARP packet over Ethernet and IPv4; operation 1 asks, 2 answers. ``mac`` is the frame's own source.

    Or IPv6's of the same meaning: a neighbour solicitation asks, an advertisement answers. One that nobody has asked
    for goes to all nodes (RFC 4861, section 7.2.6), and has its sender as its target, as a gratuitous ARP packet.
    """

    mac: str
    operation: int
    sender_mac: str
    sender: str
    target: str


@dataclass(frozen=True)
class VrrpPacket:
    """A VRRP advert; ``interval`` in seconds, ``mac`` the frame's source, ``source`` the sender's own address."""

    mac: str
    source: str
    version: int
    virtual_router_id: int
    priority: int
    interval: float
    addresses: tuple[str, ...]


def parse(frame: bytes) -> ArpPacket | VrrpPacket | None:
    """Return what a frame says, or None when it is neither ARP nor VRRP or is cut short."""
    try:
        return _parse(frame)
    except (struct.error, ValueError, IndexError):
        return None


def _parse(frame: bytes) -> ArpPacket | VrrpPacket | None:
    mac, kind, rest = _mac(frame[6:12]), int.from_bytes(frame[12:14]), frame[ETHERNET:]
    if kind == ARP:
        return _arp(mac, rest)
    if kind == IPV4 and rest[9] == VRRP:
        header = (rest[0] & 15) * 4
        return _vrrp(mac, rest[12:16], rest[header : int.from_bytes(rest[2:4])])
    if kind == IPV6:
        return _ipv6(mac, rest[6], rest[:IPV6_HEADER], rest[IPV6_HEADER : IPV6_HEADER + int.from_bytes(rest[4:6])])
    return None


def _ipv6(mac: str, carried: int, header: bytes, body: bytes) -> ArpPacket | VrrpPacket | None:
    if carried == VRRP:
        return _vrrp(mac, header[8:24], body)
    if carried == ICMPV6 and body[0] in OPERATIONS and len(body) >= 24:
        return _neighbour(mac, header, body)
    return None


def _neighbour(mac: str, header: bytes, body: bytes) -> ArpPacket:
    """Return a neighbour solicitation or advertisement (RFC 4861, sections 4.3 and 4.4) as ARP would have it."""
    source, destination, about = (ip_address(raw) for raw in (header[8:24], header[24:40], body[8:24]))
    told = _option(body[24:], LINK_LAYER_ADDRESS[body[0]])
    sender_mac = _mac(told) if told else mac
    if body[0] == SOLICITATION:
        return ArpPacket(mac, OPERATIONS[body[0]], sender_mac, str(source), str(about))
    target = about if destination.is_multicast else destination
    return ArpPacket(mac, OPERATIONS[body[0]], sender_mac, str(about), str(target))


def _option(raw: bytes, kind: int) -> bytes:
    """Return the MAC address in an option of this kind, nothing where there is none (RFC 4861, section 4.6.1)."""
    while len(raw) >= 8 and raw[1]:
        if raw[0] == kind:
            return raw[2:8]
        raw = raw[raw[1] * 8 :]
    return b""


def _mac(raw: bytes) -> str:
    return ":".join(f"{byte:02x}" for byte in raw)


def _arp(mac: str, packet: bytes) -> ArpPacket | None:
    hardware, protocol, sizes, operation = struct.unpack("!HHHH", packet[:8])
    if (hardware, protocol, sizes) != (1, IPV4, 0x0604):
        return None
    sender_mac, sender, _, target = struct.unpack("!6s4s6s4s", packet[8:28])
    return ArpPacket(mac, operation, _mac(sender_mac), str(ip_address(sender)), str(ip_address(target)))


def _vrrp(mac: str, source: bytes, packet: bytes) -> VrrpPacket | None:
    first, router, priority, count, timing = struct.unpack("!BBBBH", packet[:6])
    version, kind = first >> 4, first & 15
    if version not in (2, 3) or kind != 1:
        return None
    # version 2: authentication type and seconds, a byte each; version 3: four bits reserved, then centiseconds
    interval = float(timing & 0xFF) if version == 2 else (timing & 0x0FFF) / 100
    addresses = tuple(_addresses(packet[8:], count, len(source)))
    return VrrpPacket(mac, str(ip_address(source)), version, router, priority, interval, addresses)


def _addresses(raw: bytes, count: int, size: int) -> Iterator[str]:
    for start in range(0, count * size, size):
        yield str(ip_address(raw[start : start + size]))
