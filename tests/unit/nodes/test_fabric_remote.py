"""What of a connection can be tried without a node: lines as they come, and nobody there."""

import socket
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lvslab.errors import NodeError
from lvslab.nodes.fabric_remote import FabricRemote, Lines, Login, Nothing


@pytest.mark.parametrize(
    ("chunks", "lines"),
    [
        ([], []),
        (["a\n"], ["a"]),
        (["a\nb\n"], ["a", "b"]),
        (["a", "b\n"], ["ab"]),
        (["a\nb", "c\nd"], ["a", "bc"]),
        (["\n", "\n"], ["", ""]),
        (["half a line"], []),
        (["", "a", "", "\n", ""], ["a"]),
    ],
)
def test_whole_lines_are_handed_on(chunks: list[str], lines: list[str]) -> None:
    """A line is handed on once, when its end has come, however the network has cut it."""
    seen: list[str] = []
    stream = Lines(seen.append)
    for chunk in chunks:
        stream.write(chunk)
        stream.flush()
    assert seen == lines


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text("ab\n", max_size=6)))
def test_how_the_text_is_cut_makes_no_difference(chunks: list[str]) -> None:
    """The lines are those of the whole text."""
    seen: list[str] = []
    stream = Lines(seen.append)
    for chunk in chunks:
        stream.write(chunk)
    assert seen == "".join(chunks).split("\n")[:-1]


def test_nobody_hears_of_nothing() -> None:
    """A stream for nobody takes what it is given and keeps none of it."""
    stream = Nothing()
    stream.write("text")
    stream.flush()
    assert vars(stream) == {}


def test_a_machine_without_sshd_is_told_in_the_kernels_words(tmp_path: Path) -> None:
    """As while it boots; an error number that is None says nothing to anybody."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    remote = FabricRemote("web1", Login("127.0.0.1", tmp_path / "key", port=port))
    with pytest.raises(NodeError) as caught:
        remote.open()
    assert caught.value.message == "web1 (127.0.0.1): no ssh connection: Connection refused"
