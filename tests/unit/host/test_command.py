"""Programs of the host: what they said, and how a failure is told."""

import sys
from pathlib import Path

import pytest

from lvslab.errors import BoxError, HostError, MachineError, UnusableError
from lvslab.host.command import Completed, call, check, failure, find

FULL = "cp: error writing '/var/x': No space left on device\n"


def completed(stdout: str = "", stderr: str = "", status: int = 1) -> Completed:
    """Return what a program said that failed."""
    return Completed(("qemu-img", "convert", "a", "b"), status, stdout, stderr)


@pytest.mark.parametrize("error", [UnusableError, MachineError, BoxError])
def test_a_failure_names_program_and_status(error: type[UnusableError]) -> None:
    """And is of the kind that was asked for, with its hint."""
    found = failure(completed(status=3), what="the box", error=error, hint="lvslab box build")
    assert type(found) is error
    assert found.message == "the box: qemu-img ended with exit status 3"
    assert (found.hint, found.details) == ("lvslab box build", [])


def test_only_the_last_ten_lines_are_told() -> None:
    """The error's own output comes first, so that what was printed last stands last."""
    found = failure(
        completed("".join(f"out {number}\n" for number in range(9)), "err 1\nerr 2\nerr 3\n"),
        what="x",
        error=UnusableError,
    )
    assert found.details == ["err 2", "err 3", *(f"out {number}" for number in range(9))][-10:]


@pytest.mark.parametrize(("stdout", "stderr"), [("", FULL), (FULL, ""), ("line\n" * 20, FULL + "more\n")])
def test_a_full_disk_is_the_host_s(stdout: str, stderr: str) -> None:
    """Whatever was being done: the cause is told, and where to look."""
    found = failure(completed(stdout, stderr), what="the box", error=BoxError, hint="lvslab box build")
    assert isinstance(found, HostError)
    assert found.message == "the box: the disk is full"
    assert found.hint.startswith("df ")


def test_output_and_status_are_kept() -> None:
    """Whatever the exit status; bytes that are no text raise nothing."""
    done = call(["sh", "-c", "printf '\\377'; echo err >&2; exit 4"])
    assert (done.status, done.stdout, done.stderr) == (4, "\ufffd", "err\n")


def test_a_program_reads_nothing_unless_given() -> None:
    """None waits for the terminal."""
    assert call(["cat"]).stdout == ""
    assert call(["cat"], stdin="text").stdout == "text"


def test_environment_and_folder_are_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is given is all there is: a variable of the caller's may be one that has to go."""
    monkeypatch.setenv("VAGRANT_HOME", "/mine")
    done = call(["sh", "-c", 'echo "$X"; pwd; test -z "$VAGRANT_HOME"'], env={"X": "y"}, cwd=tmp_path)
    assert (done.status, done.stdout.splitlines()) == (0, ["y", str(tmp_path)])


def test_success_is_its_output() -> None:
    """A program that succeeds has its output returned, one that fails is an error."""
    assert check(["echo", "yes"], what="x") == "yes\n"
    with pytest.raises(MachineError, match="virsh list: false ended with exit status 1"):
        check(["false"], what="virsh list", error=MachineError)


def test_a_program_that_hangs_is_ended() -> None:
    """The error names it and the time that it had."""
    with pytest.raises(UnusableError, match="sleep: no answer after 0 s"):
        call(["sleep", "30"], timeout=0.05)


def test_a_program_that_is_not_installed_is_told() -> None:
    """The doctor knows the package."""
    with pytest.raises(HostError, match="no-such-program is not installed") as caught:
        call(["no-such-program"])
    assert caught.value.hint == "lvslab doctor"


def test_programs_are_found_in_the_system_s_own_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user's PATH often lacks sbin."""
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert find("ip").startswith(("/usr/sbin", "/sbin", "/usr/bin", "/bin"))
