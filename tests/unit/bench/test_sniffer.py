"""tcpdump beside something: when it listens, and what it lost."""

import sys
from pathlib import Path

import pytest

from lvslab.bench import sniffer
from lvslab.errors import UnusableError

ENDS = """
import signal, sys
def end(*_):
    print("packets", flush=True)
    print("7 packets captured\\n{lost} packets dropped by kernel", file=sys.stderr)
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("listening on lan, link-type EN10MB (Ethernet), snapshot length 128 bytes", file=sys.stderr, flush=True)
signal.pause()
"""


def standing_in(lost: int) -> list[str]:
    """Return a program that says what tcpdump says."""
    return [sys.executable, "-c", ENDS.replace("{lost}", str(lost))]


def test_the_block_begins_when_tcpdump_listens_and_its_packets_are_in_the_file(tmp_path: Path) -> None:
    """tcpdump writes out the last of them when it is told to end."""
    with sniffer.capturing(standing_in(0), tmp_path / "a.pcap"):
        assert (tmp_path / "a.pcap").read_text() == ""
    assert (tmp_path / "a.pcap").read_text() == "packets\n"


def test_a_capture_that_lost_packets_is_an_error(tmp_path: Path) -> None:
    """An answer that nobody saw would be an outage."""
    with (
        pytest.raises(UnusableError, match="12 packets were lost"),
        sniffer.capturing(standing_in(12), tmp_path / "a.pcap"),
    ):
        pass


def test_tcpdump_that_ends_at_once_is_an_error_with_what_it_said(tmp_path: Path) -> None:
    """As where there is no such interface."""
    argv = [sys.executable, "-c", "import sys; sys.exit('tcpdump: lan: No such device exists')"]
    with (
        pytest.raises(UnusableError, match="does not listen") as caught,
        sniffer.capturing(argv, tmp_path / "a.pcap"),
    ):
        pass
    assert caught.value.details == ["tcpdump: lan: No such device exists"]


def test_the_command_captures_the_service_alone_in_the_clients_network() -> None:
    """With nanoseconds, and no more of a frame than is read."""
    words = sniffer.arguments("bench", "lan", ("192.168.18.41", 80))
    assert words[words.index("client") :] == [
        *("client", "--name", "bench", "--", "tcpdump", "-n", "-i", "lan", "-s", "128", "-B", "8192"),
        *("--time-stamp-precision=nano", "-w", "-", "tcp port 80 and host 192.168.18.41"),
    ]
