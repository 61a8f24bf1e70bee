"""How long the service was gone, against what the configuration promises or the drill expects."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lvslab.judge import degraded, diversion, failover, words
from lvslab.judge.finding import Finding, Verdict
from lvslab.judge.outages import Outage, Ruler, under_way_at_last
from lvslab.judge.prediction import Moment, Prediction
from lvslab.judge.sight import Sight
from lvslab.judge.situation import Cost
from lvslab.judge.words import SECOND
from lvslab.model import Drill
from lvslab.model.drill import Between

BLIND = SECOND // 4
"""A prober that stood still for longer, in ns, cannot say that nothing happened meanwhile."""
SOURCE_DRILL = "the drill's expect"


def judge(sight: Sight) -> Iterator[Finding]:
    """Judge the outages of every service that was asked."""
    if not sight.history.attempts:
        yield Finding("outage", Verdict.INCONCLUSIVE, "nobody asked the service, so no outage can be told")
        return
    for service in sight.asked:
        found = tuple(each for each in sight.outages if each.service == service)
        costs = sight.costs(service)
        if sight.drill.expect.outage == "predicted" and costs:
            for cost in costs:
                yield from of_cost(sight, service, cost, found)
        else:
            yield _of_run(sight, service, found)


def verdict(least: float, most: float, low: float, high: float, tolerance: float) -> Verdict:
    """Compare what an outage may have been (``least`` to ``most``) with a window, all in ns.

    Wholly inside, with the tolerance, is a pass, wholly outside a fail; else it cannot be told.
    """
    if low - tolerance <= least and most <= high + tolerance:
        return Verdict.PASS
    if most < low - tolerance or least > high + tolerance:
        return Verdict.FAIL
    return Verdict.INCONCLUSIVE


@dataclass(frozen=True)
class Measured:
    """What a stretch of the run cost a service: its outages, and how far they can be trusted; all in ns."""

    own: tuple[Outage, ...]
    certain: tuple[Outage, ...]
    """Those that are not in doubt for the lab's own slowness."""
    stall: int
    """How long the prober itself stood still near them."""
    rule: Ruler
    late: int = 0
    """By how much the new master was later than its timer, seen in packets."""
    broken: tuple[Outage, ...] = ()
    """Those of requests that were under way when the service went; others that were sent later were answered."""
    diverted: tuple[Outage, ...] = ()
    """What is no outage: requests that were under way when another director took the VIP."""

    @property
    def tolerance(self) -> int:
        """How much the outage may differ from what is predicted."""
        return self.rule.tolerance + self.late

    @property
    def value(self) -> int:
        """All outages together."""
        return sum(each.length for each in self.own)

    @property
    def least(self) -> int:
        """The shortest that it may have been."""
        return max(0, sum(each.length for each in self.certain if each not in self.broken) - self._blind)

    @property
    def most(self) -> int:
        """The longest."""
        return self.value + self._blind

    @property
    def _blind(self) -> int:
        return self.stall if self.own and self.stall > self.rule.tolerance else 0

    def judged(self, low: float, high: float) -> Verdict:
        """Compare it with a window in ns; a service that did not come back is out of every window."""
        if any(each.end is None for each in self.certain):
            return Verdict.FAIL
        return verdict(self.least, self.most, low, high, self.tolerance)

    def why(self) -> str:
        """Return what makes it uncertain, in words."""
        slow = len(self.own) - len(self.certain)
        reasons = [f"{words.counted(slow, 'outage')} while machines of the lab stood still"] if slow else []
        if self.broken:
            reasons.append(f"{words.counted(len(self.broken), 'piece')} of requests that were under way by then")
        if self.stall > self.rule.tolerance:
            reasons.append(f"the prober itself stood still for {words.length(self.stall)}")
        return "; ".join(reasons)


def of_cost(sight: Sight, service: str, cost: Cost, found: Sequence[Outage]) -> Iterator[Finding]:
    """Judge what one fault, or its end, cost one service."""
    rule = sight.rule
    near = tuple(each for each in found if cost.since - rule.tolerance <= each.start < cost.until - rule.tolerance)
    prediction = cost.prediction
    is_free = prediction is not None and prediction.is_free
    diverted = diversion.outages(sight, cost, near) if is_free else ()
    own = tuple(each for each in near if each not in diverted)
    where = _where(cost, own)
    certain = sight.doubt.unexpected(own) if is_free else sight.doubt.certain(own)
    broken = () if is_free else under_way_at_last(own)
    seen = Measured(own, certain, rule.stall(*where), rule, _late(sight, cost), broken, diverted)
    if prediction is None:
        if own or cost.moment is Moment.INJECT:
            yield _unpredicted(cost, seen, where)
    elif prediction.untold:
        yield _untold(cost, prediction, seen, where)
    elif prediction.is_free or (prediction.is_total and prediction.latest is not None):
        yield _total(cost, prediction, seen, where)
    else:
        yield degraded.of_cost(sight, service, cost, own)


def _late(sight: Sight, cost: Cost) -> int:
    """Return by how much the new master was later than its timer, in ns, as far as that is allowed."""
    unheard = cost.prediction is not None and cost.prediction.unheard
    if not sight.captured or not (failover.moves(cost) or unheard):
        return 0
    found = failover.of_cost(sight, cost)
    return min(found.late, found.allowed_late) if found else 0


def _total(cost: Cost, prediction: Prediction, seen: Measured, where: tuple[int, int]) -> Finding:
    low, high = cost.earliest, (prediction.latest or 0.0) * SECOND
    told = seen.judged(low, high)
    promised = "none" if prediction.is_free else prediction.window
    message = f"{cost.label}: {_gone(seen.own)}, predicted {promised}"
    if seen.diverted:
        lost = words.counted(sum(each.lost for each in seen.diverted), "request")
        message += f"; {lost} under way when the VIP moved"
    if told is Verdict.PASS and not seen.own and seen.stall > BLIND:
        told = Verdict.INCONCLUSIVE
    if told is Verdict.INCONCLUSIVE:
        message += f"; it cannot be told: {seen.why()}"
    return Finding("outage", told, message, _figures(seen, low, high), where, prediction.source)


def _unpredicted(cost: Cost, seen: Measured, where: tuple[int, int]) -> Finding:
    told = Verdict.INCONCLUSIVE if seen.own or seen.stall > BLIND else Verdict.PASS
    message = f"{cost.label}: {_gone(seen.own)}; nothing is predicted for it"
    return Finding("outage", told, message, _figures(seen, None, None), where, SOURCE_DRILL)


def _untold(cost: Cost, prediction: Prediction, seen: Measured, where: tuple[int, int]) -> Finding:
    told = Verdict.INCONCLUSIVE if seen.own or seen.stall > BLIND else Verdict.PASS
    message = f"{cost.label}: {_gone(seen.own)}; what it costs cannot be told beforehand: {prediction.untold}"
    return Finding("outage", told, message, _figures(seen, None, None), where, prediction.source)


def _of_run(sight: Sight, service: str, found: tuple[Outage, ...]) -> Finding:
    """Judge all outages of a service together, by the drill's own words."""
    where = (found[0].start, max(each.end or each.last for each in found)) if found else (0, sight.history.end)
    low, high, wanted = _bounds(sight.drill)
    certain = sight.doubt.certain(found) if high else sight.doubt.unexpected(found)
    seen = Measured(found, certain, sight.rule.stall(*where), sight.rule)
    told = Verdict.PASS if sight.drill.expect.outage == "any" else seen.judged(low, high)
    message = f"{service}: {_gone(found)}, expected {wanted}"
    if told is Verdict.PASS and not found and BLIND < seen.stall > high:
        told = Verdict.INCONCLUSIVE
    if told is Verdict.INCONCLUSIVE:
        message += f"; it cannot be told: {seen.why()}"
    return Finding("outage", told, message, _figures(seen, None, None), where, SOURCE_DRILL)


def _bounds(drill: Drill) -> tuple[float, float, str]:
    expected = drill.expect.outage
    if isinstance(expected, Between):
        low = (expected.at_least or 0.0) * SECOND
        high = float("inf") if expected.at_most is None else expected.at_most * SECOND
        most = "" if expected.at_most is None else f" to {expected.at_most:g}"
        return low, high, f"{expected.at_least or 0:g}{most or ' or more'} s"
    if expected == "any":
        return 0.0, float("inf"), "any"
    return 0.0, 0.0, "none"


def _where(cost: Cost, own: Sequence[Outage]) -> tuple[int, int]:
    if not own:
        return cost.start, cost.until
    return own[0].start, max(each.end or each.last for each in own)


def _gone(own: Sequence[Outage]) -> str:
    if not own:
        return "no outage"
    pieces = f" in {len(own)} pieces" if len(own) > 1 else ""
    never = " and did not come back" if any(each.end is None for each in own) else ""
    return f"gone for {words.length(sum(each.length for each in own))}{pieces}{never}"


def _figures(seen: Measured, low: float | None, high: float | None) -> dict[str, float | int | str | None]:
    figures: dict[str, float | int | str | None] = {
        "outage_ms": words.ms(seen.value),
        "certain_ms": words.ms(sum(each.length for each in seen.certain)),
        "least_ms": words.ms(sum(each.least for each in seen.own)),
        "most_ms": words.ms(sum(each.most for each in seen.own)),
        "lost": sum(each.lost for each in seen.own),
        "interval_ms": words.ms(seen.rule.interval),
        "tolerance_ms": words.ms(seen.tolerance),
        "late_ms": words.ms(seen.late),
        "stall_ms": words.ms(seen.stall),
    }
    if low is not None and high is not None:
        figures |= {"predicted_low_ms": words.ms(low), "predicted_high_ms": words.ms(high)}
    return figures
