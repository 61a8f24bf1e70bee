"""IPv6's neighbour discovery (RFC 4861) is told as ARP would be, and passes the socket's filter as VRRP does."""

import struct
from ipaddress import IPv6Address

import pytest

from lvslab.history import Arp
from lvslab.measure import packets
from lvslab.measure.capture import FILTER, JUMP_IF_EQUAL, LOAD_BYTE, LOAD_HALF, RETURN, Translator
from lvslab.measure.packets import ArpPacket, parse
from lvslab.model import load_lab
from lvslab.pytest_plugin.wire import solicitation
from tests.unit.recorded import LABS

VIP, CLIENT, LOCAL = "2001:db8:18::41", "2001:db8:18::140", "fe80::5054:ff:fe00:31"
MASTER, ASKER = "52:54:00:00:00:31", "52:54:00:ef:01:40"


def frame(mac: str, source: str, destination: str, body: bytes, carried: int = packets.ICMPV6) -> bytes:
    """Return an IPv6 packet in a frame."""
    ends = IPv6Address(source).packed + IPv6Address(destination).packed
    header = struct.pack("!IHBB", 6 << 28, len(body), carried, 255) + ends
    return bytes(6) + bytes.fromhex(mac.replace(":", "")) + b"\x86\xdd" + header + body


def neighbour(kind: int, about: str, option: int, mac: str) -> bytes:
    """Return the body of a solicitation or an advertisement with one option, a MAC address."""
    option_bytes = struct.pack("!BB6s", option, 1, bytes.fromhex(mac.replace(":", "")))
    return struct.pack("!BBHI16s", kind, 0, 0, 0x20000000, IPv6Address(about).packed) + option_bytes


UNASKED = frame(MASTER, LOCAL, "ff02::1", neighbour(136, VIP, 2, MASTER))
ANSWER = frame(MASTER, VIP, CLIENT, neighbour(136, VIP, 2, MASTER))
QUESTION = frame(ASKER, CLIENT, "ff02::1:ff00:41", neighbour(135, VIP, 1, ASKER))


def test_a_question_for_the_vip_is_told_as_arp() -> None:
    """Operation 1: who asks, and for what."""
    assert parse(QUESTION) == ArpPacket(ASKER, 1, ASKER, CLIENT, VIP)


def test_an_answer_is_about_the_address_that_was_asked_for() -> None:
    """Operation 2, to whoever asked."""
    assert parse(ANSWER) == ArpPacket(MASTER, 2, MASTER, VIP, CLIENT)


def test_an_advertisement_to_all_nodes_is_what_gratuitous_arp_is() -> None:
    """By it a new master moves clients over, and by its event a judge dates that."""
    lab = load_lab(LABS / "lvs-dr-ipv6.yml")
    event = Translator(lab, {MASTER: "director1"}).event(7, "lan", UNASKED)
    assert event == Arp(7, "lan", 2, MASTER, VIP, VIP, "director1")
    assert event.is_gratuitous


def test_without_an_option_the_frame_tells_the_mac_address() -> None:
    """An answer to one that has asked by unicast may leave it out (RFC 4861, section 4.4)."""
    bare = frame(MASTER, VIP, CLIENT, neighbour(136, VIP, 2, MASTER)[:24])
    assert parse(bare) == ArpPacket(MASTER, 2, MASTER, VIP, CLIENT)


@pytest.mark.parametrize("kind", [1, 128, 129, 133, 134])
def test_other_icmpv6_is_no_packet(kind: int) -> None:
    """Errors, echoes and routers' words say nothing of who has an address."""
    assert parse(frame(MASTER, VIP, CLIENT, neighbour(kind, VIP, 2, MASTER))) is None


def test_a_solicitation_cut_anywhere_is_no_packet_or_the_same_without_its_option() -> None:
    """What a broken frame says is not guessed."""
    told = {parse(QUESTION[:length]) for length in range(len(QUESTION))}
    assert told <= {None, ArpPacket(ASKER, 1, ASKER, CLIENT, VIP)}
    assert parse(QUESTION[:77]) is None


def passes(raw: bytes) -> bool:
    """Return whether the filter lets a frame through, as the kernel carries it out (classic BPF)."""
    at, accumulator = 0, 0
    while True:
        code, yes, no, value = FILTER[at]
        at += 1
        if code == LOAD_HALF:
            accumulator = int.from_bytes(raw[value : value + 2])
        elif code == LOAD_BYTE:
            accumulator = raw[value]
        elif code == JUMP_IF_EQUAL:
            at += yes if accumulator == value else no
        else:
            assert code == RETURN
            return value > 0


def ipv4(protocol: int) -> bytes:
    """Return the beginning of an IPv4 packet in a frame."""
    return bytes(12) + b"\x08\x00" + b"\x45" + bytes(8) + bytes([protocol]) + bytes(40)


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (bytes(12) + b"\x08\x06" + bytes(28), True),
        (ipv4(packets.VRRP), True),
        (ipv4(6), False),
        (ipv4(packets.ICMPV6), False),
        (frame(MASTER, LOCAL, "ff02::12", bytes(24), packets.VRRP), True),
        (frame(MASTER, LOCAL, CLIENT, bytes(24), 6), False),
        (UNASKED, True),
        (QUESTION, True),
        (frame(MASTER, LOCAL, CLIENT, neighbour(128, VIP, 2, MASTER)), False),
        (bytes(12) + b"\x88\xcc" + bytes(60), False),
    ],
    ids=["arp", "vrrp", "tcp", "other", "vrrp6", "tcp6", "advertisement", "solicitation", "echo", "lldp"],
)
def test_the_filter_lets_through_what_is_told_of(raw: bytes, wanted: bool) -> None:
    """ARP, VRRP of both families and neighbour discovery; a run's own requests never reach the program."""
    assert passes(raw) is wanted


def test_a_solicitation_of_ones_own_is_read_as_a_question_with_a_true_checksum() -> None:
    """The words of pseudo-header and message add up to 0xffff (RFC 4443, section 2.3)."""
    mac = bytes.fromhex(ASKER.replace(":", ""))
    packet = solicitation(mac, IPv6Address(CLIENT).packed, IPv6Address(VIP).packed)
    assert parse(bytes(6) + mac + b"\x86\xdd" + packet) == ArpPacket(ASKER, 1, ASKER, CLIENT, VIP)
    summed = packet[8:40] + struct.pack("!II", len(packet) - 40, packets.ICMPV6) + packet[40:]
    assert sum(word for (word,) in struct.iter_unpack("!H", summed)) % 0xFFFF == 0
