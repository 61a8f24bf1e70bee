"""What is read from frames."""

import pytest

from lvslab.pytest_plugin.wire import Frame, Segment


@pytest.mark.parametrize(
    ("flags", "is_first"), [(0x02, True), (0xC2, True), (0x12, False), (0x10, False), (0x18, False), (0x11, False)]
)
def test_a_syn_without_ack_begins_a_connection(flags: int, is_first: bool) -> None:
    """Whether or not it asks for explicit congestion notification (RFC 3168, section 6.1.1)."""
    frame = Frame("02:00:00:00:00:01", "02:00:00:00:00:02", 0x0800, b"", is_sent=True)
    assert Segment(frame, "192.168.18.140:40000", "192.168.18.41:80", flags).is_first is is_first
