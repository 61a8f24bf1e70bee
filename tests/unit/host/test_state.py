"""What is known of a lab between two commands, and who may change it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lvslab.errors import BusyError, HostError, UsageError
from lvslab.host import isolation, state
from lvslab.host.isolation import Keeper
from lvslab.host.paths import InstancePaths
from lvslab.host.state import Phase, State

DEAD = Keeper(2**22 + 1, 1)  # above the largest PID that there can be


@pytest.fixture
def known(paths: InstancePaths) -> State:
    """Return a state that is written down."""
    started = isolation.start_time(os.getpid())
    assert started is not None
    found = State("mine", "lvs-dr", Phase.RAISING, Keeper(os.getpid(), started), "tcg", "box", "digest")
    state.write(paths, found)
    return found


def test_a_state_is_read_as_it_was_written(paths: InstancePaths, known: State) -> None:
    """Phase and keeper are what they were, not words and numbers."""
    assert state.read(paths) == known


def test_a_phase_is_advanced_on_disk_too(paths: InstancePaths, known: State) -> None:
    """The next command sees how far this one has come."""
    further = state.advance(paths, known, Phase.READY)
    assert further == replace(known, phase=Phase.READY) == state.read(paths)
    assert [path.name for path in paths.root.iterdir()] == ["state.json"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[: len(text) // 2],
        lambda text: "null",
        lambda text: "[]",
        lambda text: text.replace("raising", "flying"),
        lambda text: text.replace('"keeper"', '"keepers"'),
        lambda text: text.replace('"pid"', '"number"'),
        lambda text: text.replace('"digest"', '"unknown"'),
        lambda text: "\udcff",
    ],
)
def test_a_state_that_cannot_be_read_is_none(
    paths: InstancePaths, known: State, damage: Callable[[str], str]
) -> None:
    """Half written, by an older lvslab or by hand: it is as if there were none, and a new lab can be raised."""
    text = damage(paths.state.read_text())
    paths.state.write_bytes(text.encode(errors="surrogateescape"))
    assert state.read(paths) is None


def test_no_state_is_none(paths: InstancePaths) -> None:
    """Neither file nor folder need be there."""
    assert state.read(paths) is None
    assert state.read(InstancePaths("other")) is None


def test_a_state_that_cannot_be_written_leaves_the_old_one(
    paths: InstancePaths, known: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk costs the change, not what is known."""

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        state.advance(paths, known, Phase.READY)
    assert state.read(paths) == known


def test_a_running_lab_is_found(paths: InstancePaths, known: State) -> None:
    """It runs as long as the very process that keeps its namespaces."""
    assert state.running(paths) == known


def test_a_lab_whose_keeper_is_gone_is_not_running(paths: InstancePaths, known: State) -> None:
    """The host was rebooted, or somebody killed it; the hint says how to have it back."""
    state.write(paths, replace(known, keeper=DEAD))
    with pytest.raises(UsageError, match="the lab mine is not running") as caught:
        state.running(paths)
    assert caught.value.hint.startswith("lvslab up")


def test_a_lab_that_does_not_exist_is_told_with_those_that_do(paths: InstancePaths, known: State) -> None:
    """A slip of the pen is seen at once."""
    with pytest.raises(UsageError, match="no lab named other; labs here: mine"):
        state.running(InstancePaths("other"))


def test_no_lab_at_all_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing was ever raised, the folder need not exist."""
    monkeypatch.setenv("LVSLAB_STATE", str(tmp_path / "nothing"))
    assert state.instances() == []
    with pytest.raises(UsageError, match="no lab is here"):
        state.running(InstancePaths("mine"))


def test_instances_are_folders(paths: InstancePaths) -> None:
    """Locks and other files beside them are none."""
    paths.lock.write_text("")
    InstancePaths("another").root.mkdir()
    assert state.instances() == ["another", "mine"]


def test_a_lab_that_is_being_changed_is_busy(paths: InstancePaths) -> None:
    """The error names the lab, the command and the process."""
    with state.locked(paths, "up"):
        with pytest.raises(BusyError) as caught, state.locked(paths, "down"):
            pytest.fail("two commands change one lab")
        assert paths.lock.read_text() == f"{os.getpid()} up"
    assert caught.value.message == f"the lab mine is being changed by 'lvslab up' (process {os.getpid()})"
    assert str(os.getpid()) in caught.value.hint


def test_other_labs_are_not_busy(paths: InstancePaths) -> None:
    """Each lab has its own lock."""
    with state.locked(paths, "up"), state.locked(InstancePaths("other"), "up"):
        assert state.instances() == ["mine"]


def test_a_lock_is_free_when_its_command_has_ended(paths: InstancePaths) -> None:
    """However it ended; the file that stays behind holds nobody off."""
    with pytest.raises(OSError, match="gone"), state.locked(paths, "up with a long name"):
        raise OSError("gone")
    with state.locked(paths, "down"):
        assert paths.lock.read_text() == f"{os.getpid()} down"


def test_a_killed_command_holds_no_lock(paths: InstancePaths) -> None:
    """The kernel gives it back."""
    take = "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, 2); print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-Ic", take, str(paths.lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == b"\n"
        with pytest.raises(BusyError), state.locked(paths, "up"):
            pass
        process.kill()
    with state.locked(paths, "up"):
        pass


def test_nothing_is_left_of_a_lab_that_is_gone(paths: InstancePaths) -> None:
    """With the last lab its lock goes, and the folder of all labs."""
    with state.locked(paths, "down"):
        paths.root.rmdir()
    assert not paths.lock.parent.exists()


def test_the_lock_of_a_lab_that_is_there_stays(paths: InstancePaths) -> None:
    """Whoever waits for it must find the same file."""
    with state.locked(paths, "up"):
        pass
    assert paths.lock.exists()


def test_a_folder_that_may_not_be_written_is_told(paths: InstancePaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without root, the hint is the same command with it."""

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(state, "_take", refuse)
    with pytest.raises(HostError, match="not writable") as caught, state.locked(paths, "up"):
        pass
    assert caught.value.hint == "sudo lvslab up"


def test_the_file_is_plain_json(paths: InstancePaths, known: State) -> None:
    """Other programs can read it."""
    data = json.loads(paths.state.read_text())
    assert (data["phase"], data["keeper"]["pid"]) == ("raising", os.getpid())
