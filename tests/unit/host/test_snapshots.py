"""What is done to machines after they were put back."""

from types import SimpleNamespace

import pytest

from lvslab import wait
from lvslab.errors import MachineError
from lvslab.host import makeup, routers, snapshots
from lvslab.model import Lab


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
    monkeypatch.setattr(makeup, "unchanged", lambda nodes, snapshot: nodes)
    monkeypatch.setattr(routers, "forget_neighbours", lambda lab: None)
    snapshots.restore_bare(lab)
    assert [words for words in told if words[0] == "snapshot-revert"] == [("snapshot-revert", "nfs", "bare")]
