"""Reboots: each machine, then all at once, comes back to full service without any help."""

import socket
from collections.abc import Iterable, Sequence

import pytest

from lvslab.errors import LabError
from lvslab.host.machines import console_tail
from lvslab.lifecycle.status import Status
from lvslab.nodes.fabric_remote import FabricRemote
from lvslab.pytest_plugin import LabUnderTest
from lvslab.wait import wait_for

NODES = ("director1", "director2", "web1", "web2", "nfs")
BACK_UP = 300.0

pytestmark = pytest.mark.usefixtures("restored")


def boot_id(remote: FabricRemote) -> str:
    """Return what names this boot of a node; LabError while it does not answer."""
    return remote.run("cat /proc/sys/kernel/random/boot_id", timeout=10).stdout.strip()


def runs_anew(remote: FabricRemote, before: str) -> bool:
    """Whether a node answers, and has another boot ID than ``before``."""
    try:
        # fails sooner than an ssh connection would
        socket.create_connection((remote.login.address, remote.login.port), timeout=2).close()
        return boot_id(remote) != before
    except (OSError, LabError):
        remote.close()
        return False


def reboot(lab: LabUnderTest, names: Sequence[str]) -> None:
    """Reboot nodes, all at once, and return when each of them runs anew."""
    before = {name: boot_id(lab.remote(name)) for name in names}
    for name in names:
        lab.remote(name).run("systemctl --no-block reboot")
    lab.disconnect(*names)
    waiting = set(names)

    def all_new() -> bool:
        waiting.difference_update({name for name in waiting if runs_anew(lab.remote(name), before[name])})
        return not waiting

    wait_for(all_new, within=BACK_UP, what="not back", seen=lambda: consoles(lab, waiting), every=0.5)


def consoles(lab: LabUnderTest, names: Iterable[str]) -> str:
    """Return what machines printed last."""
    return "\n".join(f"{name}: {line}" for name in names for line in console_tail(lab.instance.paths, name))


@pytest.mark.thorough
@pytest.mark.parametrize("name", NODES)
def test_a_machine_comes_back_to_full_service(lab: LabUnderTest, name: str) -> None:
    """After the reboot of one machine the lab is as its file says, and provisioning has nothing to do."""
    reboot(lab, [name])
    lab.wait_as_expected(BACK_UP)
    assert lab.plan([name])[name].steps == ()


def test_master_and_storage_come_back_and_the_web_servers_go_on(lab: LabUnderTest) -> None:
    """The array is /dev/md5 again, with its spare; the web servers, which nobody touched, serve from it."""
    both = ("director1", "nfs")
    reboot(lab, both)
    seen = lab.wait_as_expected(BACK_UP)
    assert_array(lab, seen)
    assert {answer.status for web in ("web1", "web2") for answer in lab.client.get(address=lab.address(web))} == {200}
    assert lab.holders() == ("director1",)
    assert {name: outcome.steps for name, outcome in lab.plan(both).items()} == dict.fromkeys(both, ())


def assert_array(lab: LabUnderTest, seen: Status) -> None:
    """Assert that the storage node has the lab's array and none under another name."""
    assert lab.node("nfs").check_output("cd /sys/block && ls -d md*").split() == ["md5"]
    assert seen.storage is not None
    assert seen.storage.array is not None
    assert (seen.storage.array.level, seen.storage.array.active, seen.storage.array.spare) == ("raid5", 3, 1)


@pytest.mark.thorough
def test_all_machines_at_once_come_back_to_full_service(lab: LabUnderTest) -> None:
    """As after a power failure, but in order: no machine waits for ever for another."""
    reboot(lab, NODES)
    seen = lab.wait_as_expected(BACK_UP)
    assert_array(lab, seen)
    assert lab.client.shares(100) == {"web1": 50, "web2": 50}
    assert {name: len(outcome.steps) for name, outcome in lab.plan().items()} == dict.fromkeys(NODES, 0)
