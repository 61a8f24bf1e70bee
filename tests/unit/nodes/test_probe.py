"""Many readings in one round trip: what goes out as one script comes back as one reading for each probe."""

import shlex
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lvslab.errors import NodeError
from lvslab.nodes import probe
from lvslab.nodes.fake import FakeRemote
from lvslab.nodes.probe import MARK, Probe, Reading
from lvslab.nodes.remote import Result

NAMES = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=12)
# what a pipe carries and a shell can be given: no NUL, and no carriage return, which text mode would change
TEXTS = st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=200)
MARKED = st.sampled_from([f"{MARK} = 0", f"{MARK} = x", f"{MARK} other", MARK, f"a {MARK} = 1", "", "fine"])


def run(script: str, shell: str = "sh") -> Result:
    """Run a script as a node would."""
    done = subprocess.run([shell, "-c", script], capture_output=True, text=True, encoding="utf-8")
    return Result(done.returncode, done.stdout, done.stderr)


def asked(*commands: tuple[str, str]) -> dict[str, Reading]:
    """Return the readings of shell commands by their names, taken on this machine."""
    return probe.read(FakeRemote("here", run), [Probe(name, ("sh", "-c", text)) for name, text in commands])


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("echo one; echo two", Reading(0, "one\ntwo\n")),
        ("printf 'no newline'", Reading(0, "no newline")),
        ("true", Reading(0, "")),
        ("echo", Reading(0, "\n")),
        ("echo; echo", Reading(0, "\n\n")),
        ("printf ' indented\\n\\ttabbed '", Reading(0, " indented\n\ttabbed ")),
        ("false", Reading(1, "")),
        ("echo said; echo why >&2; exit 3", Reading(3, "said\nwhy\n")),
        ("echo fine; echo a warning >&2", Reading(0, "fine\n")),
        ("cat", Reading(0, "")),
        (f"echo 'in the {MARK} middle'", Reading(0, f"in the {MARK} middle\n")),
        ("echo $LC_ALL", Reading(0, "C\n")),
    ],
)
def test_a_reading_is_what_the_command_said(command: str, expected: Reading) -> None:
    """Status and output come back whole; stderr only where the command failed; nobody waits for input."""
    assert asked(("x", command)) == {"x": expected}


def test_a_command_that_is_killed_is_a_reading() -> None:
    """A signal is told as the shell tells it, by 128 and its number."""
    assert asked(("x", "kill -9 $$"))["x"].status == 137


def test_a_program_that_is_not_there_is_a_reading() -> None:
    """A node that lacks a tool can be read all the same."""
    readings = probe.read(
        FakeRemote("here", run), [Probe("gone", ("no-such-program",)), Probe("there", ("echo", "yes"))]
    )
    assert (readings["gone"].status, readings["gone"].ok) == (127, False)
    assert "no-such-program" in readings["gone"].output
    assert readings["there"] == Reading(0, "yes\n")


@pytest.mark.parametrize("line", [f"{MARK} = 0", f"{MARK} = x", f"{MARK} =", f"{MARK} other", MARK])
def test_output_that_looks_like_a_mark_is_output(line: str) -> None:
    """No program on a node can end a reading early or begin another."""
    command = f"echo before; echo {shlex.quote(line)}; echo after; exit 4"
    assert asked(("x", command), ("y", "echo y")) == {
        "x": Reading(4, f"before\n{line}\nafter\n"),
        "y": Reading(0, "y\n"),
    }


@settings(max_examples=10, deadline=None)
@given(st.dictionaries(NAMES, st.tuples(TEXTS, st.integers(0, 255)), min_size=1, max_size=6))
def test_readings_survive_the_round_trip(said: dict[str, tuple[str, int]]) -> None:
    """Whatever commands print and however they end, each reading is that command's, byte for byte."""
    readings = asked(*((name, f"printf %s {shlex.quote(text)}; exit {code}") for name, (text, code) in said.items()))
    assert readings == {name: Reading(code, text) for name, (text, code) in said.items()}


@settings(max_examples=8, deadline=None)
@given(st.lists(MARKED, max_size=6))
def test_marks_in_the_output_survive_the_round_trip(lines: list[str]) -> None:
    """Marks among a command's own lines change neither its reading nor the next one."""
    text = "\n".join(lines)
    readings = asked(("x", f"printf %s {shlex.quote(text)}"), ("y", "echo y"))
    assert readings == {"x": Reading(0, text), "y": Reading(0, "y\n")}


@pytest.mark.parametrize("word", ["'", '"', "$HOME", "a b", "`id`", "*", "-n", "\\", "a\nb", ";"])
def test_arguments_reach_the_command_as_they_are(word: str) -> None:
    """Nothing in an argument is the shell's business."""
    readings = probe.read(FakeRemote("here", run), [Probe("x", ("printf", "%s", word))])
    assert readings["x"] == Reading(0, word)


def test_all_probes_go_out_in_one_script() -> None:
    """A node is asked once, whatever there is to know."""
    remote = FakeRemote("here", run)
    probe.read(remote, [Probe(name, ("echo", name)) for name in ("a", "b", "c")])
    assert len(remote.scripts) == 1


@pytest.mark.parametrize(
    "said", ["", "mktemp: No space left on device", f"{MARK} /tmp/x a\nhalf an ans", f"{MARK} /tmp/x a\nanswer\n"]
)
def test_a_reading_that_does_not_come_is_an_error(said: str) -> None:
    """A node that stops in the middle of its answer is not taken for one that has nothing to say."""
    remote = FakeRemote("web1", lambda script: Result(0, said))
    with pytest.raises(NodeError, match="web1: no reading of a, b"):
        probe.read(remote, [Probe("a", ("true",)), Probe("b", ("true",))])
