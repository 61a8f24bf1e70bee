"""A machine's disks, from what libvirt says of them."""

from collections.abc import Callable

import pytest

from lvslab.errors import MachineError
from lvslab.host import disks
from tests.unit.recorded import FIXTURES

Virsh = Callable[..., str]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Return what virsh was told; it answers as it did for the storage node."""
    calls: list[tuple[str, ...]] = []
    answers = {"dumpxml": "dumpxml-nfs.xml", "domblklist": "domblklist-nfs.txt"}

    def virsh(*words: str, stdin: str | None = None) -> str:
        calls.append(words if stdin is None else (*words, stdin))
        return (FIXTURES / "virsh" / answers[words[0]]).read_text() if words[0] in answers else ""

    monkeypatch.setattr(disks, "virsh", virsh)
    return calls


def test_disks_are_known_by_their_serials(told: list[tuple[str, ...]]) -> None:
    """The one that the machine boots from has none, and is not among them."""
    assert list(disks.described("nfs")) == ["nfs-1", "nfs-2", "nfs-3", "nfs-4"]
    assert disks.plugged("nfs") == ("vda", "vdb", "vdc", "vdd", "vde")


def test_a_description_is_enough_to_plug_the_disk_in_again(told: list[tuple[str, ...]]) -> None:
    """Its file, its name and its serial are in it; virsh reads it from its standard input."""
    description = disks.xml("nfs", "nfs-2")
    assert disks.target(description) == "vdc"
    assert "nfs-vdc.qcow2" in description and "<serial>nfs-2</serial>" in description
    disks.plug("nfs", description)
    assert told[-1] == ("attach-device", "nfs", "/dev/stdin", "--live", description)


def test_a_disk_that_is_not_plugged_in_is_told(told: list[tuple[str, ...]]) -> None:
    """The error names the serial that was looked for."""
    with pytest.raises(MachineError, match="nfs: no disk with the serial nfs-9"):
        disks.xml("nfs", "nfs-9")


def test_a_pull_that_the_machine_does_not_notice_is_told(
    told: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk goes when the machine lets it go; one that does not within the limit is an error."""
    monkeypatch.setattr(disks, "PULL_LIMIT", 0.01)
    with pytest.raises(MachineError, match="vdb pulled: it is still there after"):
        disks.pull("nfs", disks.xml("nfs", "nfs-1"))
    assert ("detach-disk", "nfs", "vdb", "--live") in told
