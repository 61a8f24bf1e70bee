"""What passes by on an interface of the host's: Ethernet frames, read and written by a packet(7) socket."""

import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from types import TracebackType

from lvslab.host import client, namespace
from lvslab.measure import packets
from lvslab.model.table import endpoint
from lvslab.wait import Deadline

ETH_P_ALL, ETH_P_IP, ETH_P_ARP, ETH_P_IPV6 = 0x0003, 0x0800, 0x0806, 0x86DD
TCP, IPIP = 6, 4
SYN, ACK = 0x02, 0x10
IPV6_HEADER = 40
BROADCAST = "ff:ff:ff:ff:ff:ff"
ROOM = 16 * 2**20  # bytes of frames that the kernel keeps until they are read
SO_RCVBUFFORCE = 33
SOL_PACKET, PACKET_ADD_MEMBERSHIP, PACKET_MR_PROMISC = 263, 1, 1


@dataclass(frozen=True)
class Frame:
    """One Ethernet frame, and whether it was the client that sent it."""

    destination: str
    source: str
    kind: int
    payload: bytes
    is_sent: bool

    @property
    def raw(self) -> bytes:
        """The frame as it was on the wire."""
        return _raw(self.destination) + _raw(self.source) + self.kind.to_bytes(2) + self.payload


@dataclass(frozen=True)
class Segment:
    """A TCP segment: its ends, ``ip:port`` or ``[ip]:port``, and the MAC addresses of the frame that it came in."""

    frame: Frame
    source: str
    destination: str
    flags: int = 0

    @property
    def is_first(self) -> bool:
        """Whether it asks for a new connection (RFC 9293, section 3.5)."""
        return self.flags & (SYN | ACK) == SYN


@dataclass(frozen=True)
class Packet:
    """An IP packet: its protocol, addresses and what it carries, with the MAC addresses of its frame."""

    frame: Frame
    protocol: int
    source: str
    destination: str
    payload: bytes


@dataclass(frozen=True)
class Arp:
    """An ARP packet (RFC 826), or IPv6's of neighbour discovery (RFC 4861); operation 1 asks, 2 answers."""

    operation: int
    sender_mac: str
    sender: str
    target: str

    @property
    def is_gratuitous(self) -> bool:
        """Whether the sender tells of itself unasked (RFC 5227, section 3)."""
        return self.sender == self.target


def _mac(raw: bytes) -> str:
    return raw.hex(":")


def _raw(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))


class Wire:
    """An interface of the client, a router or the host, listened to from when this is made until it is closed."""

    def __init__(self, interface: str, host: str | None = client.NAME) -> None:
        self._socket = namespace.inside(host, lambda: _open(interface)) if host else _open(interface)
        self.mac = _mac(self._socket.getsockname()[4])

    def __enter__(self) -> "Wire":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def frames(self, within: float = 0.0) -> Iterator[Frame]:
        """Return the frames that passed so far, and those to come ``within`` seconds."""
        deadline = Deadline(within)
        while True:
            self._socket.settimeout(deadline.left)  # 0: what is there already
            try:
                raw, (_interface, _protocol, direction, *_) = self._socket.recvfrom(65536)
            except (TimeoutError, BlockingIOError):
                return
            kind = int.from_bytes(raw[12:14])
            yield Frame(_mac(raw[:6]), _mac(raw[6:12]), kind, raw[14:], direction == socket.PACKET_OUTGOING)

    def segments(self) -> list[Segment]:
        """Return the TCP segments that passed so far."""
        return [_segment(each) for each in self.packets() if each.protocol == TCP]

    def packets(self) -> list[Packet]:
        """Return the IP packets that passed so far."""
        return [packet(each, each.payload) for each in self.frames() if each.kind in (ETH_P_IP, ETH_P_IPV6)]

    def arps(self, within: float = 0.0) -> Iterator[Arp]:
        """Return the ARP packets that came in so far, and those to come ``within`` seconds; IPv6's as well."""
        seen = (packets.parse(each.raw) for each in self.frames(within) if not each.is_sent)
        return (_arp(each) for each in seen if isinstance(each, packets.ArpPacket))

    def ask_who_has(self, address: str, sender: str, destination: str = BROADCAST) -> None:
        """Send an ARP request for ``address``, to everybody or to one MAC address.

        For an IPv6 address it is a neighbour solicitation, which goes to one MAC address only.
        """
        if ip_address(address).version == 6:
            asked = solicitation(_raw(self.mac), IPv6Address(sender).packed, IPv6Address(address).packed)
            self._socket.send(_raw(destination) + _raw(self.mac) + ETH_P_IPV6.to_bytes(2) + asked)
            return
        arp = struct.pack(
            "!HHBBH6s4s6s4s",
            1, ETH_P_IP, 6, 4, 1, _raw(self.mac), IPv4Address(sender).packed, bytes(6), IPv4Address(address).packed,
        )  # fmt: skip
        self._socket.send(_raw(destination) + _raw(self.mac) + ETH_P_ARP.to_bytes(2) + arp)


def _open(interface: str) -> socket.socket:
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    opened.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM)
    opened.bind((interface, ETH_P_ALL))
    # a bridge hands what passes to nobody but who asks for everything (packet(7))
    member = struct.pack("iHH8s", socket.if_nametoindex(interface), PACKET_MR_PROMISC, 0, bytes(8))
    opened.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, member)
    return opened


def packet(frame: Frame, raw: bytes) -> Packet:
    """Take an IP packet apart (RFC 791, RFC 8200)."""
    if raw[0] >> 4 == 6:
        source, destination = (str(IPv6Address(raw[start : start + 16])) for start in (8, 24))
        end = IPV6_HEADER + int.from_bytes(raw[4:6])
        return Packet(frame, raw[6], source, destination, raw[IPV6_HEADER:end])
    source, destination = (str(IPv4Address(raw[start : start + 4])) for start in (12, 16))
    length = int.from_bytes(raw[2:4])
    return Packet(frame, raw[9], source, destination, raw[(raw[0] & 0xF) * 4 : length])


def solicitation(mac: bytes, sender: bytes, address: bytes) -> bytes:
    """Return an IPv6 packet that asks ``address`` itself for its MAC address (RFC 4861, section 4.3)."""
    begun = struct.pack("!BBHI16sBB6s", packets.SOLICITATION, 0, 0, 0, address, 1, 1, mac)
    pseudo = sender + address + struct.pack("!II", len(begun), packets.ICMPV6)
    body = begun[:2] + _checksum(pseudo + begun).to_bytes(2) + begun[4:]
    return struct.pack("!IHBB", 6 << 28, len(body), packets.ICMPV6, 255) + sender + address + body


def _checksum(data: bytes) -> int:
    """Return the checksum of an even number of bytes (RFC 1071)."""
    whole: int = sum(word for (word,) in struct.iter_unpack("!H", data))
    while whole >> 16:
        whole = (whole & 0xFFFF) + (whole >> 16)
    return whole ^ 0xFFFF


def _segment(each: Packet) -> Segment:
    source, destination = struct.unpack("!HH", each.payload[:4])
    ends = endpoint(ip_address(each.source), source), endpoint(ip_address(each.destination), destination)
    return Segment(each.frame, *ends, each.payload[13])


def _arp(seen: packets.ArpPacket) -> Arp:
    return Arp(seen.operation, seen.sender_mac, seen.sender, seen.target)
