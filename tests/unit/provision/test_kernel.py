"""What a kernel is given before any lab is put on its machine."""

import pytest

from lvslab.errors import NodeError
from lvslab.model import Lab, load_lab
from lvslab.nodes.fake import FakeRemote
from lvslab.nodes.remote import Result
from provision.kernel import preload
from tests.unit.recorded import LABS


@pytest.mark.parametrize(
    ("name", "scripts"),
    [
        ("director1", ["modprobe --all ip_vs"]),
        ("web1", ["modprobe --all nfsv4"]),
        ("nfs", ["modprobe --all nfsd raid456 dm_mod"]),
    ],
)
def test_each_role_has_its_modules(lab: Lab, name: str, scripts: list[str]) -> None:
    """Those that take an emulated processor long."""
    remote = FakeRemote(name, lambda script: Result(0, ""))
    preload(lab.node(name), remote)
    assert remote.scripts == scripts


@pytest.mark.parametrize(("name", "modules"), [("director2", "ip_vs"), ("nfs", "nfsd raid456 dm_mod")])
def test_an_idle_node_has_those_that_it_needs_in_another_lab(name: str, modules: str) -> None:
    """Which a change to that lab then need not wait for: one with disks is for storage, another a director."""
    remote = FakeRemote(name, lambda script: Result(0, ""))
    preload(load_lab(LABS / "lvs-dr-ipvsadm.yml").node(name), remote)
    assert remote.scripts == [f"modprobe --all {modules}"]


def test_a_kernel_without_a_module_is_told(lab: Lab) -> None:
    """With what modprobe said of it."""
    remote = FakeRemote("web1", lambda script: Result(1, "", "modprobe: FATAL: Module nfsv4 not found\n"))
    with pytest.raises(NodeError, match="web1: the kernel does not load nfsv4") as told:
        preload(lab.node("web1"), remote)
    assert told.value.details == ["modprobe: FATAL: Module nfsv4 not found"]
