"""How the nodes' clocks stand to the run's, asked of their kernels all along the run.

A kernel answers an ICMP timestamp request by itself, with its CLOCK_REALTIME in milliseconds since midnight
(RFC 792), so neither ssh nor a busy node's scheduler is in the way. The node's moment lies between the asking and the
arrival; what many rounds allow together is narrower than any one of them.
"""

import socket
import struct
import threading
import time
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from lvslab.measure.capture import SO_TIMESTAMPNS, receive
from lvslab.measure.clock import Clock
from lvslab.model import Lab

REQUEST, REPLY = 13, 14
MILLISECOND = 1_000_000
DAY = 86_400_000 * MILLISECOND
NEAR = 10_000 * MILLISECOND
"""Rounds this near to a moment tell about it; a clock may drift, or be stepped, in the long run."""
EVERY = 0.5
_FORMAT = "!BBHHHIII"


@dataclass(frozen=True)
class Round:
    """One answer: the node's clock (ns) and between which two amounts lies what has to be added to it."""

    node_time: int
    low: int
    high: int


@dataclass(frozen=True)
class Offset:
    """What to add to a node's CLOCK_REALTIME to be on the run's clock, and how wrong that may be; in ns."""

    ns: int
    uncertainty: int

    def of(self, node_time: int) -> int:
        """Return where a moment of the node's clock stands in the run."""
        return node_time + self.ns


class Track:
    """What is known of one node's clock."""

    def __init__(self, rounds: Iterable[Round]) -> None:
        self._rounds = sorted(rounds, key=lambda each: each.node_time)

    def offset(self, node_time: int) -> Offset | None:
        """Return the offset at a moment of the node's clock; None when nothing is known."""
        if not self._rounds:
            return None
        around = self._around(node_time)
        low, high = max(each.low for each in around), min(each.high for each in around)
        if low > high:  # the clock was stepped near by
            low, high = around[0].low, around[0].high
        return Offset((low + high) // 2, (high - low + 1) // 2)

    def of(self, node_time: int) -> int | None:
        """Return where a moment of the node's clock stands in the run."""
        offset = self.offset(node_time)
        return offset.of(node_time) if offset else None

    def _around(self, node_time: int) -> list[Round]:
        """Return the rounds near a moment, the nearest first."""
        place = bisect_left(self._rounds, node_time, key=lambda each: each.node_time)
        window = self._rounds[max(0, place - 25) : place + 25]
        nearest = sorted(window, key=lambda each: abs(each.node_time - node_time))
        return [each for each in nearest if abs(each.node_time - node_time) < NEAR] or nearest[:1]


def checksum(data: bytes) -> int:
    """Return the Internet checksum of an even number of bytes (RFC 1071)."""
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def request(identifier: int, number: int) -> bytes:
    """Return an ICMP timestamp request."""
    blank = struct.pack(_FORMAT, REQUEST, 0, 0, identifier, number, 0, 0, 0)
    return struct.pack(_FORMAT, REQUEST, 0, checksum(blank), identifier, number, 0, 0, 0)


@dataclass(frozen=True)
class Reply:
    """An answer: whom it is from, to which request, and the node's time in ms since midnight."""

    source: str
    identifier: int
    number: int
    milliseconds: int


def reply(packet: bytes) -> Reply | None:
    """Return the timestamp reply in an IPv4 packet; None for any other packet."""
    start = (packet[0] & 15) * 4
    if len(packet) < start + 20 or packet[start] != REPLY:
        return None
    _, _, _, identifier, number, _, received, _ = struct.unpack(_FORMAT, packet[start : start + 20])
    return Reply(socket.inet_ntoa(packet[12:16]), identifier, number, received)


def whole_time(milliseconds: int, host_time: int) -> int:
    """Return a time of day as a time of CLOCK_REALTIME (ns), on the day that brings it nearest to the host's."""
    near = host_time - host_time % DAY + milliseconds * MILLISECOND
    return min((near - DAY, near, near + DAY), key=lambda each: abs(each - host_time))


class NodeClocks:
    """Asks all nodes for their time twice a second, in a thread."""

    def __init__(self, lab: Lab, clock: Clock) -> None:
        self._names = {str(lab.management_address(node)): node.name for node in lab.managed}
        self._clock = clock
        self._rounds: dict[str, list[Round]] = {node.name: [] for node in lab.managed}
        self._asked: dict[tuple[str, int], int] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._identifier = threading.get_native_id() & 0xFFFF

    def start(self) -> None:
        """Begin, in the network that this thread is in."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.IPPROTO_ICMP)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
            self._socket.close()

    def track(self, node: str) -> Track:
        """Return what is known of a node's clock by now."""
        return Track(list(self._rounds[node]))

    def _run(self) -> None:
        number = 0
        while not self._ended.wait(EVERY):
            self._take()
            number = (number + 1) & 0xFFFF
            self._asked.clear()
            for address in self._names:
                self._ask(address, number)

    def _ask(self, address: str, number: int) -> None:
        self._asked[address, number] = self._clock.now()
        try:
            self._socket.sendto(request(self._identifier, number), (address, 0))
        except OSError:  # a node that is gone, or whose cable is out, says nothing about its clock
            del self._asked[address, number]

    def _take(self) -> None:
        while heard := receive(self._socket):
            stamp, packet = heard
            got = reply(packet)
            if got is None or got.identifier != self._identifier:
                continue
            asked = self._asked.pop((got.source, got.number), None)
            if asked is not None:
                there = whole_time(got.milliseconds, time.time_ns())
                came = self._clock.of_realtime(stamp)
                # the millisecond is cut off, not rounded
                self._rounds[self._names[got.source]].append(Round(there, asked - there - MILLISECOND, came - there))
