"""The arithmetic of VRRP and of health checks."""

import pytest

from lvslab.judge.timing import CheckTiming, ServiceTiming, VrrpTiming, setup_of
from lvslab.model import CheckType, Scheduler, load_lab
from tests.unit.judge.histories import LAB
from tests.unit.recorded import LABS


@pytest.mark.parametrize(
    ("version", "interval", "priority", "earliest", "latest"),
    [(2, 2.0, 99, 4.61, 6.61), (2, 1.0, 100, 2.61, 3.61), (3, 0.1, 100, 0.26, 0.36), (3, 0.05, 100, 0.13, 0.18)],
)
def test_a_crash_costs_what_the_rfcs_say(
    version: int, interval: float, priority: int, earliest: float, latest: float
) -> None:
    """Three intervals and the skew, less what has passed since the last advert."""
    timing = VrrpTiming("VI_1", version, interval, priority)
    assert timing.master_down == pytest.approx(latest, abs=0.006)
    assert timing.master_down - interval == pytest.approx(earliest, abs=0.006)


def test_only_version_3_scales_the_skew_by_the_interval() -> None:
    """RFC 3768 counts the skew in seconds, RFC 9568 in intervals."""
    assert VrrpTiming("a", 2, 2.0, 128).skew == 0.5
    assert VrrpTiming("a", 3, 2.0, 128).skew == 1.0


def test_a_silent_server_is_removed_after_all_of_its_timeouts() -> None:
    """delay_loop + (retry + 1) x connect_timeout + retry x delay_before_retry, at worst."""
    check = CheckTiming(CheckType.TCP_CHECK, 2, 2, 1, 1)
    assert check.window(check.connect_timeout) == (5, 7)
    assert check.window(0) == (1, 3)


@pytest.mark.parametrize(
    ("scheduler", "weights", "share"),
    [
        (Scheduler.RR, {"a": 1, "b": 1, "c": 1, "d": 1}, (0.25, 0.25)),
        (Scheduler.RR, {"a": 3, "b": 1}, (0.5, 0.5)),
        (Scheduler.RR, {"a": 0, "b": 1, "c": 1}, (0.0, 0.5)),
        (Scheduler.WRR, {"a": 3, "b": 1}, (0.25, 0.75)),
        (Scheduler.WLC, {"a": 1, "b": 1}, (0.0, 1.0)),
        (Scheduler.SH, {"a": 1, "b": 1}, (0.0, 1.0)),
        (Scheduler.RR, {"a": 1}, (1.0, 1.0)),
    ],
)
def test_the_share_of_a_server_follows_from_the_scheduler(
    scheduler: Scheduler, weights: dict[str, int], share: tuple[float, float]
) -> None:
    """rr looks at who is there, wrr at the weights; the rest hangs on the connections."""
    assert ServiceTiming("http", "VI_1", scheduler, weights, None).share() == share


def test_persistence_makes_a_share_all_or_nothing() -> None:
    """A client that has its template at the dead server asks nobody else."""
    service = ServiceTiming("http", "VI_1", Scheduler.RR, {"a": 1, "b": 1}, None, persistent=True)
    assert service.share() == (0.0, 1.0)


def test_the_backup_is_the_director_of_the_second_highest_priority() -> None:
    """It is the one that takes over."""
    assert setup_of(LAB).vrrp[0].priority == 99


@pytest.mark.parametrize(
    ("name", "has_sorry", "is_persistent"),
    [("lvs-dr", False, False), ("lvs-dr-guarded", True, False), ("lvs-dr-persistence", False, True)],
)
def test_sorry_servers_and_persistence_are_read_from_the_lab(name: str, has_sorry: bool, is_persistent: bool) -> None:
    """With them, other things happen when real servers die."""
    [service] = setup_of(load_lab(LABS / f"{name}.yml")).services
    assert (service.sorry_server, service.persistent) == (has_sorry, is_persistent)


def test_nopreempt_is_read_from_the_lab() -> None:
    """Then nothing happens when a master comes back."""
    lab = load_lab(LABS / "lvs-dr.yml")
    calm = lab.vrrp_instances[0].model_copy(update={"nopreempt": True})
    assert [setup_of(each).vrrp[0].preempt for each in (lab, lab.model_copy(update={"vrrp_instances": (calm,)}))] == [
        True,
        False,
    ]
