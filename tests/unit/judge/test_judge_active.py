"""Two directors that each hold one VIP: a fault of one is the master's for one service, the backup's for another."""

import pytest

from lvslab.history import DirectorSample, Event, History
from lvslab.judge import holder, owners
from lvslab.judge.predict import Moment, find, setup_of
from lvslab.judge.sight import Sight
from lvslab.judge.situation import costs
from lvslab.judge.strikes import holder_before, strike_of
from lvslab.model import SyncDaemon, load_lab
from tests.unit.judge.histories import SECOND, drill, fault
from tests.unit.recorded import LABS

LAB = load_lab(LABS / "lvs-dr-active.yml")
ONE, TWO = "192.168.18.41", "192.168.18.42"
PLANNED = {"director1": (ONE,), "director2": (TWO,)}


def looked(holds: dict[str, tuple[str, ...]], *seconds: int) -> list[Event]:
    """Return the looks at both directors, one a second."""
    return [
        DirectorSample(t=t * SECOND, node=name, took=0, holds=vips, vrrp={}, keepalived=True)
        for t in seconds
        for name, vips in holds.items()
    ]


def sight(*events: Event) -> Sight:
    """Return a run of these events."""
    return Sight(History(tuple(sorted(events, key=lambda each: each.t))), LAB, drill())


@pytest.mark.parametrize(
    ("director", "service", "key"),
    [
        ("director1", "one", "node.power-off master"),
        ("director1", "two", "node.power-off backup"),
        ("director2", "one", "node.power-off backup"),
        ("director2", "two", "node.power-off master"),
    ],
)
def test_what_a_fault_is_depends_on_the_service(director: str, service: str, key: str) -> None:
    """By the samples, and by the lab file where there are none."""
    made = fault("node.power-off", 10_000, 20_000, (director,))
    for history in (History(made), History((*looked(PLANNED, 8, 9), *made))):
        assert strike_of(history, LAB, history.faults[0], service).key == key
        cost = costs(history, LAB, setup_of(LAB), service)[0]
        assert cost.prediction is not None
        latest = pytest.approx(0.181, abs=0.001) if key.endswith("master") else 0.0
        assert (cost.key, cost.prediction.latest) == (key, latest)


def test_who_has_taken_over_is_the_master_of_both() -> None:
    """The samples before the fault tell, not the priorities."""
    history = History(tuple(looked({"director1": (), "director2": (ONE, TWO)}, 8, 9)))
    assert [holder_before(history, LAB, 10 * SECOND, name) for name in ("one", "two")] == ["director2", "director2"]


def test_connections_survive_where_the_one_sync_daemon_is_the_masters() -> None:
    """It follows VI_1, so director2 knows the connections of director1, and not the other way."""
    synced = LAB.model_copy(update={"sync_daemon": SyncDaemon(network="lan", sync_id=51)})
    for lab, breaks in ((synced, {"VI_1": False, "VI_2": True}), (LAB, {"VI_1": True, "VI_2": True})):
        told = [each for each in find(setup_of(lab), "node.power-off master") if each.moment is Moment.INJECT]
        assert {each.subject: each.breaks for each in told} == breaks


def test_a_sync_daemon_goes_with_every_instance_of_its_master() -> None:
    """Instances that move together, as those of NAT do, are synchronised together."""
    nat = load_lab(LABS / "lvs-nat.yml")
    assert nat.sync_instance is not None and nat.sync_instance.name == "VI_inside"
    unsynced = nat.model_copy(update={"sync_daemon": None})
    assert [each.synced for each in setup_of(nat).vrrp] == [True, True]
    assert [each.synced for each in setup_of(unsynced).vrrp] == [False, False]


def test_a_vip_without_a_holder_is_seen_though_the_other_has_one() -> None:
    """director1 is there, and does not hold its own; director2 does not either."""
    lost = looked({"director1": (), "director2": (TWO,)}, *range(10, 20))
    assert owners.nobody(sight(*looked(PLANNED, *range(10)), *lost)) == ((10 * SECOND, 19 * SECOND),)
    assert owners.nobody(sight(*looked(PLANNED, *range(20)))) == ()


def test_the_holder_that_a_drill_expects_is_that_of_the_first_instance() -> None:
    """Both directors hold a VIP all along, and that is no second holder."""
    taken = looked({"director2": (ONE, TWO)}, 5, 6)
    assert holder.holders_at(sight(*looked(PLANNED, 1, 2)), 0, 3 * SECOND) == {"director1"}
    assert holder.holders_at(sight(*taken), 0, 7 * SECOND) == {"director2"}


def test_unless_told_the_service_is_the_first() -> None:
    """As for who asks which director is the master."""
    assert holder_before(History(()), LAB, 0) == holder_before(History(()), LAB, 0, "one") == "director1"
