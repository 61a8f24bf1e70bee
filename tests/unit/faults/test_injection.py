"""Injecting and healing: in the reverse order, each tried, what was cut short as well, and again after a boot."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lvslab import faults
from lvslab.errors import NodeError, UnusableError, UsageError
from lvslab.faults import Faults, Ground, Ledger, Order
from lvslab.faults.kind import Again, Kind, Memory
from lvslab.model import Lab
from lvslab.nodes.fake import FakeRemote
from tests.unit.faults.conftest import Host


class Noted(Kind):
    """A kind that only notes what it is told, and fails where it is told to."""

    name = "test.noted"
    does = "Nothing."

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.failing: dict[str, BaseException] = {}

    def note(self, verb: str, order: Order) -> None:
        """Note, and fail where that is wanted."""
        line = f"{verb} {order.targets[0]}"
        self.notes.append(line)
        if line in self.failing:
            raise self.failing[line]

    def prepare(self, ground: Ground, order: Order) -> Memory:
        """Return a memory."""
        self.note("prepare", order)
        return {"before": order.targets[0]}

    def inject(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Note it."""
        self.note("inject", order)

    def heal(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Note it; the memory is the one of prepare."""
        assert memory == {"before": order.targets[0]}
        self.note("heal", order)


class Momentary(Noted):
    """A kind that leaves nothing to heal."""

    name = "test.momentary"
    lasts = False


@pytest.fixture
def noted() -> Noted:
    """Return the kind."""
    return Noted()


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """Return an empty ledger."""
    return Ledger(tmp_path / "faults.json")


@pytest.fixture
def active(ground: Ground, ledger: Ledger, noted: Noted) -> Iterator[Faults]:
    """Return the faults of a lab in which the kinds above can be ordered."""
    return Faults(ground, ledger, {**faults.kinds(), "test.noted": noted, "test.momentary": Momentary()})


def on(node: str) -> Order:
    """Return an order for the kind that notes."""
    return Order("test.noted", (node,))


def test_a_fault_is_active_from_before_it_breaks_anything(active: Faults, noted: Noted, ledger: Ledger) -> None:
    """It is in the ledger, with what healing needs, while it is injected; then with the moment it bit."""
    seen: list[tuple[int, int | None, Memory]] = []
    noted.note = lambda verb, order: seen.extend(  # type: ignore[method-assign]
        (each.id, each.bit, each.memory) for each in ledger.read().active if verb == "inject"
    )
    made = active.inject(on("web1"))
    assert seen == [(1, None, {"before": "web1"})]
    assert made.bit is not None and made.began <= made.bit
    assert active.active() == (made,)


def test_all_are_healed_the_last_first(active: Faults, noted: Noted) -> None:
    """What was broken on top of something else is mended before it."""
    for node in ("web1", "web2", "nfs"):
        active.inject(on(node))
    active.heal_all()
    assert noted.notes[-3:] == ["heal nfs", "heal web2", "heal web1"]
    assert active.active() == ()


def test_one_that_cannot_be_healed_keeps_no_other_from_it(active: Faults, noted: Noted) -> None:
    """All are tried; the error names those that are left, which stay in the ledger for the next try."""
    for node in ("web1", "web2", "nfs"):
        active.inject(on(node))
    noted.failing = {"heal web2": NodeError("web2: no answer", details=["the end of its console"])}
    with pytest.raises(UnusableError, match="1 of 3 faults could not be healed") as caught:
        active.heal_all()
    assert caught.value.details == ["2: test.noted on web2: web2: no answer", "    the end of its console"]
    assert [each.order.targets for each in active.active()] == [("web2",)]
    noted.failing = {}
    active.heal_all()
    assert active.active() == ()


@pytest.mark.parametrize("reason", [NodeError("web1: gone"), KeyboardInterrupt()])
def test_a_fault_that_was_cut_short_is_healed(active: Faults, noted: Noted, reason: BaseException) -> None:
    """Whatever cut it short is raised, after what may be half broken was mended."""
    noted.failing = {"inject web1": reason}
    with pytest.raises(type(reason)):
        active.inject(on("web1"))
    assert noted.notes == ["prepare web1", "inject web1", "heal web1"]
    assert active.active() == ()


def test_a_fault_that_was_cut_short_and_cannot_be_healed_stays_known(active: Faults, noted: Noted) -> None:
    """The reason that is raised is the first one; the ledger says that it was never in effect."""
    noted.failing = {"inject web1": NodeError("first"), "heal web1": NodeError("second")}
    with pytest.raises(NodeError, match="first"):
        active.inject(on("web1"))
    assert [(each.order, each.bit) for each in active.active()] == [(on("web1"), None)]


def test_what_a_killed_process_left_is_healed_by_another(ground: Ground, ledger: Ledger, noted: Noted) -> None:
    """Its entry is all that is left of it, without a moment at which it bit."""
    ledger.open(on("web1"), {"before": "web1"}, 1, lambda _entries: None)
    Faults(ground, ledger, {"test.noted": noted}).heal_all()
    assert noted.notes == ["heal web1"]


def test_healing_twice_is_healing_once(active: Faults, noted: Noted) -> None:
    """A fault that somebody else has healed is left alone."""
    made = active.inject(on("web1"))
    active.heal(made)
    active.heal(made)
    assert noted.notes.count("heal web1") == 1


def test_what_cannot_be_prepared_is_not_begun(active: Faults, noted: Noted) -> None:
    """Nothing was touched, so nothing is active."""
    noted.failing = {"prepare web1": NodeError("web1: gone")}
    with pytest.raises(NodeError):
        active.inject(on("web1"))
    assert active.active() == ()


def test_what_is_broken_already_is_not_broken_again(active: Faults) -> None:
    """To heal one of the two would heal the other; the error names the one that is there."""
    active.inject(on("web1"))
    active.inject(on("web2"))
    with pytest.raises(UsageError, match=r"broken already, by fault 2: test\.noted on web2") as caught:
        active.inject(on("web2"))
    assert caught.value.hint == "lvslab fault heal 2"
    assert len(active.active()) == 2


def test_what_does_not_last_is_not_active(active: Faults) -> None:
    """A reload is over when it is done."""
    made = active.inject(Order("test.momentary", ("web1",)))
    assert made.bit is not None
    assert active.active() == ()


def test_a_lab_with_a_fault_is_not_kept_as_it_is(active: Faults, ledger: Ledger) -> None:
    """A snapshot of it would bring the fault back, without anybody knowing of it."""
    faults.refuse_if_active("a snapshot", ledger)
    active.inject(on("web1"))
    with pytest.raises(UsageError, match=r"a snapshot while faults are active \(1: test\.noted on web1\)"):
        faults.refuse_if_active("a snapshot", ledger)


def test_a_machine_that_is_started_anew_gets_back_what_it_lost(
    active: Faults, lab: Lab, host: Host, remotes: dict[str, FakeRemote]
) -> None:
    """New taps get the rules at once; the delay, kept in the node's kernel, comes when it answers."""
    for order in (
        faults.order(lab, "network.partition", ["directors"], {"from": "web1"}),
        faults.order(lab, "network.delay", ["web1"]),
        faults.order(lab, "network.delay", ["web2"]),
    ):
        active.inject(order)
    off = active.inject(faults.order(lab, "node.power-off", ["web1"]))
    host.told.clear()
    before = {name: len(remote.scripts) for name, remote in remotes.items()}
    active.heal(off)
    verbs = [line.split()[0] for line in host.told]
    assert verbs == ["start", "nft", "clock"]
    assert "netem" in "".join(remotes["web1"].scripts[before["web1"] :])
    assert len(remotes["web2"].scripts) == before["web2"]


def test_kinds_that_are_injected_again_can_be(lab: Lab) -> None:
    """The two moments are those at which something is lost: the tap's at the start, the kernel's at the boot."""
    moments = {kind.name: kind.again for kind in faults.kinds().values() if kind.again is not Again.NEVER}
    assert moments == {
        "node.link-down": Again.STARTED,
        "network.partition": Again.STARTED,
        "network.drop": Again.STARTED,
        "network.block": Again.STARTED,
        "disk.slow": Again.STARTED,
        "network.delay": Again.BOOTED,
        "network.jitter": Again.BOOTED,
        "network.loss": Again.BOOTED,
        "network.rate": Again.BOOTED,
        "clock.step": Again.BOOTED,
        "web.slow": Again.BOOTED,
    }
