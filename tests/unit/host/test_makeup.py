"""Whether a machine still is what a snapshot was taken of, from what libvirt said of both."""

from collections.abc import Sequence

import pytest

from lvslab.host import makeup
from tests.unit.recorded import FIXTURES

SNAPSHOT = "lvs-dr.verified"
LIVE = (FIXTURES / "virsh" / "dumpxml-web1-restored.xml").read_text()
KEPT = (FIXTURES / "virsh" / "snapshot-dumpxml-web1.xml").read_text()
CARD = "<mac address='52:54:00:f1:00:0c'/>"
DISK = "<target dev='vda' bus='virtio'/>"


def unchanged(monkeypatch: pytest.MonkeyPatch, live: str, running: str = "web1") -> list[str]:
    """Return which of the two web servers are unchanged, when libvirt says this of those that run."""

    def virsh(*commands: Sequence[str]) -> list[str]:
        answers = {"list": f"{running}\n\n", "dumpxml": live, "snapshot-dumpxml": KEPT}
        return [answers[words[0]] for words in commands]

    monkeypatch.setattr(makeup, "virsh_in_turn", virsh)
    return makeup.unchanged({"web1": SNAPSHOT, "web2": "bare"})


def test_a_machine_that_was_put_back_is_what_the_snapshot_was_taken_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its process, its devices on the host and its agent's socket are new, and it is the same machine."""
    assert unchanged(monkeypatch, LIVE) == ["web1"]


def test_a_machine_that_is_off_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no process that could take its memory back."""
    assert unchanged(monkeypatch, LIVE, running="nfs") == []


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        (CARD, f"{CARD}<link state='down'/>"),
        ("network='lan'", "network='inside'"),
        (DISK, f"{DISK}<iotune><total_iops_sec>8</total_iops_sec></iotune>"),
        ("<vcpu placement='static'>1<", "<vcpu placement='static'>2<"),
        ("bus='virtio'/>", "bus='sata'/>"),
    ],
    ids=["a cable that is out", "a card in another network", "a slow disk", "a processor more", "another bus"],
)
def test_a_machine_that_was_changed_from_outside_is_not(
    there: str, instead: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its process has what the snapshot does not know of."""
    assert there in LIVE
    assert unchanged(monkeypatch, LIVE.replace(there, instead, 1)) == []
