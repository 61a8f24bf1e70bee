"""The script that a plan becomes, run by the shells that nodes have."""

import fcntl
import shlex
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provision import step
from provision.step import Run, Step, Wait, Write

# what a shell can be given: no NUL, and no carriage return, which reading back as text would change
TEXTS = st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=60)
NAMES = st.text(st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), min_size=1, max_size=20)
ODD = [
    "'", '"', "$(id)", "`id`", "a  b", "*", "-n", "--", "\\", "\\n", "a\nb\n", "\n", ";&|<>", "%s%d", "!x", "~",
    "äö→", "no newline", " leading", "",
]  # fmt: skip


@pytest.fixture(autouse=True)
def lock(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Put the lock where anybody may write."""
    path = tmp_path_factory.mktemp("run") / "lock"
    monkeypatch.setattr(step, "LOCK", str(path))
    return path


def run(*steps: Step, shell: str = "bash") -> "subprocess.CompletedProcess[str]":
    """Carry out steps here, as a node's shell would."""
    return subprocess.run(
        [shell, "-c", step.script(steps)], capture_output=True, text=True, encoding="utf-8", timeout=30
    )


def sh(text: str, what: str = "do it") -> Run:
    """Return a step that runs a line of shell."""
    return Run(what, ("sh", "-c", text))


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_steps_are_told_as_they_begin(shell: str, tmp_path: Path) -> None:
    """Whoever watches sees the number of each step before it runs, and none of its output."""
    done = run(sh("echo noise; echo more >&2"), Write(str(tmp_path / "x"), "x"), sh("true"), shell=shell)
    assert (done.returncode, done.stdout.splitlines()) == (0, [f"@@lvslab begin {number}" for number in range(3)])


def test_no_steps_do_nothing() -> None:
    """A node that is as it should be is left alone."""
    assert run().stdout == ""


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_the_first_step_that_fails_ends_it(shell: str, tmp_path: Path) -> None:
    """Its number, its exit status and the last ten lines of its output are told; later steps are not begun."""
    done = run(
        sh("echo fine"),
        sh("seq 1 12; echo why >&2; exit 7"),
        sh(f"touch {tmp_path}/never"),
        shell=shell,
    )
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "@@lvslab begin 0",
        "@@lvslab begin 1",
        "@@lvslab fail 1 7",
        *[str(number) for number in range(4, 13)],
        "why",
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_is_not_there_fails_its_step() -> None:
    """What the shell says of it is among the last lines."""
    done = run(Run("call it", ("no-such-program", "--now")))
    assert "@@lvslab fail 0 127" in done.stdout
    assert "no-such-program" in done.stdout.splitlines()[-1]


@pytest.mark.parametrize("word", [word for word in ODD if word])
def test_arguments_reach_the_command_as_they_are(word: str, tmp_path: Path) -> None:
    """Nothing in an argument is the shell's business."""
    target = tmp_path / "out"
    assert run(Run("say it", ("sh", "-c", f'printf %s "$1" > {target}', "sh", word))).returncode == 0
    assert target.read_text() == word


@pytest.mark.parametrize("text", ODD)
def test_a_command_reads_what_it_is_given(text: str, tmp_path: Path) -> None:
    """Standard input is the text and its end; a command without one waits for nobody."""
    target = tmp_path / "out"
    assert run(Run("keep it", ("sh", "-c", f"cat > {target}"), text)).returncode == 0
    assert target.read_text() == text


def test_a_command_that_fails_with_input_fails_its_step() -> None:
    """The status is the command's, not that of what feeds it."""
    assert "@@lvslab fail 0 5" in run(Run("fail", ("sh", "-c", "cat; exit 5"), "input")).stdout


def test_a_file_is_written_with_its_folders_and_its_mode(tmp_path: Path) -> None:
    """Folders that are not there are made; the mode is the one asked for, whatever the umask."""
    target = tmp_path / "a" / "b c" / "file"
    assert run(Write(str(target), "text\n", mode=0o640)).returncode == 0
    assert (target.read_text(), stat.S_IMODE(target.stat().st_mode)) == ("text\n", 0o640)
    assert [path.name for path in target.parent.iterdir()] == ["file"]


def test_a_file_is_replaced_and_not_changed(tmp_path: Path) -> None:
    """Who has the old file open goes on to read the old file: the new one takes its place in one move."""
    target = tmp_path / "file"
    target.write_text("old\n")
    with target.open() as before:
        assert run(Write(str(target), "new\n", "old\n")).returncode == 0
        assert (before.read(), target.read_text()) == ("old\n", "new\n")


@settings(max_examples=10, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=8))
def test_any_content_arrives_as_it_is(contents: list[str]) -> None:
    """Quotes, dollars, dashes, newlines at the end and none: a file holds what it was given."""
    with tempfile.TemporaryDirectory() as folder:
        targets = [Path(folder, str(number)) for number in range(len(contents))]
        done = run(*(Write(str(target), text) for target, text in zip(targets, contents, strict=True)), shell="sh")
        assert (done.returncode, [target.read_bytes().decode() for target in targets]) == (0, contents)


@settings(max_examples=8, deadline=None)
@given(st.sets(NAMES, min_size=1, max_size=5))
def test_any_path_is_written(names: set[str]) -> None:
    """A file's name is never taken for an option, a pattern or a command."""
    with tempfile.TemporaryDirectory() as folder:
        targets = [Path(folder, f"x{name}", f"-{name}") for name in names]
        assert run(*(Write(str(target), "x", check=("test", "-f")) for target in targets)).returncode == 0
        assert {target.read_text() for target in targets} == {"x"}


@pytest.mark.parametrize("old", ["old\n", None])
def test_a_file_that_the_check_refuses_changes_nothing(old: str | None, tmp_path: Path) -> None:
    """The check sees the new file; when it fails, the old one stays and nothing lies about."""
    target = tmp_path / "file"
    if old:
        target.write_text(old)
    check = ("sh", "-c", 'echo "refused: $(cat "$1")"; exit 3', "sh")
    done = run(Write(str(target), "new", old, check=check))
    assert done.stdout.splitlines()[-2:] == ["@@lvslab fail 0 3", "refused: new"]
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == ({"file": old} if old else {})


def test_a_file_that_the_check_takes_is_written(tmp_path: Path) -> None:
    """The check is given the new file's path after its own words."""
    target = tmp_path / "file"
    assert run(Write(str(target), "new", check=("grep", "-q", "new"))).returncode == 0
    assert target.read_text() == "new"


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    """Where a folder stands in its place's way, the step fails, and what was written goes."""
    (tmp_path / "file").write_text("in the way")
    done = run(Write(str(tmp_path / "file" / "below"), "x"))
    assert "@@lvslab fail 0" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_wait_ends_when_its_command_succeeds(tmp_path: Path) -> None:
    """It is asked again until it says yes."""
    counter = tmp_path / "count"
    ask = ("sh", "-c", f"echo . >> {counter}; [ $(wc -l < {counter}) -ge 3 ]")
    assert run(Wait("three times", ask, within=20)).returncode == 0
    assert len(counter.read_text().splitlines()) == 3


def test_a_wait_that_is_in_vain_says_for_how_long() -> None:
    """The last thing that the command said stands before it."""
    start = time.monotonic()
    done = run(Wait("the impossible", ("sh", "-c", "echo no; exit 1"), within=1), shell="sh")
    assert time.monotonic() - start < 10
    assert done.stdout.splitlines()[-2:] == ["no", "not so after 1 s"]
    assert "@@lvslab fail 0 1" in done.stdout


def test_two_scripts_do_not_run_at_once(lock: Path, tmp_path: Path) -> None:
    """The second one waits for the first."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with subprocess.Popen(
            ["bash", "-c", step.script([sh(f"touch {tmp_path}/done")])], stdout=subprocess.DEVNULL
        ) as waiting:
            with pytest.raises(subprocess.TimeoutExpired):
                waiting.wait(0.4)
            assert not (tmp_path / "done").exists()
            fcntl.flock(held, fcntl.LOCK_UN)
            assert waiting.wait(10) == 0
    assert (tmp_path / "done").exists()


def test_what_a_step_leaves_running_does_not_hold_the_lock(lock: Path, tmp_path: Path) -> None:
    """A daemon that a step starts does not keep the next script from its work."""
    daemon = sh(f"sleep 30 </dev/null >/dev/null 2>&1 & echo $! > {tmp_path}/pid")
    try:
        assert run(daemon).returncode == 0
        with lock.open("w") as mine:
            fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        subprocess.run(["kill", (tmp_path / "pid").read_text().strip()], check=False)


def test_nothing_is_left_in_the_folder_for_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it ends well or not, a script removes what it kept."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    run(sh("true"))
    run(sh("false"))
    assert list(tmp_path.iterdir()) == []


def test_a_secret_is_open_to_nobody_while_it_is_written(tmp_path: Path) -> None:
    """Its owner alone may read it, from the first byte on; folders that are made for it are as any others."""
    target = tmp_path / "made" / "key"
    # nothing has changed its mode by the time it is checked: it was made with this one
    seen = ("sh", "-c", f'stat -c %a "$1" >{tmp_path}/mode', "sh")
    step = Write(str(target), "hush\n", mode=0o600, secret=True, check=seen)
    assert run(step).returncode == 0
    assert (target.read_text(), stat.S_IMODE(target.stat().st_mode)) == ("hush\n", 0o600)
    assert stat.S_IMODE(target.parent.stat().st_mode) & 0o055 == 0o055
    assert (tmp_path / "mode").read_text() == "600\n"


@pytest.mark.parametrize(
    ("one", "diff"),
    [
        (Run("start it", ("systemctl", "start", "a b")), "$ systemctl start 'a b'"),
        (Wait("wait for it", ("test", "-e", "/x")), "# wait until: test -e /x"),
        (Write("/etc/x", "a\nb\n", "a\nc\n"), "--- /etc/x\n+++ /etc/x\n@@ -1,2 +1,2 @@\n a\n-c\n+b"),
        (Write("/etc/x", "a\n"), "--- /dev/null\n+++ /etc/x\n@@ -0,0 +1 @@\n+a"),
        (Write("/etc/x", "a\n", "a\n", 0o600), ""),
        (Write("/etc/x", "a\n", secret=True), "# /etc/x is a secret"),
    ],
)
def test_what_a_step_would_do_can_be_read(one: Step, diff: str) -> None:
    """Commands as they could be typed, files as unified diffs."""
    assert one.diff() == diff


@settings(max_examples=30, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_a_command_that_is_shown_is_the_command(words: list[str]) -> None:
    """A line of a dry run can be pasted into a shell."""
    assert tuple(shlex.split(Run("x", tuple(words)).diff()[2:])) == tuple(words)
