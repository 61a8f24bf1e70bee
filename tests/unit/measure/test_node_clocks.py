"""Nodes' clocks, from ICMP timestamps."""

import struct

from lvslab.measure.node_clocks import (
    DAY,
    MILLISECOND,
    Offset,
    Reply,
    Round,
    Track,
    checksum,
    reply,
    request,
    whole_time,
)

SECOND = 1000 * MILLISECOND


def test_rounds_together_are_narrower_than_any_of_them() -> None:
    """Each round leaves a range; the offset is in what they have in common."""
    track = Track([Round(0, -5, 40), Round(SECOND, 10, 90), Round(2 * SECOND, -30, 20)])
    assert track.offset(SECOND) == Offset(15, 5)


def test_a_stepped_clock_has_the_offset_of_each_side() -> None:
    """A node whose clock was set ahead in the middle keeps its events in order."""
    before = [Round(n * SECOND, 99, 101) for n in range(5)]
    after = [Round((n + 100) * SECOND, 99 - 95 * SECOND, 101 - 95 * SECOND) for n in range(5)]
    track = Track(before + after)
    assert track.of(4 * SECOND) == 4 * SECOND + 100
    assert track.of(100 * SECOND) == 5 * SECOND + 100


def test_rounds_that_contradict_each_other_leave_the_nearest() -> None:
    """Right at a small step, the nearest round tells."""
    track = Track([Round(0, 0, 10), Round(SECOND, 1000, 1010)])
    assert track.offset(SECOND + 1) == Offset(1005, 5)


def test_a_node_that_never_answered_has_no_offset() -> None:
    """Nothing is made up."""
    assert Track([]).of(5) is None


def test_a_request_has_a_valid_checksum() -> None:
    """The sum over a packet with its checksum is zero (RFC 1071)."""
    packet = request(0xBEEF, 7)
    assert packet[0] == 13 and len(packet) == 20
    assert checksum(packet) == 0


def test_a_reply_is_found_behind_the_ip_header() -> None:
    """A raw socket hands out the whole packet."""
    header = bytes([0x45]) + bytes(11) + bytes([192, 168, 121, 10]) + bytes(4)
    body = struct.pack("!BBHHHIII", 14, 0, 0, 5, 6, 0, 123_456, 123_456)
    assert reply(header + body) == Reply("192.168.121.10", 5, 6, 123_456)


def test_other_icmp_is_no_reply() -> None:
    """A ping, or a packet cut short, says nothing of a clock."""
    header = bytes([0x45]) + bytes(19)
    assert reply(header + bytes(20)) is None
    assert reply(header + bytes([14])) is None


def test_a_time_of_day_is_put_on_the_nearest_day() -> None:
    """A node that is a second behind just after midnight is not a day ahead."""
    midnight = 20_000 * DAY
    assert whole_time(86_399_000, midnight + SECOND) == midnight - SECOND
    assert whole_time(1_000, midnight - SECOND) == midnight + SECOND
    assert whole_time(43_000_000, midnight + DAY // 2) == midnight + 43_000_000 * MILLISECOND
