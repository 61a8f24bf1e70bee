"""Outages read from attempts."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from lvslab.history import Attempt, History, Run, Stall
from lvslab.judge.outages import Ruler, outages, ruler, under_way
from tests.unit.judge.histories import ANSWER, LIMIT, MS, SECOND, attempts, gone


def test_an_outage_lasts_from_the_first_failed_attempt_to_the_first_good_one() -> None:
    """Both by when they were sent."""
    (found,) = outages(attempts(gone((1000, 1500)), 3))
    assert (found.start, found.end, found.lost) == (1000 * MS, 1500 * MS, 50)
    assert (found.least, found.length, found.most) == (490 * MS, 500 * MS, 510 * MS)


def test_the_time_that_an_attempt_waits_in_vain_is_no_part_of_it() -> None:
    """An attempt that fails after its limit was answered by nobody when it was sent, and that is all it tells."""
    slow = [
        replace(each, done=each.sent + 10 * LIMIT) if each.error else each for each in attempts(gone((100, 200)), 1)
    ]
    assert outages(slow)[0].length == 100 * MS


def test_attempts_that_end_in_another_order_are_told_in_the_order_they_were_sent() -> None:
    """The prober waits for none of them, so histories hold them by when they were due."""
    made = attempts(gone((100, 200)), 1)
    assert outages(sorted(made, key=lambda each: each.done or 0)) == outages(made)


def test_an_attempt_that_the_prober_sent_late_counts_from_when_it_was_sent() -> None:
    """Nobody asked before, so nothing is known of the time in between."""
    made = attempts(gone((100, 200)), 1)
    late = [replace(each, sent=each.sent + 3 * MS) for each in made]
    assert outages(late)[0].start == 103 * MS


def test_an_outage_without_an_end_says_so() -> None:
    """What never came back has no length beyond the last that failed."""
    (found,) = outages(attempts(gone((500, 9999)), 1))
    assert found.end is None
    assert found.length == 490 * MS


def test_each_service_has_outages_of_its_own() -> None:
    """A good answer of one says nothing of another."""
    down = attempts(gone((100, 200)), 1)
    up = [replace(each, service="https") for each in attempts(seconds=1)]
    assert [each.service for each in outages([*down, *up])] == ["http"]


def test_errors_are_counted_by_their_kind() -> None:
    """The most frequent first."""
    made = attempts(gone((100, 150)), 1)
    made[12] = replace(made[12], error="reset")
    assert outages(made)[0].errors == (("connect timeout", 4), ("reset", 1))


def test_the_ruler_is_the_interval_and_the_usual_time_of_an_answer() -> None:
    """The interval is that of the run's header."""
    run = Run("made", "lvs-dr", "made", "", 0, 0, rate=200)
    assert ruler(History([run, *attempts(seconds=1)])) == Ruler(5 * MS, ANSWER)


def test_without_a_rate_the_interval_is_that_between_attempts() -> None:
    """A history from elsewhere may not tell."""
    assert ruler(History(attempts(seconds=1, rate=50))).interval == 20 * MS


def test_a_stall_counts_where_it_touches() -> None:
    """It reaches as far around its moment as it was long."""
    rule = Ruler(10 * MS, 0, (Stall(SECOND, 50 * MS),))
    assert rule.stall(SECOND + 40 * MS, 2 * SECOND) == 50 * MS
    assert rule.stall(SECOND + 60 * MS, 2 * SECOND) == 0


def test_an_attempt_is_under_way_until_it_is_done() -> None:
    """One whose end is not known may be for as long as the prober waits."""
    assert under_way(Attempt(0, 0, done=10), 10, 20)
    assert not under_way(Attempt(0, 0, done=10), 11, 20)
    assert under_way(Attempt(0, 0), SECOND, 2 * SECOND)


@settings(deadline=None)
@given(st.integers(0, 5000), st.integers(30, 4000), st.sampled_from([20, 50, 100, 250, 500]))
def test_an_outage_is_told_within_one_interval(start: int, length: int, rate: int) -> None:
    """Wherever it begins between two attempts; and the true one is never outside of least and most."""
    interval = SECOND / rate
    found = outages(attempts(gone((start, start + length)), 10, rate))
    if length * MS > interval:
        (one,) = found
        assert abs(one.length - length * MS) <= interval
        assert one.least <= length * MS
        assert start == 0 or length * MS <= one.most


@settings(deadline=None)
@given(st.lists(st.booleans(), max_size=60))
def test_every_failed_attempt_is_in_exactly_one_outage(oks: list[bool]) -> None:
    """None is lost, none is counted twice."""
    made = [Attempt(t, t, error="" if ok else "reset", service="http") for t, ok in enumerate(oks)]
    assert sum(each.lost for each in outages(made)) == oks.count(False)
