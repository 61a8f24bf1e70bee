"""What is said of a run in words."""

from dataclasses import replace

import pytest

from lvslab.judge.finding import Finding, Verdict
from lvslab.report import words
from lvslab.report.record import Record
from tests.unit.report.example import record


@pytest.fixture(scope="module")
def power_off() -> Record:
    """Return the run in which the master loses its power."""
    return record("power-off", rate=20)


def judged(run: Record, *findings: Finding) -> Record:
    """Return the run with other findings."""
    return replace(run, findings=findings)


@pytest.mark.parametrize(
    ("ms", "said"), [(3410.0, "3.41 s"), (331.4, "331 ms"), (4.04, "4.0 ms"), (0.0, "0 ms"), (1000.0, "1.00 s")]
)
def test_a_length_has_the_unit_that_suits_it(ms: float, said: str) -> None:
    """Seconds from a second on, whole milliseconds below, tenths below ten of them."""
    assert words.length(ms) == said


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (2610, 3610, "2.61 to 3.61 s"),
        (260, 360, "260 to 360 ms"),
        (600, 1600, "600 ms to 1.60 s"),
        (0, 500, "at most 500 ms"),
        (20, 20, "20 ms"),
    ],
)
def test_a_window_says_a_unit_once(low: float, high: float, said: str) -> None:
    """Both ends have the unit only where the units differ."""
    assert words.window(low, high) == said


def test_a_pass_tells_the_outage_and_the_promise(power_off: Record) -> None:
    """A reader gets the answer to the question that the drill was run for."""
    figures = {"outage_ms": 3410.0, "predicted_low_ms": 2610.0, "predicted_high_ms": 3610.0}
    run = judged(power_off, Finding("outage", Verdict.PASS, "as predicted", figures))
    assert words.headline(run) == "the service was gone for 3.41 s; the configuration promises 2.61 to 3.61 s"


def test_a_failure_is_told_before_the_outage(power_off: Record) -> None:
    """What failed is the headline, even if the outage was as it should be."""
    run = judged(
        power_off,
        Finding("outage", Verdict.PASS, "as predicted", {"outage_ms": 3410.0}),
        Finding("invariants", Verdict.FAIL, "two directors held the VIP"),
    )
    assert words.headline(run) == "two directors held the VIP"
    assert words.outage(run) == "the service was gone for 3.41 s"


def test_the_longest_of_several_outages_is_told(power_off: Record) -> None:
    """A failback that costs nothing does not hide the failover; nor does another judge's figure."""
    run = judged(
        power_off,
        Finding("failover", Verdict.PASS, "phases", {"outage_ms": 9999.0}),
        Finding("outage", Verdict.PASS, "failback", {"outage_ms": 0.0}),
        Finding("outage", Verdict.PASS, "failover", {"outage_ms": 3410.0}),
    )
    seen = words.loss(run)
    assert seen is not None
    assert seen.ms == 3410.0


def test_requests_that_fail_in_part_are_no_outage(power_off: Record) -> None:
    """A dead real server fails its share of the requests, and the sentence says which share for how long."""
    figures = {"degraded_ms": 2900.0, "failed_share": 0.5, "degraded_low_ms": 1000.0, "degraded_high_ms": 3000.0}
    run = judged(power_off, Finding("outage", Verdict.PASS, "half of them", figures))
    assert words.outage(run) == "50% of the requests failed for 2.90 s; the configuration promises 1.00 to 3.00 s"


def test_with_several_losses_the_sentence_says_which(power_off: Record) -> None:
    """The headline is the loss that failed; the longest one, as it was predicted, is told below."""
    failed = {"outage_ms": 2900.0, "predicted_low_ms": 0.0, "predicted_high_ms": 0.0}
    fine = {"degraded_ms": 15220.0, "failed_share": 0.994, "degraded_low_ms": 0.0, "degraded_high_ms": 53000.0}
    run = judged(
        power_off,
        Finding("outage", Verdict.FAIL, "network.block vrrp: gone for 2.90 s", failed, (0, 10**9)),
        Finding("outage", Verdict.PASS, "network.block vrrp healed: 99 % failed", fine),
    )
    assert words.headline(run) == (
        "network.block vrrp: the service was gone for 2.90 s; the configuration promises no outage"
    )
    assert words.outage(run).startswith("network.block vrrp healed: 99% of the requests failed for 15.22 s")


def test_an_outage_in_pieces_is_told_as_such() -> None:
    """A sum of many short outages is not one long one."""
    finding = Finding("outage", Verdict.FAIL, "x", {"outage_ms": 3430.0}, (0, 60 * 10**9))
    assert (
        words.headline(judged(record("power-off"), finding)) == "the service was gone for 3.43 s in all, in 2 pieces"
    )


def test_a_promise_of_none_is_said_as_such(power_off: Record) -> None:
    """A window from 0 to 0 is no outage."""
    figures = {"outage_ms": 20.0, "predicted_low_ms": 0.0, "predicted_high_ms": 0.0}
    run = judged(power_off, Finding("outage", Verdict.FAIL, "gone", figures))
    assert words.headline(run) == "the service was gone for 20 ms; the configuration promises no outage"


def test_without_a_judge_the_history_tells_the_outage(power_off: Record) -> None:
    """The longest stretch of lost attempts counts; at 20 attempts a second it is known to 50 ms."""
    seen = words.loss(judged(power_off))
    assert seen is not None
    assert seen.ms == pytest.approx(3410, abs=60)
    assert words.tally(judged(power_off)) == "nothing was judged"


def test_without_a_prober_no_outage_is_told() -> None:
    """That nobody asked is not the same as that nothing was lost."""
    run = replace(record("power-off", rate=0), findings=())
    assert words.outage(run) == "nobody probed the service, so no outage can be told"


def test_the_tally_counts_verdicts(power_off: Record) -> None:
    """Passes against all, then what is not well."""
    assert words.tally(power_off) == "5 of 6 findings passed, 1 inconclusive"


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("the service was gone", "The service was gone."),
        ("node.power-off master: gone", "node.power-off master: gone."),
    ],
)
def test_a_name_keeps_its_small_letter(said: str, sentence: str) -> None:
    """A fault's name at the beginning is not written with a capital."""
    assert words.sentence(said) == sentence
