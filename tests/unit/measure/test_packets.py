"""Frames of a real failover, and frames that are none."""

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from lvslab.history import Advert, Arp
from lvslab.measure.capture import Translator
from lvslab.measure.packets import ArpPacket, VrrpPacket, parse
from lvslab.measure.pcap import PcapFile
from lvslab.model import Lab
from tests.unit.recorded import FIXTURES

RECORDED = FIXTURES / "capture" / "keepalived-stopped.pcap"


def frames(path: Path) -> Iterator[tuple[int, bytes]]:
    """Return the frames of a pcap file with their times in nanoseconds."""
    data = path.read_bytes()
    assert struct.unpack("=I", data[:4])[0] == 0xA1B23C4D
    data = data[24:]
    while data:
        seconds, rest, size, _ = struct.unpack("=IIII", data[:16])
        yield seconds * 1_000_000_000 + rest, data[16 : 16 + size]
        data = data[16 + size :]


def adverts() -> list[VrrpPacket]:
    """Return the adverts of the recorded failover."""
    return [each for _, frame in frames(RECORDED) if isinstance(each := parse(frame), VrrpPacket)]


def vrrp3(address: bytes, destination: bytes, kind: int) -> bytes:
    """Return a frame with a VRRP version 3 advert: priority 200, 0.25 s, one address (RFC 9568, section 5.1)."""
    body = struct.pack("!BBBBHH", 0x31, 7, 200, 1, 25, 0) + address
    if kind == 0x0800:
        header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0, 255, 112, 0, address, destination)
    else:
        header = struct.pack("!IHBB16s16s", 6 << 28, len(body), 112, 255, address, destination)
    return bytes(6) + bytes.fromhex("525400000a01") + struct.pack("!H", kind) + header + body


def test_a_stopped_master_says_so_with_priority_0_and_the_backup_takes_over() -> None:
    """The recorded adverts tell the failover: 100, then 0, then 99 of the other director."""
    seen = [(advert.source, advert.priority) for advert in adverts()]
    assert list(dict.fromkeys(seen)) == [("192.168.18.31", 100), ("192.168.18.31", 0), ("192.168.18.30", 99)]


def test_an_advert_of_version_2_has_its_interval_in_seconds() -> None:
    """RFC 3768, section 5.3.7."""
    assert {(advert.version, advert.interval, advert.virtual_router_id) for advert in adverts()} == {(2, 1.0, 51)}
    assert {advert.addresses for advert in adverts()} == {("192.168.18.41",)}


@pytest.mark.parametrize(
    ("address", "destination", "kind", "text"),
    [
        (bytes([10, 0, 0, 9]), bytes([224, 0, 0, 18]), 0x0800, "10.0.0.9"),
        (bytes.fromhex("fd" + "00" * 14 + "09"), bytes.fromhex("ff02" + "00" * 13 + "12"), 0x86DD, "fd00::9"),
    ],
    ids=["ipv4", "ipv6"],
)
def test_an_advert_of_version_3_has_its_interval_in_centiseconds(
    address: bytes, destination: bytes, kind: int, text: str
) -> None:
    """RFC 9568, section 5.2.6."""
    assert parse(vrrp3(address, destination, kind)) == VrrpPacket("52:54:00:00:0a:01", text, 3, 7, 200, 0.25, (text,))


def test_padding_after_an_advert_is_not_read_as_addresses() -> None:
    """Ethernet fills short frames up to 60 bytes."""
    frame = vrrp3(bytes([10, 0, 0, 9]), bytes([224, 0, 0, 18]), 0x0800)
    assert parse(frame + bytes(18)) == parse(frame)


def test_frames_cut_anywhere_are_no_packets() -> None:
    """What a snapped or broken frame says is not guessed."""
    for _, frame in frames(RECORDED):
        assert [parse(frame[:length]) for length in range(40)] == [None] * 40


def test_other_protocols_are_no_packets() -> None:
    """A frame of another kind says nothing."""
    assert parse(bytes(12) + b"\x08\x00" + b"\x45" + bytes(8) + b"\x06" + bytes(40)) is None


def test_the_new_master_tells_of_the_vip_unasked(lab: Lab) -> None:
    """The recorded gratuitous ARP comes from director2, which took over."""
    translator = Translator(lab, {lab.node(name).mac("lan"): name for name in lab.nodes})
    events = [translator.event(t, "lan", frame) for t, frame in frames(RECORDED)]
    told = [event for event in events if isinstance(event, Arp) and event.is_gratuitous]
    assert {(arp.node, arp.sender) for arp in told} == {("director2", "192.168.18.41")}
    # five at once, and five more after five seconds (vrrp_garp_master_delay in keepalived.conf(5))
    assert len(told) == 10
    assert {event.node for event in events if isinstance(event, Advert)} == {"director1", "director2"}


def test_arp_for_other_addresses_is_left_to_the_pcap(lab: Lab) -> None:
    """Only what concerns a VIP becomes an event."""
    asks = struct.pack("!HHHHH6s4s6s4s", 1, 0x0800, 0x0604, 1, 0, b"", b"", b"", b"")[:8]
    asks += bytes(6) + bytes([192, 168, 18, 31]) + bytes(6) + bytes([192, 168, 18, 32])
    frame = bytes(12) + b"\x08\x06" + asks
    assert isinstance(parse(frame), ArpPacket)
    assert Translator(lab, {}).event(0, "lan", frame) is None


def test_a_pcap_keeps_frames_and_nanoseconds(tmp_path: Path) -> None:
    """What was added is what a reader finds."""
    path = tmp_path / "capture.pcap"
    every = list(frames(RECORDED))
    with PcapFile(path) as file:
        for stamp, frame in every:
            file.add(stamp, frame)
    assert path.read_bytes() == RECORDED.read_bytes()
