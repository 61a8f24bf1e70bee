"""Long connections, the array's course, and all judges together."""

import json
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lvslab.history import Advert, Arp, Attempt, Download, History, StorageSample
from lvslab.judge import EXIT_CODES, Finding, Verdict, judge, worst
from tests.unit.judge.histories import LAB, MS, SECOND, drill, power_off, quiet
from tests.unit.judge.looking import found, only, without


def download(outcome: str, began: int = 1000, ended: int = 12000) -> Download:
    """Return a download from one moment to another, in ms."""
    return Download(ended * MS, 1, began * MS, "192.168.18.140", 40000, "web1", 10**6, outcome, SECOND)


@pytest.mark.parametrize(
    ("expect", "outcomes", "verdict"),
    [
        ("connections: all", ["survived", "survived"], Verdict.PASS),
        ("connections: all", ["survived", "reset"], Verdict.FAIL),
        ("connections: none", ["reset", "hung"], Verdict.PASS),
        ("connections: none", ["survived", "hung"], Verdict.FAIL),
        ("connections: any", ["survived", "hung"], Verdict.PASS),
        ("connections: all", [], Verdict.INCONCLUSIVE),
    ],
)
def test_open_connections_become_what_the_drill_expects(expect: str, outcomes: list[str], verdict: Verdict) -> None:
    """All survive, none does, or it does not matter."""
    run = power_off()
    run.more = [download(outcome) for outcome in outcomes]
    assert only(run, "connections", drill(expect)).verdict is verdict


def test_a_connection_that_was_not_open_at_the_fault_tells_nothing() -> None:
    """It began later, or had ended before."""
    run = power_off()
    run.more = [download("survived", 8000), download("survived", 1000, 3000)]
    assert only(run, "connections", drill("connections: all")).verdict is Verdict.INCONCLUSIVE


def array(t: int, state: str, active: int, spares: int, rebuild: float | None = None) -> StorageSample:
    """Return a sample of the array."""
    return StorageSample(t, "nfs", MS, state, active, 0, spares, rebuild, mounted=True, exported=True)


def rebuilt(t: int) -> StorageSample:
    """Lose a member at 7 s, rebuild onto the spare until 11 s."""
    if t < 7 * SECOND:
        return array(t, "clean", 3, 1)
    if t < 11 * SECOND:
        return array(t, "clean, degraded, recovering", 2, 1, 25.0 * (t / SECOND - 7))
    return array(t, "clean", 3, 0)


def test_an_array_that_rebuilds_onto_its_spare_is_told_with_its_time() -> None:
    """Expected rebuilt it passes, expected untouched it fails."""
    run = quiet()
    run.storage = rebuilt
    told = only(run, "storage", drill("array: rebuilt"))
    assert told.verdict is Verdict.PASS
    assert (told.figures["not_whole_ms"], told.figures["spares_before"], told.figures["spares_after"]) == (4000, 1, 0)
    assert "seen to rebuild, whole again after 4.00 s" in told.message
    assert only(run, "storage").verdict is Verdict.FAIL
    assert found(run, "storage", drill("array: any")) == []


def test_a_rebuild_between_two_samples_is_told_by_the_spare() -> None:
    """A small array is whole again within a second."""
    run = quiet()
    run.storage = lambda t: array(t, "clean", 3, 1 if t < 7 * SECOND else 0)
    told = only(run, "storage", drill("array: rebuilt"))
    assert told.verdict is Verdict.PASS
    assert "with its spare used" in told.message
    assert only(run, "storage").verdict is Verdict.FAIL


def test_an_array_that_is_not_whole_at_the_end_fails() -> None:
    """The spare did not take over."""
    run = quiet()
    run.storage = lambda t: array(t, "clean, degraded", 2 if t > 7 * SECOND else 3, 1)
    assert only(run, "storage", drill("array: rebuilt")).verdict is Verdict.FAIL


def test_an_array_that_was_never_touched_was_not_rebuilt() -> None:
    """The fault did not reach it."""
    assert only(quiet(), "storage", drill("array: rebuilt")).verdict is Verdict.FAIL
    assert only(quiet(), "storage").verdict is Verdict.PASS


def test_an_array_that_nobody_looked_at_is_inconclusive() -> None:
    """The storage node was not sampled."""
    assert only(without(quiet(), StorageSample), "storage").verdict is Verdict.INCONCLUSIVE


def test_a_good_run_passes_as_a_whole() -> None:
    """All judges together."""
    assert worst(judge(power_off().history(), LAB, drill())) is Verdict.PASS


def test_the_worst_finding_is_the_runs_verdict() -> None:
    """Fail before inconclusive before pass; nothing at all shows nothing."""
    made = {verdict: Finding("made", verdict, "made") for verdict in Verdict}
    assert worst(tuple(made.values())) is Verdict.FAIL
    assert worst((made[Verdict.PASS], made[Verdict.INCONCLUSIVE])) is Verdict.INCONCLUSIVE
    assert worst(()) is Verdict.INCONCLUSIVE
    assert [EXIT_CODES[each] for each in (Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE)] == [0, 1, 3]


def test_findings_are_plain_data() -> None:
    """They go into a file."""
    findings = judge(power_off().history(), LAB, drill())
    assert json.loads(json.dumps([each.as_json() for each in findings]))[0]["judge"] == "outage"


EVENTS = power_off().events()
KINDS = sorted({type(event) for event in EVENTS}, key=lambda kind: kind.__name__)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**9), st.floats(0, 1))
def test_judges_never_raise_whatever_is_missing(seed: int, share: float) -> None:
    """A run that was cut short, events in any order, any of them lost."""
    chance = random.Random(seed)
    kept = [event for event in EVENTS if chance.random() < share]
    chance.shuffle(kept)
    judge(History(kept), LAB, drill("holder: {after: master}\nconnections: all\narray: rebuilt"))


@settings(deadline=None)
@given(st.sets(st.sampled_from(KINDS), min_size=1))
def test_a_run_without_some_kinds_of_events_never_passes_where_it_was_judged_by_them(kinds: set[type]) -> None:
    """Dropping what was seen makes a run inconclusive or a failure, and never a better one."""
    blind = {Attempt, Advert, Arp} & kinds
    left = judge(History(without(power_off(), *kinds)), LAB, drill())
    if Attempt in kinds or {Advert, Arp} <= blind:
        assert worst(left) is not Verdict.PASS


def test_judging_is_pure() -> None:
    """The same history gives the same findings, in whatever order its events were written."""
    events = power_off().events()
    again = [replace(event) for event in reversed(events)]
    assert judge(History(events), LAB, drill()) == judge(History(again), LAB, drill())
