"""The floor: the machines that qemu alone boots are the lab's."""

import itertools
from pathlib import Path

import pytest

from lvslab.bench import boots
from lvslab.host import keys
from lvslab.host.paths import InstancePaths
from lvslab.model import Lab, load_lab

LAB = Path(__file__).parents[3] / "labs" / "lvs-dr.yml"


@pytest.fixture
def lab() -> Lab:
    """Return the lab that is measured."""
    return load_lab(LAB)


@pytest.fixture
def command(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the command that boots the storage node, which has the most disks."""
    monkeypatch.setenv("LVSLAB_STATE", str(tmp_path))
    monkeypatch.setattr(boots, "find", lambda program: f"/usr/bin/{program}")
    paths = InstancePaths("floor")
    paths.root.mkdir()
    keys.make(paths, lab)
    return boots.arguments(paths, lab, lab.node("nfs"), "tcg")


def values(command: list[str], option: str) -> list[str]:
    """Return what an option was given, each time it was."""
    return [value for word, value in itertools.pairwise(command) if word == option]


def test_a_plain_machine_has_the_labs_processor_memory_and_kind(command: list[str]) -> None:
    """As the Vagrantfile has them."""
    assert values(command, "-m") == ["256"]
    assert values(command, "-smp") == ["1,maxcpus=2"]
    assert values(command, "-cpu") == ["max"]
    assert values(command, "-machine")[0].startswith("q35,accel=tcg")


def test_a_plain_machine_has_the_labs_disks_and_interfaces(command: list[str], lab: Lab) -> None:
    """The box's disk and four more, by their serials; the management network and the lab's, by their MACs."""
    devices = values(command, "-device")
    serials = [word.rpartition("serial=")[2] for word in devices if "serial=" in word]
    macs = [word.rpartition("mac=")[2] for word in devices if word.startswith("virtio-net-pci")]
    assert serials == ["nfs-1", "nfs-2", "nfs-3", "nfs-4"]
    assert macs == [lab.node("nfs").mac_management, lab.node("nfs").mac("lan")]
    assert sum(word.startswith("virtio-blk-pci") for word in devices) == 5


def test_a_plain_machine_is_given_its_keys_as_the_labs_are(command: list[str]) -> None:
    """So that the guests do the same work on their way to ssh."""
    assert [word.partition("=")[2].partition("=")[2].partition("=")[0] for word in values(command, "-smbios")] == [
        "io.systemd.credential.binary:lvslab.host_key",
        "io.systemd.credential.binary:lvslab.authorized_key",
    ]


def test_interfaces_on_the_host_have_names_that_the_kernel_takes(lab: Lab) -> None:
    """At most 15 bytes, whatever a node is called."""
    names = [boots.tap(lab, node, number) for node in lab.nodes.values() for number in (0, 1)]
    assert len(set(names)) == 10 and max(map(len, names)) <= 15
