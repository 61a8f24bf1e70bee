"""What is done to machines after they were put back."""

from types import SimpleNamespace

import pytest

from lvslab import wait
from lvslab.errors import MachineError
from lvslab.host import snapshots


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
