"""Outages, read from attempts: stretches in which no request was answered.

Attempts overlap: one waits for its answer or for its limit while others are sent. So an attempt's outcome belongs to
the moment when it was *sent*, not to when it was due (the prober may have been late) nor to when it ended (a failure
takes as long as the limit allows, which would add that limit to every outage). An outage lasts from the first failed
attempt to the first good one, in that order, of one service.

Between the last good attempt before it and the first failed one nobody asked; so the true outage is between ``least``
and ``most``.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from lvslab.history import Attempt, History, Run, Stall

SECOND = 1_000_000_000
LIMIT = SECOND
"""How long an attempt without an end counts as under way, in ns."""


@dataclass(frozen=True)
class Outage:
    """A stretch of failed attempts of one service; moments in ns."""

    service: str
    start: int
    """When the first failed attempt was sent."""
    last: int
    """When the last failed attempt was sent."""
    before: int
    """When the last good attempt before it was sent; the same as ``start`` where there was none."""
    end: int | None
    """When the first good attempt after it was sent; None when it never ended."""
    lost: int
    errors: tuple[tuple[str, int], ...] = field(default=())

    @property
    def length(self) -> int:
        """How long it was in ns; up to the last failed attempt when it never ended."""
        return (self.last if self.end is None else self.end) - self.start

    @property
    def least(self) -> int:
        """The shortest that the true outage can have been."""
        return self.last - self.start

    @property
    def most(self) -> int:
        """The longest that the true outage can have been, if it ended."""
        return (self.last if self.end is None else self.end) - self.before


@dataclass(frozen=True)
class Ruler:
    """What the prober can tell: its interval, an answer's usual time (the median), its stalls; ns."""

    interval: int
    answer: int
    stalls: tuple[Stall, ...] = ()

    @property
    def tolerance(self) -> int:
        """How much a measured outage may differ from the true one.

        One interval, in which nobody asked; and an answer's usual time, since an attempt that was under way when the
        fault came fails too, though it was sent before.
        """
        return self.interval + self.answer

    def stall(self, start: int, end: int) -> int:
        """Return the largest stall that touches a stretch, in ns."""
        near = (each.ns for each in self.stalls if each.t - each.ns <= end and start <= each.t + each.ns)
        return max(near, default=0)


def ruler(history: History) -> Ruler:
    """Return what the prober of a run could tell; the answer's time is that of the time before the first fault."""
    begin = history.faults[0].start if history.faults else history.end
    attempts = history.attempts
    quiet = [took for each in attempts if each.ok and each.sent < begin and (took := duration(each)) is not None]
    answer = int(median(quiet)) if quiet else 0
    return Ruler(_interval(history, attempts), answer, history.of(Stall))


def duration(attempt: Attempt) -> int | None:
    """Return how long an attempt took to its end, in ns."""
    return None if attempt.done is None else max(0, attempt.done - attempt.sent)


def under_way(attempt: Attempt, start: int, end: int) -> bool:
    """Whether an attempt was waiting for its answer at some moment between two."""
    ended = attempt.sent + LIMIT if attempt.done is None else attempt.done
    return attempt.sent <= end and start <= ended


def outages(attempts: Iterable[Attempt]) -> tuple[Outage, ...]:
    """Return the outages of each service, in the order in which they began."""
    by_service: dict[str, list[Attempt]] = {}
    for each in attempts:
        by_service.setdefault(each.service, []).append(each)
    found = (outage for service, own in by_service.items() for outage in _of_one(service, own))
    return tuple(sorted(found, key=lambda outage: outage.start))


def under_way_at_last(found: Sequence[Outage]) -> tuple[Outage, ...]:
    """Return the outages of requests that were under way when the longest one began: they were reset in the middle.

    A director that goes resets them all at one moment, each an attempt that was sent before. Where a machine is slow,
    others were sent and answered in between, so they do not touch the outage that they belong to.
    """
    longest = max(found, key=lambda each: each.length, default=None)
    if longest is None:
        return ()
    return tuple(
        each
        for each in found
        if each.last < longest.start <= each.last + LIMIT and {error for error, _ in each.errors} == {"reset"}
    )


def errors_of(attempts: Iterable[Attempt]) -> tuple[tuple[str, int], ...]:
    """Return how often each kind of error came, the most frequent first."""
    return tuple(Counter(each.error for each in attempts if not each.ok).most_common())


def _interval(history: History, attempts: Sequence[Attempt]) -> int:
    rate = next((run.rate for run in history.of(Run)), 0.0)
    if rate > 0:
        return int(SECOND / rate)
    gaps = [later.t - earlier.t for earlier, later in pairwise(attempts)]
    return int(median(gaps)) if gaps else 0


def _of_one(service: str, attempts: Iterable[Attempt]) -> Iterator[Outage]:
    ordered = sorted(attempts, key=lambda each: (each.sent, each.t))
    failed: list[Attempt] = []
    good: Attempt | None = None
    for each in ordered:
        if not each.ok:
            failed.append(each)
            continue
        if failed:
            yield _outage(service, failed, good, each)
            failed = []
        good = each
    if failed:
        yield _outage(service, failed, good, None)


def _outage(service: str, failed: Sequence[Attempt], before: Attempt | None, after: Attempt | None) -> Outage:
    return Outage(
        service,
        start=failed[0].sent,
        last=failed[-1].sent,
        before=before.sent if before else failed[0].sent,
        end=after.sent if after else None,
        lost=len(failed),
        errors=errors_of(failed),
    )
