"""Two runs beside each other: what is better in the candidate than in the baseline, what is worse."""

import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import TypeVar

from lvslab.judge.finding import Finding, Verdict
from lvslab.report import words
from lvslab.report.summary import Summary

T = TypeVar("T")
SCHEMA_VERSION = 1
NOISE = 0.1
"""A difference below this share of the baseline is called none."""
LEAST_MS = 5.0
"""A difference in time below this is called none, too."""
LEAST_SHARE = 2.0
"""A difference between shares below so many percentage points is called none."""
FIGURE = re.compile(r"\b[0-9]+([.][0-9]+)? ")
"""A number with its unit, in a sentence."""
RANK = {Verdict.PASS: 0, Verdict.INCONCLUSIVE: 1, Verdict.FAIL: 2}


class Change(StrEnum):
    """What a difference means."""

    SAME = "same"
    BETTER = "better"
    WORSE = "worse"
    CHANGED = "changed"
    """Different, and neither better nor worse by itself."""


@dataclass(frozen=True)
class Row:
    """One thing that two runs are compared by, as words; ``change`` says what the difference means."""

    name: str
    baseline: str
    candidate: str
    change: Change

    @classmethod
    def of(cls, name: str, read: Callable[[T], str], pair: tuple[T, T], change: Change) -> "Row":
        """Return a row with both values put into words by the same function."""
        return cls(name, read(pair[0]), read(pair[1]), change)


@dataclass(frozen=True)
class Comparison:
    """Two runs and what changed between them."""

    baseline: str
    candidate: str
    rows: tuple[Row, ...]
    is_worse: bool
    """Whether a verdict got worse, the run's or a finding's; figures alone may differ by chance."""

    def as_json(self) -> dict[str, object]:
        """Return the comparison as plain data."""
        return {"schema_version": SCHEMA_VERSION, **asdict(self)}


def compare(baseline: Summary, candidate: Summary) -> Comparison:
    """Compare a candidate with a baseline."""
    verdict, findings = list(_verdict(baseline, candidate)), list(_findings(baseline, candidate))
    rows = (
        *verdict,
        *_outage(baseline, candidate),
        *_phases(baseline, candidate),
        *_requests(baseline, candidate),
        *_shares(baseline, candidate),
        *findings,
    )
    return Comparison(
        _name(baseline), _name(candidate), rows, any(row.change is Change.WORSE for row in (*verdict, *findings))
    )


def _name(summary: Summary) -> str:
    return f"{summary.drill} {summary.started}"


def _verdict(old: Summary, new: Summary) -> Iterator[Row]:
    yield Row("verdict", old.verdict, new.verdict, _ranked(old.verdict, new.verdict))
    if old.drill != new.drill:
        yield Row("drill", old.drill, new.drill, Change.CHANGED)
    if old.lab != new.lab:
        yield Row("lab", old.lab, new.lab, Change.CHANGED)


def _ranked(old: Verdict, new: Verdict) -> Change:
    if old is new:
        return Change.SAME
    return Change.WORSE if RANK[new] > RANK[old] else Change.BETTER


def _outage(old: Summary, new: Summary) -> Iterator[Row]:
    told = _time("outage", old.outage.measured_ms, new.outage.measured_ms)
    # when in an advert's interval the fault falls is chance: inside the same window no outage is better than another
    by_chance = _promise(old) == _promise(new) and _kept(old) and _kept(new)
    yield replace(told, change=Change.SAME) if by_chance else told
    change = Change.SAME if _promise(old) == _promise(new) else Change.CHANGED
    yield Row.of("promised outage", _promise, (old, new), change)


def _kept(summary: Summary) -> bool:
    seen = summary.outage
    if seen.measured_ms is None or seen.predicted_low_ms is None or seen.predicted_high_ms is None:
        return False
    return seen.predicted_low_ms <= seen.measured_ms <= seen.predicted_high_ms


def _promise(summary: Summary) -> str:
    low, high = summary.outage.predicted_low_ms, summary.outage.predicted_high_ms
    if low is None or high is None:
        return "–"
    return words.window(low, high) if high else "none"


PHASES = {
    "waiting for an advert": ("last_advert_ms", "first_advert_ms"),
    "advert to gratuitous ARP": ("first_advert_ms", "gratuitous_arp_ms"),
    "gratuitous ARP to first answer": ("gratuitous_arp_ms", "first_good_ms"),
}


def _phases(old: Summary, new: Summary) -> Iterator[Row]:
    """Yield the phases of the first failover that both runs tell."""
    for name, moments in PHASES.items():
        before, after = (_between(each.findings, *moments) for each in (old, new))
        if before is not None and after is not None:
            yield _time(name, before, after)


def _between(findings: tuple[Finding, ...], first: str, then: str) -> float | None:
    for finding in findings:
        begin, end = finding.figures.get(first), finding.figures.get(then)
        if isinstance(begin, int | float) and isinstance(end, int | float):
            return end - begin
    return None


def _requests(old: Summary, new: Summary) -> Iterator[Row]:
    one, two = old.requests, new.requests
    yield Row("requests", str(one.total), str(two.total), _more(one.total, two.total, Change.CHANGED, Change.CHANGED))
    yield _count("lost", one.failed, two.failed)
    yield _count("slow", one.slow, two.slow)
    for name, read in LATENCIES.items():
        yield _time(name, read(old), read(new))
    for error in sorted({*one.errors, *two.errors}):
        yield _count(f"error: {error}", one.errors.get(error, 0), two.errors.get(error, 0))


LATENCIES: dict[str, Callable[[Summary], float | None]] = {
    "median answer": lambda summary: summary.requests.p50_ms,
    "95 % within": lambda summary: summary.requests.p95_ms,
    "99 % within": lambda summary: summary.requests.p99_ms,
    "slowest answer": lambda summary: summary.requests.max_ms,
}


def _shares(old: Summary, new: Summary) -> Iterator[Row]:
    """Yield the shares that changed."""
    before, after = _percentages(old), _percentages(new)
    for key in dict.fromkeys((*before, *after)):
        one, two = before.get(key), after.get(key)
        apart = abs((one or 0.0) - (two or 0.0)) > LEAST_SHARE or (one is None) != (two is None)
        if apart:
            yield Row.of(f"share of {key}", _percent, (one, two), Change.CHANGED)


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} %"


def _percentages(summary: Summary) -> dict[str, float]:
    """Return each server's share of a phase's good answers, in per cent."""
    totals: dict[tuple[str, str], int] = {}
    for each in summary.shares:
        key = (each.phase, each.service)
        totals[key] = totals.get(key, 0) + (each.client or 0)
    return {
        f"{each.server}, {each.service}, {each.phase}": 100 * each.client / totals[each.phase, each.service]
        for each in summary.shares
        if each.client is not None and totals[each.phase, each.service]
    }


def _findings(old: Summary, new: Summary) -> Iterator[Row]:
    """Yield the findings whose verdict changed, and those that one run alone has."""
    before, after = _numbered(old.findings), _numbered(new.findings)
    for key in dict.fromkeys((*before, *after)):
        one, two = before.get(key), after.get(key)
        change = _of_findings(one, two)
        if change is not Change.SAME:
            yield Row.of(f"finding: {key}", _told, (one, two), change)


def _of_findings(one: Finding | None, two: Finding | None) -> Change:
    """Say what a finding's new verdict means; one that is new and no pass is worse than none."""
    if one and two:
        return _ranked(one.verdict, two.verdict)
    return Change.WORSE if two and two.verdict is not Verdict.PASS else Change.CHANGED


def _told(finding: Finding | None) -> str:
    return f"{finding.verdict}: {finding.message}" if finding else "–"


def _numbered(findings: tuple[Finding, ...]) -> dict[str, Finding]:
    """Return findings by names that two runs of a drill have in common; those of the same name are numbered."""
    found: dict[str, Finding] = {}
    for each in findings:
        name = _subject(each)
        numbers = (name, *(f"{name} {number}" for number in range(2, len(findings) + 1)))
        found[next(key for key in numbers if key not in found)] = each
    return found


def _subject(finding: Finding) -> str:
    """Return a finding's judge and what its sentence is about, unless that tells a figure."""
    subject, colon, _ = finding.message.partition(": ")
    return f"{finding.judge}, {subject}" if colon and not FIGURE.search(subject) else finding.judge


def _time(name: str, old: float | None, new: float | None) -> Row:
    return Row.of(name, _length, (old, new), _slower(old, new))


def _length(ms: float | None) -> str:
    return "–" if ms is None else words.length(ms)


def _slower(old: float | None, new: float | None) -> Change:
    if old is None or new is None:
        return Change.SAME if old is new else Change.CHANGED
    if abs(new - old) <= max(LEAST_MS, NOISE * old):
        return Change.SAME
    return Change.WORSE if new > old else Change.BETTER


def _count(name: str, old: int, new: int) -> Row:
    return Row(name, str(old), str(new), _more(old, new, Change.WORSE, Change.BETTER))


def _more(old: int, new: int, more: Change, less: Change) -> Change:
    if abs(new - old) <= NOISE * old:
        return Change.SAME
    return more if new > old else less
