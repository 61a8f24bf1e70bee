"""Which requests were lost, and whether a fault explains each of them."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from lvslab.history import Attempt, Run
from lvslab.judge import diversion, words
from lvslab.judge.finding import Finding, Verdict
from lvslab.judge.outages import duration, errors_of, under_way
from lvslab.judge.predict_director import HANDOVER
from lvslab.judge.prediction import Moment
from lvslab.judge.sight import Sight
from lvslab.judge.situation import Cost
from lvslab.judge.words import SECOND
from lvslab.model.drill import Between

SLOW = SECOND // 2
"""An answer that took longer, in ns, is called slow."""


def judge(sight: Sight) -> Iterator[Finding]:
    """Judge the requests of all streams: one that fails outside of what the faults explain is lost for no reason."""
    every = sight.requests
    if not every:
        yield Finding("requests", Verdict.INCONCLUSIVE, "no request was made")
        return
    failed = [each for each in every if not each.ok]
    windows = explained(sight)
    stray = [each for each in failed if not any(under_way(each, *window) for window in windows)]
    bounds = sight.drill.expect.failed
    certain = [each for each in stray if not sight.doubt.of_attempt(each)]
    if _are_emulations(sight, certain):
        certain = []
    told = _verdict(len(certain), len(stray), bounds)
    seen = f"{words.counted(len(failed), 'request')} of {len(every)} failed"
    message = f"{seen}, {len(stray)} of them outside of what the faults explain; allowed: {_told(bounds)}"
    if stray:
        message += f" ({words.listed(errors_of(stray))})"
    if len(certain) < len(stray):
        message += f"; {len(stray) - len(certain)} timed out while machines of the lab stood still"
    where = (stray[0].sent, stray[-1].done or stray[-1].sent) if stray else None
    slow = [each for each in every if each.ok and (duration(each) or 0) > SLOW]
    figures: dict[str, float | int | str | None] = {
        "requests": len(every),
        "failed": len(failed),
        "unexplained": len(stray),
        "in_doubt": len(stray) - len(certain),
        "slow": len(slow),
        "errors": words.listed(errors_of(failed)),
    }
    yield Finding("requests", told, message, figures, where, "the drill's expect, and what is predicted")


def _are_emulations(sight: Sight, certain: Sequence[Attempt]) -> bool:
    """Whether so few connections timed out that emulated machines may have stood still between two looks at them."""
    is_emulated = any(run.accelerator == "tcg" for run in sight.history.of(Run))
    few = len(certain) <= EMULATED * len(sight.requests)
    return is_emulated and few and all(each.error == "connect timeout" for each in certain)


def explained(sight: Sight) -> tuple[tuple[int, int], ...]:
    """Return the stretches (ns) in which requests may fail: those that are predicted, or that the drill allows."""
    expect = sight.drill.expect
    if expect.outage == "any" and expect.failed is None:
        return ((0, sight.history.end + 1),)
    if expect.outage == "none":
        return ()
    told = tuple(_outage_windows(sight)) if expect.outage != "predicted" else ()
    return told + tuple(_predicted_windows(sight))


def _outage_windows(sight: Sight) -> Iterator[tuple[int, int]]:
    tolerance = sight.rule.tolerance
    for each in sight.outages:
        if each.length > tolerance:
            yield each.start, each.end or sight.history.end


def _predicted_windows(sight: Sight) -> Iterator[tuple[int, int]]:
    tolerance = sight.rule.tolerance
    for service in sight.asked:
        for cost in sight.costs(service):
            if cost.prediction is None:
                continue
            if cost.prediction.is_free:
                yield from diversion.windows(sight, cost)
                continue
            if cost.prediction.hands_over:
                yield from _handovers(sight, cost, int(HANDOVER * SECOND))
                if cost.moment is Moment.HEAL and cost.prediction.is_total:
                    continue
            yield _window(cost, tolerance)


def _window(cost: Cost, tolerance: int) -> tuple[int, int]:
    """Return when requests may fail by what is predicted; in ns."""
    earliest, latest = (cost.prediction.earliest, cost.prediction.latest) if cost.prediction else (0.0, 0.0)
    if latest is not None:
        return cost.since, cost.done + int(latest * SECOND) + tolerance
    end = cost.until if cost.moment is Moment.HEAL else cost.span.end
    return cost.since + int(earliest * SECOND), end + tolerance


def _handovers(sight: Sight, cost: Cost, latest: int) -> Iterator[tuple[int, int]]:
    """Return when the VIP may have been on its way back: from the first advert of the director that takes it."""
    adverts = [each for each in sight.adverts(cost) if each.t < cost.until]
    for earlier, later in pairwise(adverts):
        if earlier.mac != later.mac and later.t >= cost.start:
            yield later.t - sight.rule.tolerance, later.t + latest + sight.rule.tolerance


EMULATED = 0.002
"""The share of requests that may time out on emulated machines while nobody looks: looks are a second apart."""
UNFIT = 0.02
"""The share of requests that fail before anything is broken from which on a run's times prove nothing."""


def unfit(sight: Sight) -> str:
    """Return why a run's times prove nothing: too many requests failed before anything was broken; else nothing."""
    failed, every = _before(sight)
    share = failed / every if every else 0.0
    return f"{words.percent(share)} of requests failed before anything was broken" if share > UNFIT else ""


def _before(sight: Sight) -> tuple[int, int]:
    first = sight.history.faults[0].start if sight.history.faults else 0
    before = [each for each in sight.requests if (each.done or each.sent) < first]
    return sum(not each.ok for each in before), len(before)


def baseline(sight: Sight) -> Iterator[Finding]:
    """Judge whether the service was well before anything was broken: else what failed later proves nothing."""
    failed, every = _before(sight)
    if failed:
        message = f"{failed} of {every} requests failed before anything was broken"
        where = (0, sight.history.faults[0].start)
        yield Finding("baseline", Verdict.INCONCLUSIVE, message, {"failed": failed, "requests": every}, where)


def _verdict(certain: int, every: int, bounds: Between | None) -> Verdict:
    fitting = {_within(certain, bounds), _within(every, bounds)}
    if len(fitting) == 2:
        return Verdict.INCONCLUSIVE
    return Verdict.PASS if fitting == {True} else Verdict.FAIL


def _within(count: int, bounds: Between | None) -> bool:
    if bounds is None:
        return count == 0
    low = bounds.at_least is None or bounds.at_least <= count
    return low and (bounds.at_most is None or count <= bounds.at_most)


def _told(bounds: Between | None) -> str:
    if bounds is None:
        return "none"
    least = f"at least {bounds.at_least:g}" if bounds.at_least is not None else ""
    most = f"at most {bounds.at_most:g}" if bounds.at_most is not None else ""
    return ", ".join(filter(None, (least, most))) or "any"
