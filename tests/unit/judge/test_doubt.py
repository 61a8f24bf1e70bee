"""What a lab without processor time proves, and what it does not."""

import pytest

from lvslab.history import Attempt, HostSample, WebSample
from lvslab.judge import Verdict
from tests.unit.judge.histories import MS, drill, failing, fault, power_off, quiet
from tests.unit.judge.looking import only

RELOAD = drill(fault="service.reload")


def slow_look(at: int, took: int) -> WebSample:
    """Return a look at web1 that took so many ms."""
    return WebSample(at * MS, "web1", took * MS, httpd=True, mounted=True)


def test_what_timed_out_while_machines_stood_still_is_in_doubt() -> None:
    """The lab had no processor, and that is not the cluster's fault."""
    run = quiet(20, failing(*range(700, 720), error="connect timeout"))
    assert only(run, "outage", RELOAD).verdict is Verdict.FAIL
    run.more = [slow_look(7300, 400)]
    told = only(run, "outage", RELOAD)
    assert told.verdict is Verdict.INCONCLUSIVE
    assert "while machines of the lab stood still" in told.message
    assert (told.figures["outage_ms"], told.figures["certain_ms"]) == (200, 0)
    assert only(run, "requests", RELOAD).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(("error", "look"), [("reset", (7300, 400)), ("connect timeout", (9900, 400))])
def test_a_reset_or_a_machine_that_stood_still_at_another_time_leaves_no_doubt(
    error: str, look: tuple[int, int]
) -> None:
    """Somebody answered with the reset, and what was slow later was slow later."""
    run = quiet(20, failing(*range(700, 720), error=error))
    run.more = [slow_look(*look)]
    assert only(run, "outage", RELOAD).verdict is Verdict.FAIL
    assert only(run, "requests", RELOAD).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("busy", "failed", "expected"),
    [(1.0, 20, Verdict.INCONCLUSIVE), (0.9, 20, Verdict.FAIL), (1.0, 60, Verdict.FAIL)],
)
def test_what_timed_out_shortly_while_the_host_was_busy_is_in_doubt(
    busy: float, failed: int, expected: Verdict
) -> None:
    """Nothing was left for the machines; where something was, or for a longer outage, there is no doubt."""
    run = quiet(20, failing(*range(700, 700 + failed), error="connect timeout"))
    run.more = [HostSample(6900 * MS, 0.5, 0, 1), HostSample(7900 * MS, busy, 0, 9)]
    assert only(run, "outage", RELOAD).verdict is expected


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ([HostSample(at * 1000 * MS, 1.0, 0, 9) for at in range(1, 9)], Verdict.INCONCLUSIVE),
        ([HostSample(at * 1000 * MS, 0.9, 0, 2) for at in range(1, 9)], Verdict.FAIL),
    ],
)
def test_a_run_on_a_host_that_was_busy_most_of_the_time_fails_nothing(
    samples: list[HostSample], expected: Verdict
) -> None:
    """What took somewhat too long may have done so for want of a processor."""
    run = power_off(5000)
    run.more = list(samples)
    assert only(run, "outage").verdict is expected


def test_an_outage_longer_than_machines_stood_still_leaves_no_doubt() -> None:
    """It had another reason."""
    run = power_off(3800)
    run.more = [slow_look(8000, 300)]
    assert only(run, "outage").verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("failed", "error", "expected"),
    [
        (3, "connect timeout", Verdict.INCONCLUSIVE),
        (3, "reset", Verdict.FAIL),
        (30, "connect timeout", Verdict.FAIL),
    ],
)
def test_a_few_timeouts_on_emulated_machines_are_in_doubt(failed: int, error: str, expected: Verdict) -> None:
    """Looks are a second apart, and a machine may stand still between two of them; it refuses nobody by that."""
    run = quiet(20, failing(*(300 + 50 * each for each in range(failed)), error=error))
    assert only(run, "requests", RELOAD).verdict is expected


def answered(at: int, took: int) -> Attempt:
    """Return a user's request that was answered after so many ms."""
    return Attempt(at * MS, at * MS, at * MS, (at + took) * MS, (at + took) * MS, server="web1", stream="locust")


@pytest.mark.parametrize(
    ("at", "took", "failed", "expected"),
    [
        (7010, 150, 3, Verdict.INCONCLUSIVE),
        (7010, 90, 3, Verdict.FAIL),
        (7010, 250, 3, Verdict.FAIL),
        (6500, 150, 3, Verdict.FAIL),
        (7010, 150, 30, Verdict.FAIL),
    ],
)
def test_where_others_were_answered_late_a_short_timeout_is_in_doubt(
    at: int, took: int, failed: int, expected: Verdict
) -> None:
    """Not where they came in time, or so late that a packet was lost, or at another time; nor a long outage."""
    run = quiet(20, failing(*range(700, 700 + failed), error="connect timeout"))
    run.more = [answered(at, took)]
    assert only(run, "outage", RELOAD).verdict is expected


def test_late_answers_are_no_excuse_while_a_fault_makes_answers_slow() -> None:
    """What is slow by intention says nothing of the lab."""
    run = quiet(20, failing(700, 701, 702, error="connect timeout"))
    none = drill("outage: none", fault="service.reload")
    run.more = [answered(7010, 150)]
    assert only(run, "outage", none).verdict is Verdict.INCONCLUSIVE
    run.more += fault("network.delay", 6500, 8000, ("web1",))
    assert only(run, "outage", none).verdict is Verdict.FAIL


def test_late_answers_are_no_excuse_where_an_outage_is_promised() -> None:
    """A failover has its window, however busy the lab is: it passes, or fails."""
    run = power_off(5000)
    run.more = [answered(run.faults[0].t // MS + 100, 150)]
    assert only(run, "outage").verdict is Verdict.FAIL
