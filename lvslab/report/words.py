"""A run's result in plain words, the same on the page, on the terminal and in files."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from lvslab.judge.finding import Finding, Verdict
from lvslab.report.record import MILLISECOND, Record, figure, has

SIGN = {Verdict.PASS: "✓", Verdict.INCONCLUSIVE: "?", Verdict.FAIL: "✗"}
PREDICTION = ("predicted_low_ms", "predicted_high_ms")
DEGRADED = ("degraded_low_ms", "degraded_high_ms")
JUDGE = "outage"
"""The judge whose word on outages counts; others repeat its figures."""


@dataclass(frozen=True)
class Loss:
    """What a run cost the clients: how long the service was gone, or some requests failed, and what was promised.

    ``share`` is the share of requests that failed meanwhile: 1 in an outage.
    """

    ms: float
    share: float = 1.0
    pieces: int = 1
    """How many stretches without an answer ``ms`` is the sum of."""
    promised_ms: tuple[float, float] | None = None
    finding: Finding | None = None

    @property
    def promise(self) -> str:
        """What the configuration promises, in words; empty when no judge predicted anything."""
        if self.promised_ms is None:
            return ""
        return window(*self.promised_ms) if self.promised_ms[1] else "no outage"


def length(ms: float) -> str:
    """Return a length of time with the unit that suits it: ``3.41 s``, ``331 ms``, ``0.8 ms``."""
    if abs(ms) >= 1000:
        return f"{ms / 1000:.2f} s"
    return f"{ms:.0f} ms" if abs(ms) >= 10 or not ms else f"{ms:.1f} ms"


def window(low: float, high: float) -> str:
    """Return a stretch between two lengths, its unit said once where it is the same."""
    if not low:
        return f"at most {length(high)}"
    first, last = length(low), length(high)
    if first == last:
        return first
    return f"{first.split()[0]} to {last}" if first.split()[1] == last.split()[1] else f"{first} to {last}"


def loss(record: Record) -> Loss | None:
    """Return the longest loss that the judges measured, else the longest outage in the history.

    None where nobody probed.
    """
    judged = _losses(record)
    if judged:
        return max(judged, key=lambda each: (each.ms, each.promised_ms is not None))
    if not record.history.attempts:
        return None
    longest = record.longest_outage
    return Loss(longest.length / MILLISECOND if longest else 0.0)


def _losses(record: Record) -> list[Loss]:
    found = [each for finding in record.findings for each in _of_finding(record, finding)]
    return [each for each in found if each.finding and each.finding.judge == JUDGE] or found


def _of_finding(record: Record, finding: Finding) -> Iterator[Loss]:
    if has(finding, "outage_ms"):
        bounds, pieces = _bounds(finding, *PREDICTION), _pieces(record, finding)
        yield Loss(figure(finding, "outage_ms"), 1.0, pieces, bounds, finding)
    elif has(finding, "degraded_ms", "failed_share"):
        bounds = _bounds(finding, *DEGRADED)
        yield Loss(figure(finding, "degraded_ms"), figure(finding, "failed_share"), 1, bounds, finding)


def _pieces(record: Record, finding: Finding) -> int:
    """Count the outages in the stretch that a finding looks at; 1 where it names none."""
    if finding.where is None:
        return 1
    start, end = finding.where
    return max(1, sum(start <= each.start < end for each in record.outages))


def _bounds(finding: Finding, low: str, high: str) -> tuple[float, float] | None:
    return (figure(finding, low), figure(finding, high)) if has(finding, low, high) else None


def outage(record: Record) -> str:
    """Return the sentence on the longest loss of the clients, and what the configuration promises."""
    seen = loss(record)
    return _sentence(record, seen) if seen else "nobody probed the service, so no outage can be told"


def _sentence(record: Record, seen: Loss) -> str:
    told = f"{_lost(seen)}; the configuration promises {seen.promise}" if seen.promise else _lost(seen)
    return f"{_occasion(record, seen)}{told}"


def _occasion(record: Record, seen: Loss) -> str:
    """Return what a loss goes with, as its finding begins, where there were several."""
    several = sum(each.ms > 0 for each in _losses(record)) > 1
    if not several or seen.finding is None or ": " not in seen.finding.message:
        return ""
    return seen.finding.message.partition(": ")[0] + ": "


def _lost(seen: Loss) -> str:
    if not seen.ms:
        return "the service was never gone"
    if seen.share < 1:
        return f"{seen.share:.0%} of the requests failed for {length(seen.ms)}"
    pieces = f" in all, in {seen.pieces} pieces" if seen.pieces > 1 else ""
    return f"the service was gone for {length(seen.ms)}{pieces}"


def headline(record: Record) -> str:
    """Return the verdict in a sentence: what failed, else what is open, else the outage."""
    decisive = [each for each in record.findings if each.verdict is record.verdict]
    if record.verdict is Verdict.PASS or not decisive:
        return outage(record)
    losses = [each for each in _losses(record) if each.ms and each.finding in decisive]
    if losses:
        return _sentence(record, max(losses, key=lambda each: each.ms))
    return decisive[0].message


def began(record: Record) -> str:
    """Return when the run began, to the second; as it is written when that is no date."""
    started = record.history.run.started
    try:
        return f"{datetime.fromisoformat(started):%Y-%m-%d %H:%M:%S} UTC"
    except ValueError:
        return started


def sentence(said: str) -> str:
    """Return words as a sentence: a capital where they begin with a word and not with a name, and a full stop."""
    first = said.partition(" ")[0]
    return f"{said[:1].upper() if first.isalpha() else said[:1]}{said[1:]}."


def tally(record: Record) -> str:
    """Return how many findings say what: ``7 of 9 findings passed, 1 failed, 1 inconclusive``."""
    count = {verdict: sum(each.verdict is verdict for each in record.findings) for verdict in Verdict}
    total = len(record.findings)
    if not total:
        return "nothing was judged"
    parts = [f"{count[Verdict.PASS]} of {total} finding{'s' if total != 1 else ''} passed"]
    if count[Verdict.FAIL]:
        parts.append(f"{count[Verdict.FAIL]} failed")
    if count[Verdict.INCONCLUSIVE]:
        parts.append(f"{count[Verdict.INCONCLUSIVE]} inconclusive")
    return ", ".join(parts)
