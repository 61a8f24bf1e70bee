"""When a virtual service was asked and answered, read from packets alone: nothing here knows of the prober. Pure.

TCP over IPv4 in Ethernet frames of a pcap file (RFC 9293, RFC 791, draft-ietf-opsawg-pcap), as the client sent and
got them.
"""

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from lvslab.errors import UnusableError

HEADER, RECORD = struct.Struct("=IHHiIII"), struct.Struct("=IIII")
NANOSECONDS, ETHERNET = 0xA1B23C4D, 1
FRAME, IPV4, TCP = 14, 0x0800, 6
FIN, SYN, RST, ACK = 1, 2, 4, 16
GOOD = re.compile(rb"HTTP/1\.[01] [23]\d\d ")
End = tuple[str, int]


@dataclass(frozen=True)
class Segment:
    """A TCP segment: who sent it to whom (address and port), its flags, and the data that it carries."""

    source: End
    target: End
    flags: int
    data: bytes


@dataclass
class _Connection:
    """What has been seen of a connection: the moments of its SYN and of the SYN-ACK."""

    asked: int
    answered: int = 0
    has_answer: bool = False
    is_good: bool = False
    is_given_up: bool = False

    def sent(self, segment: Segment) -> None:
        """Take a segment of the client's."""
        self.is_given_up |= bool(segment.flags & RST)

    def got(self, stamp: int, segment: Segment) -> None:
        """Take a segment of the service's; the answer is whole when the service closes (RFC 9112, section 9.6)."""
        if segment.flags & SYN:
            self.answered = self.answered or stamp
        self.has_answer |= GOOD.match(segment.data) is not None
        self.is_good |= self.has_answer and not self.is_given_up and bool(segment.flags & FIN)


@dataclass(frozen=True)
class Request:
    """When the client's SYN was sent, and when it was answered, in ns; None where no good answer came."""

    asked: int
    answered: int | None = None


@dataclass(frozen=True)
class Silence:
    """A stretch of requests without a good answer, in ns of CLOCK_REALTIME."""

    before: int
    """When the last good answer before it came."""
    start: int
    """When the first request was sent that got none."""
    end: int
    """When the first one after it was sent that got one."""
    after: int
    """When that came."""

    @property
    def length(self) -> int:
        """How long it is, in ns, told as the prober tells an outage: from request to request."""
        return self.end - self.start

    @property
    def most(self) -> int:
        """The longest that the service can have been gone, in ns: from answer to answer."""
        return self.after - self.before

    def shared(self, start: int, end: int) -> int:
        """Return how much of it lies between two moments, in ns; negative where it is apart from them."""
        return min(self.end, end) - max(self.start, start)


def frames(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Return the frames of a pcap file, stamped in ns of CLOCK_REALTIME; one that is cut short is left out.

    Raises UnusableError unless it is in this machine's byte order, with nanoseconds, of Ethernet.
    """
    if len(data) < HEADER.size:
        raise UnusableError("the pcap has no header")
    magic, _, _, _, _, _, link = HEADER.unpack_from(data)
    if (magic, link) != (NANOSECONDS, ETHERNET):
        raise UnusableError(f"a pcap of kind {magic:#x}, link {link}, expected nanoseconds and Ethernet")
    place = HEADER.size
    while place + RECORD.size <= len(data):
        seconds, rest, size, _ = RECORD.unpack_from(data, place)
        place += RECORD.size + size
        if place <= len(data):
            yield seconds * 1_000_000_000 + rest, data[place - size : place]


def segment(frame: bytes) -> Segment | None:
    """Return the TCP segment in a frame, or None when there is none or its headers are cut short."""
    packet = frame[FRAME:]
    if len(packet) < 20 or int.from_bytes(frame[12:14]) != IPV4 or packet[9] != TCP:
        return None
    size, total = (packet[0] & 15) * 4, int.from_bytes(packet[2:4])
    body = packet[size:total]
    if len(body) < 20:
        return None
    source, target = int.from_bytes(body[:2]), int.from_bytes(body[2:4])
    here, there = str(ip_address(packet[12:16])), str(ip_address(packet[16:20]))
    return Segment((here, source), (there, target), body[13], body[(body[12] >> 4) * 4 :])


def requests(data: bytes, service: End) -> tuple[Request, ...]:
    """Return what ``service`` (address and port) was asked, in the order of the SYNs.

    An answer is good when HTTP with a status below 400 (RFC 9110, section 15) came whole, before the client gave up.
    The SYN-ACK is its moment, for it takes the kernels no time, while a page waits for a process.
    """
    every: list[_Connection] = []
    latest: dict[End, _Connection] = {}
    for stamp, frame in frames(data):
        found = segment(frame)
        if found is None:
            continue
        if found.target == service and found.flags & SYN:
            latest[found.source] = _Connection(stamp)
            every.append(latest[found.source])
        elif found.target == service and found.source in latest:
            latest[found.source].sent(found)
        elif found.source == service and found.target in latest:
            latest[found.target].got(stamp, found)
    return tuple(Request(each.asked, each.answered if each.is_good and each.answered else None) for each in every)


def silence(asked: Sequence[Request], start: int, end: int) -> Silence:
    """Return the silence that has most in common with the stretch from ``start`` to ``end``.

    Raises UnusableError where there is none with a good answer before and after it.
    """
    near = [each for each in _silences(asked) if each.shared(start, end) >= 0]
    if not near:
        good = sum(each.answered is not None for each in asked)
        raise UnusableError(f"{good} good answers on the wire, none before and after the outage")
    return max(near, key=lambda each: (each.shared(start, end), each.length))


def _silences(asked: Sequence[Request]) -> Iterator[Silence]:
    before, first = None, None
    for each in asked:
        if each.answered is None:
            first = first or each.asked
            continue
        if before is not None and first is not None:
            yield Silence(before, first, each.asked, each.answered)
        before, first = each.answered, None
