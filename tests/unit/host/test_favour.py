"""Whom the processor goes to first while machines boot."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lvslab.host import machines
from lvslab.model import Lab


@pytest.fixture
def processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    """Have a process for each of three pid files that libvirt keeps; yield their pids."""
    names = ("nfs", "web1", "driver")
    running = {name: subprocess.Popen(["sleep", "60"], start_new_session=True) for name in names}
    for name, process in running.items():
        (tmp_path / f"{name}.pid").write_text(f"{process.pid}\n")
    monkeypatch.setattr(machines, "PIDS", tmp_path)
    yield {name: process.pid for name, process in running.items()}
    for process in running.values():
        process.kill()
        process.wait()


def test_others_of_the_lab_give_way(lab: Lab, processes: dict[str, int]) -> None:
    """The node that the others wait for keeps its niceness; nodes whose machine is gone are passed over."""
    machines.favour(lab, ["nfs"])
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, processes["nfs"]) <= own
    assert os.getpriority(os.PRIO_PROCESS, processes["web1"]) == machines.UNFAVOURED


def test_libvirtd_is_no_machine(lab: Lab, processes: dict[str, int]) -> None:
    """Its driver.pid stands among the machines': made nice, it would hand that on to every machine it starts."""
    own = os.getpriority(os.PRIO_PROCESS, 0)
    machines.favour(lab, ["nfs"])
    assert os.getpriority(os.PRIO_PROCESS, processes["driver"]) == own


def test_a_machine_gives_way_to_the_others_and_is_one_of_them_again(processes: dict[str, int]) -> None:
    """Whatever happens meanwhile; a machine that is gone by then is no error."""
    own = os.getpriority(os.PRIO_PROCESS, 0)
    with pytest.raises(ZeroDivisionError), machines.giving_way("web1"), machines.giving_way("gone"):
        assert os.getpriority(os.PRIO_PROCESS, processes["web1"]) == machines.UNFAVOURED
        assert os.getpriority(os.PRIO_PROCESS, processes["nfs"]) == own
        raise ZeroDivisionError
    assert os.getpriority(os.PRIO_PROCESS, processes["web1"]) <= own
