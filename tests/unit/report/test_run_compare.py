"""Two runs compared."""

from dataclasses import replace

import pytest

from lvslab.judge.finding import Finding, Verdict
from lvslab.report.compare import Change, compare
from lvslab.report.summary import Summary, summarise
from tests.unit.report.example import record


@pytest.fixture(scope="module")
def baseline() -> Summary:
    """Return the run in which the master loses its power."""
    return summarise(record("power-off", rate=20))


def changes(old: Summary, new: Summary) -> dict[str, Change]:
    """Return what a comparison says of each row."""
    return {row.name: row.change for row in compare(old, new).rows}


def outage(summary: Summary, ms: float, low: float = 2610.0, high: float = 3610.0) -> Summary:
    """Return the summary with another outage and promise."""
    told = replace(summary.outage, measured_ms=ms, predicted_low_ms=low, predicted_high_ms=high)
    return replace(summary, outage=told)


def test_a_run_is_as_good_as_itself(baseline: Summary) -> None:
    """Nothing is better, worse or changed."""
    seen = compare(baseline, baseline)
    assert {row.change for row in seen.rows} == {Change.SAME}
    assert not seen.is_worse


@pytest.mark.parametrize(
    ("ms", "change"), [(2700.0, Change.SAME), (3610.0, Change.SAME), (4200.0, Change.WORSE), (900.0, Change.BETTER)]
)
def test_inside_the_promised_window_no_outage_is_better(baseline: Summary, ms: float, change: Change) -> None:
    """When the fault falls between two adverts is chance; outside the window it is not."""
    assert changes(outage(baseline, 3410.0), outage(baseline, ms))["outage"] is change


def test_another_promise_makes_outages_comparable(baseline: Summary) -> None:
    """A candidate with faster adverts is better, and its promise has changed."""
    seen = changes(outage(baseline, 3410.0), outage(baseline, 331.0, 260.0, 360.0))
    assert seen["outage"] is Change.BETTER
    assert seen["promised outage"] is Change.CHANGED


def test_a_verdict_that_got_worse_makes_the_candidate_worse(baseline: Summary) -> None:
    """The row names the judge and both verdicts with their sentences."""
    bad = Finding("invariants", Verdict.FAIL, "two holders")
    found = tuple(bad if each.judge == "invariants" else each for each in baseline.findings)
    seen = compare(baseline, replace(baseline, findings=found, verdict=Verdict.FAIL))
    assert seen.is_worse
    row = next(row for row in seen.rows if row.name == "finding: invariants")
    assert (row.baseline, row.candidate) == ("pass: the VIP had one holder at most", "fail: two holders")
    assert row.change is Change.WORSE


def test_a_verdict_that_got_better_is_told(baseline: Summary) -> None:
    """From inconclusive to pass is better, and the candidate is not worse."""
    found = tuple(replace(each, verdict=Verdict.PASS) for each in baseline.findings)
    seen = compare(baseline, replace(baseline, findings=found, verdict=Verdict.PASS))
    assert not seen.is_worse
    assert {row.name: row.change for row in seen.rows}["finding: connections"] is Change.BETTER


def test_findings_of_one_judge_are_matched_by_their_order(baseline: Summary) -> None:
    """The second one that changed is told as the second."""
    first, second = Finding("outage", Verdict.PASS, "a"), Finding("outage", Verdict.PASS, "b")
    old = replace(baseline, findings=(first, second))
    new = replace(baseline, findings=(first, replace(second, verdict=Verdict.FAIL)))
    assert [row.name for row in compare(old, new).rows if row.name.startswith("finding")] == ["finding: outage 2"]


def test_findings_are_matched_by_what_they_are_about(baseline: Summary) -> None:
    """A finding that one run has besides does not shift the others; figures in a sentence do not matter."""
    before = Finding("holder", Verdict.PASS, "before: the VIP was on director1")
    after = Finding("holder", Verdict.PASS, "after: the VIP was on director1")
    took = Finding("storage", Verdict.PASS, "rebuilt in 31.0 s: whole")
    old = replace(baseline, findings=(before, after, took))
    slower = replace(took, message="rebuilt in 45.2 s: whole")
    new = replace(baseline, findings=(replace(after, verdict=Verdict.FAIL), slower))
    found = {row.name: row.change for row in compare(old, new).rows if row.name.startswith("finding")}
    assert found == {"finding: holder, before": Change.CHANGED, "finding: holder, after": Change.WORSE}


def test_a_share_that_moved_is_told(baseline: Summary) -> None:
    """More than two percentage points are a change, neither better nor worse."""
    moved = tuple(replace(each, client=100 if each.server == "web1" else 300) for each in baseline.shares)
    seen = changes(baseline, replace(baseline, shares=moved))
    assert seen["share of web1, http, before"] is Change.CHANGED
    assert not any(name.startswith("share") for name in changes(baseline, baseline))


def test_more_lost_requests_are_worse_by_themselves_no_regression(baseline: Summary) -> None:
    """The row says so; the exit code looks at verdicts alone."""
    more = replace(baseline, requests=replace(baseline.requests, failed=baseline.requests.failed * 2))
    seen = compare(baseline, more)
    assert {row.name: row.change for row in seen.rows}["lost"] is Change.WORSE
    assert not seen.is_worse


def test_a_small_difference_in_latency_is_none(baseline: Summary) -> None:
    """Within a tenth or 5 ms two medians are the same."""
    slower = replace(baseline, requests=replace(baseline.requests, p50_ms=(baseline.requests.p50_ms or 0) + 4))
    much = replace(baseline, requests=replace(baseline.requests, p50_ms=(baseline.requests.p50_ms or 0) + 40))
    assert changes(baseline, slower)["median answer"] is Change.SAME
    assert changes(baseline, much)["median answer"] is Change.WORSE


def test_the_phases_of_a_failover_are_compared(baseline: Summary) -> None:
    """Each phase has a row of its own, so that it is seen which of them changed."""
    seen = {row.name: row for row in compare(baseline, baseline).rows}
    assert seen["waiting for an advert"].baseline == "3.83 s"
    assert seen["gratuitous ARP to first answer"].baseline == "212 ms"
