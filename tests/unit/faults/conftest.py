"""A ground without machines: nodes that remember what they were asked, and a record of what the host was told."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from lvslab.faults import Ground
from lvslab.host import disks, machines, snapshots, wiring
from lvslab.host.paths import InstancePaths
from lvslab.model import Lab
from lvslab.nodes.fake import FakeRemote
from lvslab.nodes.remote import Result


@dataclass
class Host:
    """What the host was told, in order, and the states of its machines."""

    told: list[str] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)

    def tell(self, *words: object) -> None:
        """Remember words."""
        self.told.append(" ".join(str(word) for word in words))


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    """Return the host, in place of libvirt and nftables."""
    made = Host()

    def becomes(name: str, verb: str, state: str) -> None:
        made.tell(verb, name)
        made.states[name] = state

    monkeypatch.setattr(machines, "state", lambda name: made.states.get(name, "running"))
    monkeypatch.setattr(machines, "power_off", lambda name: becomes(name, "power-off", "shut off"))
    monkeypatch.setattr(machines, "start", lambda name: becomes(name, "start", "running"))
    monkeypatch.setattr(snapshots, "set_clock", lambda name, ahead=0.0: made.tell("clock", name, ahead))
    monkeypatch.setattr(wiring, "nft", lambda ruleset: made.tell("nft", ruleset))
    monkeypatch.setattr(wiring, "set_link", lambda name, mac, is_up: made.tell("link", name, mac, is_up))
    monkeypatch.setattr(wiring, "ports", _ports)
    monkeypatch.setattr(disks, "throttle", lambda *words: made.tell("throttle", *words))
    return made


def _ports(_lab: Lab, names: Sequence[str], networks: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{name}-{network}" for name in names for network in networks)


@pytest.fixture
def remotes(lab: Lab) -> dict[str, FakeRemote]:
    """Return the lab's nodes, on which every command succeeds."""
    return {name: FakeRemote(name, lambda _script: Result(0, "")) for name in lab.nodes}


@pytest.fixture
def ground(lab: Lab, host: Host, remotes: dict[str, FakeRemote]) -> Ground:
    """Return the ground that faults work on."""
    return Ground(InstancePaths("mine"), lab, remotes)
