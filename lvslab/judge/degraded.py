"""A time in which some requests fail, as when one real server of several is gone, against what is predicted."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from lvslab.judge import words
from lvslab.judge.finding import Finding, Verdict
from lvslab.judge.outages import Outage
from lvslab.judge.sight import Sight
from lvslab.judge.situation import Cost
from lvslab.judge.words import SECOND


@dataclass(frozen=True)
class Degraded:
    """From the first failure to the first good answer after the last one; moments in ns."""

    start: int
    end: int
    bites: int
    """When the fault was there for sure: it may take effect at any moment of its injection, or bit by bit."""
    failed: int
    attempts: int
    """How many were sent meanwhile; with ``failed``, of those from ``bites`` on if there are any."""
    never_ended: bool = False

    @property
    def length(self) -> int:
        """How long it was, in ns."""
        return self.end - self.start

    @property
    def after(self) -> int:
        """How long it was from the moment on that the fault was there for sure, in ns."""
        return max(0, self.end - max(self.start, self.bites))

    @property
    def share(self) -> float:
        """The share of requests that failed."""
        return self.failed / self.attempts if self.attempts else 0.0


def of_cost(sight: Sight, service: str, cost: Cost, own: Sequence[Outage]) -> Finding:
    """Judge the outages of one moment of a fault as one time of partial failure.

    Outages that are in doubt are looked at and left out; where that makes a difference, it cannot be told.
    """
    seen, certain = (measured(sight, service, cost, each) for each in (own, sight.doubt.certain(own)))
    verdicts = {_verdict(sight, cost, each) for each in (seen, certain)}
    told = verdicts.pop() if len(verdicts) == 1 else Verdict.INCONCLUSIVE
    prediction = cost.prediction
    promised = f"{prediction.failing} for {prediction.window}" if prediction else "nothing"
    where = (seen.start, seen.end) if seen else (cost.start, cost.until)
    message = f"{cost.label}: {_told(seen)}; predicted {promised}"
    if len(verdicts) == 1:
        message += "; it cannot be told, for machines of the lab stood still"
    source = prediction.source if prediction else ""
    return Finding("outage", told, message, _figures(sight, cost, seen), where, source)


def measured(sight: Sight, service: str, cost: Cost, own: Sequence[Outage]) -> Degraded | None:
    """Return what a stretch of outages comes to; None without any."""
    if not own:
        return None
    start, end = own[0].start, max(each.end or each.last for each in own)
    sure = max(start, cost.done) if cost.done < end else start
    meant = [each for each in sight.history.attempts if each.service == service and sure <= each.sent < end]
    failed = sum(not each.ok for each in meant)
    return Degraded(start, end, cost.done, failed, len(meant), own[-1].end is None)


def share_fits(share: float, predicted: tuple[float, float], attempts: int) -> bool:
    """Whether a share of failures is the predicted one, within four standard deviations and two requests."""
    if not attempts:
        return True
    low, high = predicted
    slack = 4 * sqrt(max(low * (1 - low), high * (1 - high)) / attempts) + 2 / attempts
    return low - slack <= share <= high + slack


def _bounds(cost: Cost) -> tuple[float, float]:
    """Return the window in ns; one without an end reaches to the fault's."""
    if cost.prediction is None:
        return 0.0, 0.0
    low, latest = cost.earliest, cost.prediction.latest
    return low, max(cost.span.end - cost.start, low) if latest is None else latest * SECOND


def _verdict(sight: Sight, cost: Cost, seen: Degraded | None) -> Verdict:
    low, high = _bounds(cost)
    share = cost.prediction.share if cost.prediction else (0.0, 1.0)
    open_ended = cost.prediction is None or cost.prediction.latest is None
    if seen is None:
        if open_ended:
            return Verdict.PASS if share[0] == 0 else Verdict.INCONCLUSIVE
        return Verdict.PASS if share[0] == 0 or low == 0 else Verdict.FAIL
    if seen.never_ended:
        beyond = sight.history.end - seen.start > high + sight.rule.tolerance
        return Verdict.FAIL if beyond else Verdict.INCONCLUSIVE
    if not share_fits(seen.share, share, seen.attempts):
        return Verdict.FAIL
    return Verdict.PASS if open_ended else _in_window(sight, seen, low, high)


def _in_window(sight: Sight, seen: Degraded, low: float, high: float) -> Verdict:
    """Return whether it was long enough in all, and short enough from when the fault was there for sure."""
    tolerance = sight.rule.tolerance
    stall = sight.rule.stall(seen.start, seen.end)
    blind = stall if stall > tolerance else 0
    if seen.length + blind < low - tolerance or seen.after - blind > high + tolerance:
        return Verdict.FAIL
    sure = seen.length - blind >= low - tolerance and seen.after + blind <= high + tolerance
    return Verdict.PASS if sure else Verdict.INCONCLUSIVE


def _told(seen: Degraded | None) -> str:
    if seen is None:
        return "no request failed"
    end = ", and did so until the run ended" if seen.never_ended else ""
    return f"{words.percent(seen.share)} of requests failed for {words.length(seen.after or seen.length)}{end}"


def _figures(sight: Sight, cost: Cost, seen: Degraded | None) -> dict[str, float | int | str | None]:
    low, high = _bounds(cost)
    return {
        "degraded_ms": words.ms(seen.length) if seen else 0.0,
        "degraded_after_injection_ms": words.ms(seen.after) if seen else 0.0,
        "degraded_low_ms": words.ms(low),
        "degraded_high_ms": words.ms(high),
        "failed_share": round(seen.share, 4) if seen else 0.0,
        "lost": seen.failed if seen else 0,
        "stall_ms": words.ms(sight.rule.stall(seen.start, seen.end)) if seen else 0.0,
    }
