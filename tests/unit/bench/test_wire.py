"""Answers on the wire: packets made here, as a client would send and get them."""

import struct

import pytest

from lvslab.bench import wire
from lvslab.bench.drills import on_wire
from lvslab.bench.told import Told
from lvslab.bench.wire import ACK, FIN, RST, SYN, Request, Silence
from lvslab.errors import UnusableError

VIP, CLIENT = ("192.168.18.41", 80), "192.168.18.140"
OK = b"HTTP/1.1 200 OK\r\n"
MS = 1_000_000
ZERO = 1_795_000_000 * 1000 * MS


def packet(source: wire.End, target: wire.End, flags: int, data: bytes = b"") -> bytes:
    """Return a frame with a TCP segment that has twelve bytes of options, padded as short frames are."""
    ends = [bytes(int(part) for part in address.split(".")) for address, _ in (source, target)]
    body = struct.pack("!HHIIBBHHH", source[1], target[1], 1, 1, 8 << 4, flags, 0, 0, 0) + b"\x01" * 12 + data
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0, 64, 6, 0, *ends)
    return (bytes(12) + b"\x08\x00" + header + body).ljust(60, b"\0")


def pcap(*moments: tuple[float, bytes]) -> bytes:
    """Return a pcap of frames with their moments in ms after ZERO."""
    records = b""
    for moment, frame in moments:
        seconds, rest = divmod(ZERO + round(moment * MS), 1_000_000_000)
        records += struct.pack("=IIII", seconds, rest, len(frame), len(frame)) + frame
    return struct.pack("=IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 128, 1) + records


def request(at: float, port: int) -> tuple[float, bytes]:
    """Return the client's SYN."""
    return at, packet((CLIENT, port), VIP, SYN)


def exchange(at: float, port: int, answer: bytes = OK, end: int = FIN) -> list[tuple[float, bytes]]:
    """Return an exchange whose SYN-ACK comes after 1 ms, and the end of its answer after 5."""
    client = (CLIENT, port)
    return [
        request(at, port),
        (at + 1, packet(VIP, client, SYN | ACK)),
        (at + 2, packet(client, VIP, ACK, b"GET / HTTP/1.1\r\n")),
        (at + 4, packet(VIP, client, ACK, answer)),
        (at + 5, packet(VIP, client, end | ACK)),
    ]


def seen(*moments: tuple[float, bytes]) -> list[float]:
    """Return when the service answered in these packets, in ms after ZERO."""
    asked = wire.requests(pcap(*sorted(moments, key=lambda each: each[0])), VIP)
    return [(each.answered - ZERO) / MS for each in asked if each.answered is not None]


def test_an_answer_is_the_syn_ack_that_a_whole_page_followed() -> None:
    """The moment at which kernels alone answered."""
    assert seen(*exchange(0, 10240), *exchange(10, 10241)) == [1, 11]


def test_connections_may_overlap() -> None:
    """The prober does not wait for its last request."""
    assert seen(*exchange(0, 10240), *exchange(3, 10241), *exchange(4, 10242)) == [1, 4, 5]


@pytest.mark.parametrize(
    "packets",
    [
        [request(0, 10240)],
        exchange(0, 10240)[:2],
        exchange(0, 10240)[:4],
        exchange(0, 10240, b"HTTP/1.1 503 Service Unavailable\r\n"),
        exchange(0, 10240, b"SSH-2.0-OpenSSH\r\n"),
        exchange(0, 10240, end=RST),
        exchange(0, 10240)[1:],
        [request(0, 10240), (1, packet(VIP, (CLIENT, 10240), RST | ACK))],
    ],
    ids=["silence", "no page", "no end", "503", "not http", "reset", "no syn", "refused"],
)
def test_anything_less_is_no_good_answer(packets: list[tuple[float, bytes]]) -> None:
    """What the prober calls a failure, packets do not call an answer either."""
    assert seen(*packets) == []


def test_an_answer_after_the_client_gave_up_is_none() -> None:
    """It came too late for anybody."""
    packets = exchange(0, 10240)
    packets.insert(2, (1.5, packet((CLIENT, 10240), VIP, RST)))
    assert seen(*packets) == []


def test_a_port_that_is_used_again_is_another_connection() -> None:
    """The first one of it was never answered, and stays so."""
    assert seen(request(0, 10240), *exchange(500, 10240)) == [501]


def test_other_services_and_other_protocols_are_not_looked_at() -> None:
    """A frame of ARP, one cut short, and a connection to another address say nothing."""
    other = packet((CLIENT, 10240), ("192.168.18.32", 80), SYN)
    assert seen((0, bytes(12) + b"\x08\x06" + bytes(46)), (1, packet(VIP, (CLIENT, 1), SYN)[:30]), (2, other)) == []


def test_padding_of_a_short_frame_is_no_data() -> None:
    """Ethernet fills frames up to 60 bytes; the packet's own length tells where its data ends."""
    found = wire.segment(packet(VIP, (CLIENT, 1), ACK) + bytes(20))
    assert found is not None and found.data == b""


def test_a_pcap_that_ends_in_a_frame_is_read_up_to_it() -> None:
    """A capture that was killed tells what it has."""
    data = pcap(*exchange(0, 10240), request(10, 10241))
    assert len(list(wire.frames(data))) == 6
    assert len(list(wire.frames(data[:-1]))) == 5


@pytest.mark.parametrize("data", [b"", bytes(24), struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 128, 1)])
def test_a_file_of_another_kind_is_refused(data: bytes) -> None:
    """Microseconds would be read as nanoseconds."""
    with pytest.raises(UnusableError, match="pcap"):
        list(wire.frames(data))


def test_the_silence_is_the_stretch_that_shares_most_with_the_outage() -> None:
    """Each of the two outages of a run finds its own, also where the witnesses differ by milliseconds."""
    failed = [Request(at) for at in (20, 30, 2840, 9010, 9390)]
    good = [Request(at, at + 1) for at in (0, 10, 2850, 2860, 9000, 9400, 9410)]
    asked = sorted(failed + good, key=lambda each: each.asked)
    assert wire.silence(asked, 18, 2845) == Silence(11, 20, 2850, 2851)
    assert wire.silence(asked, 9008, 9402) == Silence(9001, 9010, 9400, 9401)
    assert Silence(11, 20, 2850, 2851).length == 2830
    assert Silence(11, 20, 2850, 2851).most == 2840


@pytest.mark.parametrize("outage", [(20, 30), (50, 60)], ids=["before the first good answer", "after the last"])
def test_an_outage_without_answers_around_it_cannot_be_told(outage: tuple[int, int]) -> None:
    """Neither before the first answer nor after the last."""
    with pytest.raises(UnusableError, match="1 good answers"):
        wire.silence((Request(20), Request(30), Request(40, 41), Request(50), Request(60)), *outage)


def test_the_wire_tells_the_outage_that_the_prober_tells() -> None:
    """From the first request that failed to the first that did not; from answer to answer an interval more."""
    good = [each for at in (0, 10, 20, 340, 350) for each in exchange(at, 10240 + at)]
    failed = [request(at, 10240 + at) for at in range(30, 340, 10)]
    data = pcap(*sorted(good + failed, key=lambda each: each[0]))
    outage = Told(length=310, start=1030, end=1340, low=260, high=360)
    silence = on_wire(data, VIP, outage, ZERO - 1000 * MS)
    assert silence.length / MS - outage.stretch == 0
    assert silence.most / MS - outage.stretch == 10
