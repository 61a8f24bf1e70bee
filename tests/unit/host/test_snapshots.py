"""What is done to machines after they were put back."""

from types import SimpleNamespace

import pytest

from lvslab import wait
from lvslab.errors import MachineError
from lvslab.host import makeup, routers, snapshots
from lvslab.model import Lab, Storage
from lvslab.model.size import Size


@pytest.mark.parametrize("begins", [0.0, 25.0])
def test_a_clock_is_set_when_the_agent_answers(monkeypatch: pytest.MonkeyPatch, begins: float) -> None:
    """Where machines boot side by side, the agent of one may come long after its sshd."""
    now, told = [0.0], []

    def sleep(seconds: float) -> None:
        now[0] += seconds

    def virsh(*words: str, timeout: float) -> str:
        now[0] += 1
        if now[0] < begins:
            raise MachineError("the agent does not answer")
        told.append(words[:2])
        return ""

    monkeypatch.setattr(wait, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=sleep))
    monkeypatch.setattr(snapshots, "virsh", virsh)
    snapshots.set_clock("web1")
    assert told == [("qemu-agent-command", "web1")]


def test_a_machine_that_cannot_be_put_back_in_place_gets_a_new_process(
    monkeypatch: pytest.MonkeyPatch, lab: Lab
) -> None:
    """QEMU's monitor tells of what went wrong in words, and virsh ends well all the same."""
    told: list[tuple[str, ...]] = []

    def virsh(*words: str, **_more: object) -> str:
        told.append(words[:3])
        return (
            "Error: Device 'vda' does not have the snapshot\n" if words[:2] == ("qemu-monitor-command", "nfs") else ""
        )

    monkeypatch.setattr(snapshots, "virsh", virsh)
    monkeypatch.setattr(snapshots, "virsh_in_turn", lambda *commands: ["" for _ in commands])
    monkeypatch.setattr(makeup, "unchanged", list)
    monkeypatch.setattr(routers, "forget_neighbours", lambda lab: None)
    snapshots.restore_bare(lab)
    assert [words for words in told if words[0] == "snapshot-revert"] == [("snapshot-revert", "nfs", "bare")]


class Kept:
    """The snapshots that libvirt has of machines, each with ``bare``; and which of them the machines went back to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.of: dict[str, list[str]] = {}
        self.taken: list[tuple[str, str]] = []
        self.restored: dict[str, str] = {}
        monkeypatch.setattr(snapshots, "virsh", self._virsh)
        monkeypatch.setattr(snapshots, "virsh_in_turn", lambda *commands: ["" for _ in commands])
        monkeypatch.setattr(makeup, "unchanged", lambda wanted: [])
        monkeypatch.setattr(routers, "forget_neighbours", lambda lab: None)

    def _virsh(self, verb: str, node: str, *words: str, timeout: float = 0.0) -> str:
        own = self.of.setdefault(node, ["bare"])
        if verb == "snapshot-create-as":
            own.append(words[0])
            self.taken.append((node, words[0]))
        if verb == "snapshot-revert":
            assert words[0] in own
            self.restored[node] = words[0]
        return "\n".join(own)


def test_another_lab_with_the_same_storage_finds_it_made(monkeypatch: pytest.MonkeyPatch, lab: Lab) -> None:
    """Array and volume are what takes longest to make; all else begins from nothing, on every machine."""
    kept = Kept(monkeypatch)
    for node in lab.nodes:
        snapshots.save_storage(lab, node)
        snapshots.save_storage(lab, node)
    assert lab.storage is not None
    made = snapshots.with_storage(lab.storage)
    assert kept.taken == [("nfs", made)]
    other = lab.model_copy(update={"name": "other", "storage": exported_to(lab.storage, "sync")})
    assert snapshots.restore_bare(other) == {*lab.nodes} - {"nfs"}
    assert kept.restored == dict.fromkeys(lab.nodes, "bare") | {"nfs": made}


def test_a_lab_with_other_storage_or_none_begins_from_bare_disks(monkeypatch: pytest.MonkeyPatch, lab: Lab) -> None:
    """A volume of another size is no volume of this lab's."""
    kept = Kept(monkeypatch)
    snapshots.save_storage(lab, "nfs")
    assert lab.storage is not None
    volume = lab.storage.volume.model_copy(update={"size": Size(1 << 30)})
    for storage in (None, lab.storage.model_copy(update={"volume": volume})):
        snapshots.restore_bare(lab.model_copy(update={"storage": storage}))
        assert kept.restored == dict.fromkeys(lab.nodes, "bare")


def exported_to(storage: Storage, *options: str) -> Storage:
    """Return the same storage, exported in another way."""
    return storage.model_copy(update={"export": storage.export.model_copy(update={"options": options})})
