"""Killed, interrupted or failed at any moment, the next command works and nothing is left behind."""

import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lvslab.host import isolation
from tests.host.lvslab_program import SMALL, interrupt, leftovers, run, start

NAME = "interrupted"
# the whole of `up` for the small lab on two emulating cores; later moments meet an `up` that is done
WHOLE = 40.0
MOMENTS = 10
SEED = 18

_random = random.Random(SEED)
_moments = [round((number + _random.random()) * WHOLE / MOMENTS, 2) for number in range(MOMENTS)]
# one early, while machines are raised, every day, and see raised_again; the others by `make test-all`
EVERY_DAY = (2,)
_parameters = [
    pytest.param(moment, marks=() if number in EVERY_DAY else pytest.mark.thorough)
    for number, moment in enumerate(_moments)
]


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Take the lab away after a test, and see that nothing of it is left."""
    yield
    take_away()


@pytest.fixture(scope="module")
def raised_again() -> Iterator["subprocess.CompletedProcess[str]"]:
    """Give what the third ``up`` said, after one that ended by Ctrl-C and one that was killed; the module's lab."""
    try:
        interrupt_at(up(), _random.uniform(8, 15))
        kill_at(up(), _random.uniform(8, 20))
        yield run("up", str(SMALL), "--name", NAME)
    finally:
        take_away()


def take_away() -> None:
    """Take the lab away, whatever is there of it, and see that nothing is left."""
    done = run("down", NAME)
    assert done.returncode == 0, done.stderr
    assert leftovers(NAME) == []


def up() -> "subprocess.Popen[str]":
    """Start raising the small lab."""
    return start("up", str(SMALL), "--name", NAME, "-v")


def kill_at(process: "subprocess.Popen[str]", moment: float) -> bool:
    """Kill a command after ``moment`` seconds; return whether it was still at work."""
    time.sleep(moment)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def interrupt_at(process: "subprocess.Popen[str]", moment: float) -> None:
    """Interrupt a command after ``moment`` seconds, and see that it ends in order, unless it was done by then."""
    time.sleep(moment)
    interrupt(process)
    said, _ = process.communicate(timeout=30)
    assert process.returncode in (0, 130), said
    assert "Traceback" not in said


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("moment", _parameters[::2])
def test_down_works_after_up_was_killed(moment: float) -> None:
    """SIGKILL at any moment of up: down takes everything away (see nothing_left)."""
    kill_at(up(), moment)


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("moment", _parameters[1::2])
def test_ctrl_c_ends_up_with_130_and_down_works(moment: float) -> None:
    """Ctrl-C at any moment of up: one line, exit code 130, no traceback; down takes everything away."""
    interrupt_at(up(), moment)


@pytest.mark.thorough
@pytest.mark.usefixtures("nothing_left")
def test_up_works_after_up_was_killed_early() -> None:
    """SIGKILL while machines are raised: the next up finishes the lab or begins again, and the lab is whole."""
    kill_at(up(), _random.uniform(1, 6))
    done = run("up", str(SMALL), "--name", NAME)
    assert done.returncode == 0, done.stderr
    assert run("verify", "--name", NAME).returncode == 0


def test_up_works_after_up_was_interrupted_and_killed_late(raised_again: "subprocess.CompletedProcess[str]") -> None:
    """Ctrl-C while machines boot, and then SIGKILL while they do or are provisioned: the same."""
    assert raised_again.returncode == 0, raised_again.stderr
    assert run("verify", "--name", NAME).returncode == 0


@pytest.mark.usefixtures("raised_again")
def test_provision_works_after_it_was_killed() -> None:
    """SIGKILL at three moments of provision: the same again makes the lab whole."""
    for moment in sorted(_random.uniform(0.2, 4) for _ in range(3)):
        run("exec", "director1", "--name", NAME, "--", "rm", "-f", "/etc/keepalived/keepalived.conf")
        kill_at(start("provision", "--name", NAME), moment)
        done = run("provision", "--name", NAME)
        assert done.returncode == 0, done.stderr
    assert run("verify", "--name", NAME).returncode == 0


@pytest.mark.usefixtures("raised_again")
def test_a_role_that_fails_tells_node_step_command_and_last_lines() -> None:
    """A step that fails on a node: exit code 4, node, step, command, its exit status and its words; reset mends."""
    spoil = "rm /etc/keepalived/keepalived.conf && mv /usr/sbin/keepalived /usr/sbin/keepalived.away"
    run("exec", "director1", "--name", NAME, "--", "sh", "-c", spoil)
    done = run("provision", "--name", NAME)
    assert done.returncode == 4, done.stderr
    assert "director1: step" in done.stderr
    assert "write /etc/keepalived/keepalived.conf" in done.stderr
    assert "exit status 127" in done.stderr
    assert run("reset", "--name", NAME).returncode == 0
    assert run("verify", "--name", NAME).returncode == 0


@pytest.mark.usefixtures("raised_again")
def test_a_lab_wakes_after_the_host_was_rebooted(tmp_path: Path) -> None:
    """All processes of a lab are gone, its folder is not: up restores it; so does up with a changed file."""
    changed = tmp_path / "changed.yml"
    changed.write_text(SMALL.read_text().replace("scheduler: rr", "scheduler: wlc"))
    for file, scheduler in ((SMALL, "rr"), (changed, "wlc")):
        for keeper in isolation.find_keepers(NAME):
            isolation.stop(keeper)
        done = run("up", str(file), "--name", NAME)
        assert done.returncode == 0, done.stderr
        assert f"192.168.18.41:80   director1   {scheduler}" in done.stdout


@pytest.mark.usefixtures("raised_again")
def test_down_works_after_it_was_killed() -> None:
    """SIGKILL at two moments of down: the same again takes everything away (see raised_again)."""
    for moment in (_random.uniform(0.2, 0.5), _random.uniform(0.3, 0.7)):
        kill_at(start("down", NAME), moment)
