"""virsh as it is installed here, against libvirt's mock driver (test:///default), which has a machine named test."""

import shlex
import subprocess
import sys

import pytest

from lvslab.errors import MachineError
from lvslab.host.libvirtd import virsh_in_turn


@pytest.fixture(autouse=True)
def mock_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have virsh ask nobody."""
    monkeypatch.setenv("VIRSH_DEFAULT_CONNECT_URI", "test:///default")


def test_each_command_has_its_own_output() -> None:
    """In their order, and an empty one where one has nothing to say."""
    told = virsh_in_turn(("domstate", "test"), ("suspend", "test"), ("domstate", "test"), ("list", "--name"))
    assert [each.split() for each in told][::2] == [["running"], ["paused"]]
    assert told[3].split() == ["test"]
    assert virsh_in_turn() == []


@pytest.mark.parametrize("nobody", [0, 1, 2])
def test_one_command_that_fails_is_not_covered_by_the_next(nobody: int) -> None:
    """virsh goes on, and ends as the last one does; what it said tells which failed."""
    commands = [["domstate", "test"] for _ in range(3)]
    commands[nobody][1] = "nobody"
    with pytest.raises(MachineError) as caught:
        virsh_in_turn(*commands)
    assert any("nobody" in note for note in caught.value.__notes__)


def test_on_a_terminal_it_says_the_same() -> None:
    """virsh that finds one asks polkit for an agent, and complains where none is to be had."""
    asked = "from lvslab.host.libvirtd import virsh_in_turn; print(virsh_in_turn(('domstate', 'test')))"
    done = subprocess.run(
        ["script", "--quiet", "--return", "--command", shlex.join([sys.executable, "-c", asked]), "/dev/null"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stdout
    assert "running" in done.stdout and "polkit" not in done.stdout
