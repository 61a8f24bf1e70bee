"""Telling the keeper's process from another that has its number."""

import os
import subprocess
from pathlib import Path

import pytest

from lvslab.host import isolation
from lvslab.host.isolation import Keeper, start_time


def test_a_process_has_one_start() -> None:
    """Asked twice, it is the same; a child's is not before its parent's."""
    mine = start_time(os.getpid())
    assert mine is not None and mine == start_time(os.getpid())
    with subprocess.Popen(["sleep", "30"]) as child:
        started = start_time(child.pid)
        child.kill()
    assert started is not None and started >= mine


@pytest.mark.parametrize("name", ["a) S 1 2 3", "((", ") Z ", "a b"])
def test_a_process_may_have_any_name(name: str, tmp_path: Path) -> None:
    """Brackets and blanks in the name do not shift the fields after it."""
    program = tmp_path / name
    program.symlink_to("/bin/sleep")
    with subprocess.Popen([str(program), "30"]) as child:
        started = start_time(child.pid)
        seen = Path(f"/proc/{child.pid}/comm").read_text()
        child.kill()
    assert seen == f"{name}\n"
    mine = start_time(os.getpid())
    assert started is not None and mine is not None
    assert mine <= started < mine + 100 * 3600


def test_a_process_that_has_ended_has_none() -> None:
    """Neither while its corpse waits for its parent, nor afterwards."""
    with subprocess.Popen(["true"]) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert Path(f"/proc/{child.pid}").exists()
        assert start_time(child.pid) is None
    assert start_time(child.pid) is None


def test_a_keeper_is_one_very_process() -> None:
    """The number alone does not make it: after a reboot it may be anybody's."""
    mine = start_time(os.getpid())
    assert mine is not None
    assert Keeper(os.getpid(), mine).is_alive
    assert not Keeper(os.getpid(), mine - 1).is_alive
    assert not Keeper(2**22 + 1, mine).is_alive


def test_another_s_process_is_not_stopped() -> None:
    """To stop a keeper whose number is now somebody else's ends nobody."""
    with subprocess.Popen(["sleep", "30"]) as child:
        started = start_time(child.pid)
        assert started is not None
        isolation.stop(Keeper(child.pid, started + 1))
        assert child.poll() is None
        isolation.stop(Keeper(child.pid, started))
        assert child.wait(10) == -9
    isolation.stop(Keeper(child.pid, started))


def test_nobody_keeps_a_lab_that_never_was() -> None:
    """Other processes, whatever their arguments, are no keepers."""
    with subprocess.Popen(["sleep", "30"]) as child:
        assert isolation.find_keepers("no-such-lab") == []
        child.kill()
