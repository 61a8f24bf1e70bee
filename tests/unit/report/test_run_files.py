"""The files of a run for programs: summary.json and junit.xml, and the way back from a folder."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from lvslab.errors import UsageError
from lvslab.history import RunFolder
from lvslab.judge.finding import Finding, Verdict
from lvslab.report.junit import junit
from lvslab.report.record import Record
from lvslab.report.stored import record_of
from lvslab.report.summary import summarise
from tests.unit.report.example import keep, record


@pytest.fixture(scope="module")
def power_off() -> Record:
    """Return the run in which the master loses its power, with some load besides the prober."""
    return record("power-off", locust=50)


def test_the_summary_counts_every_request_once(power_off: Record) -> None:
    """All streams together are the total, and what is not lost was answered."""
    told = summarise(power_off)
    assert told.requests.total == 60 * 150 == sum(each.total for each in told.streams.values())
    assert told.requests.ok + told.requests.failed == told.requests.total
    assert told.requests.errors == {"connect timeout": told.requests.failed}
    assert sum(phase.requests.total for phase in told.phases) == told.requests.total


def test_latencies_are_in_order(power_off: Record) -> None:
    """A higher percentile is no smaller."""
    seen = summarise(power_off).requests
    values = [seen.p50_ms, seen.p95_ms, seen.p99_ms, seen.max_ms]
    assert None not in values
    assert values == sorted(values, key=lambda value: value or 0.0)


def test_the_summary_tells_outage_promise_and_stretches(power_off: Record) -> None:
    """What the judge measured, what was promised, and both stretches that the history shows."""
    told = summarise(power_off).outage
    assert (told.measured_ms, told.predicted_low_ms, told.predicted_high_ms) == (3410.0, 2610.0, 3610.0)
    lengths = [round(end - start, -1) for start, end in told.stretches_ms]
    assert lengths == [3410, 20]


def test_the_witnesses_are_told_for_each_phase_and_server(power_off: Record) -> None:
    """Client and access log agree to the request; what a counter misses is less than two samples' worth."""
    told = {(share.phase, share.server): share for share in summarise(power_off).shares}
    assert list(told) == [(phase, server) for phase in ("before", "fault", "after") for server in ("web1", "web2")]
    before = told["before", "web1"]
    assert before.client is not None
    assert before.log == pytest.approx(before.client, abs=2)
    assert before.director == pytest.approx(1000, abs=100)


def test_a_witness_that_saw_nothing_is_null(power_off: Record) -> None:
    """That no access log was fetched is not the same as that nobody came."""
    history = type(power_off.history)(e for e in power_off.history.events if type(e).__name__ != "Served")
    told = summarise(replace(power_off, history=history)).shares
    assert {share.log for share in told} == {None}


def test_the_summary_is_json(power_off: Record) -> None:
    """It survives the way to text and back, with a version."""
    told = json.loads(json.dumps(summarise(power_off).as_json()))
    assert told["schema_version"] == 1
    assert told["verdict"] == "inconclusive"
    assert [each["judge"] for each in told["findings"]][:2] == ["outage", "failover"]


def test_junit_has_a_case_for_each_finding(power_off: Record) -> None:
    """A failure for fail, skipped with the reason for inconclusive, nothing but output for a pass."""
    bad = Finding("invariants", Verdict.FAIL, "two holders", {"two_holders_ms": 17.5}, (0, 10**9), "RFC 3768")
    suite = ElementTree.fromstring(junit(replace(power_off, findings=(*power_off.findings, bad)))).find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("7", "1", "1")
    failed = [case for case in suite if case.find("failure") is not None]
    assert [case.get("classname") for case in failed] == ["power-off.invariants"]
    message = failed[0].findtext("failure") or ""
    assert "two_holders_ms = 17.5" in message
    assert "source: RFC 3768" in message
    skipped = [case.find("skipped") for case in suite if case.find("skipped") is not None]
    assert skipped[0] is not None
    assert "long connections" in (skipped[0].get("message") or "")


def test_junit_holds_any_text(power_off: Record) -> None:
    """Control characters, which XML cannot hold, are replaced; markup is escaped."""
    odd = Finding("log", Verdict.FAIL, "bad \x00\x1b line \ud800 <b>&</b>")
    found = ElementTree.fromstring(junit(replace(power_off, findings=(odd,)))).find(".//failure")
    assert found is not None
    assert "<b>&</b>" in (found.text or "")


def test_a_kept_run_is_read_back_as_it_was(tmp_path: Path) -> None:
    """A folder is enough to draw the same page again."""
    made = record("split-brain", rate=10)
    keep(RunFolder(tmp_path), made)
    again = record_of(RunFolder(tmp_path))
    assert again.findings == made.findings
    assert again.history.events == made.history.events
    assert summarise(again) == summarise(made)


def test_a_run_that_was_not_judged_says_so(tmp_path: Path) -> None:
    """The hint is the command that judges it."""
    keep(RunFolder(tmp_path), record("rebuild", rate=1))
    (tmp_path / "findings.json").unlink()
    with pytest.raises(UsageError) as caught:
        record_of(RunFolder(tmp_path))
    assert "lvslab judge" in caught.value.hint


@pytest.mark.parametrize("text", ["{", "[1]", '{"other": []}', '[{"judge": "x", "verdict": "maybe", "message": ""}]'])
def test_a_broken_file_of_findings_is_told(tmp_path: Path, text: str) -> None:
    """What is no list of findings is a mistake with a name, not a traceback."""
    keep(RunFolder(tmp_path), record("rebuild", rate=1))
    (tmp_path / "findings.json").write_text(text)
    with pytest.raises(UsageError, match="no findings"):
        record_of(RunFolder(tmp_path))
