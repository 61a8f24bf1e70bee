"""When the lab itself was slow: what failed for that reason says nothing of the cluster.

Every node is looked at once a second over a connection that is open. A look that took longer than the prober waits
for a connection shows that the machine had no processor meanwhile, as happens where few processors emulate many. A
request that timed out then may have done so for that reason, and so may one that timed out while the host's
processors were busy all the time. One that was refused or reset is not in doubt.

Looks are a second apart, and a machine may stand still between two. Answers tell of that as well: one that took
longer than the prober waits for a connection, and less than a lost packet would have cost, met a machine that had no
processor. They count where no outage is expected, while no fault is there that makes answers slow.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from lvslab.history import Attempt, History, HostSample, Look
from lvslab.judge.outages import Outage, duration
from lvslab.judge.words import MILLISECOND, SECOND

LIMIT = 100 * MILLISECOND
"""The prober's limit for a connection, in ns."""
BUSY = 0.98
"""The share of the host's processors' time from which on nothing was left for a machine that wanted some."""
STARVED = SECOND // 4
"""How long a machine may go without a processor on such a host, in ns."""
STARVED_LOOKS = 0.2
STARVED_SAMPLES = 0.5
"""The shares of slow looks and of busy seconds from which on the lab was starved all the time."""
NEAR = SECOND
"""How far around a slow look others may have been slow: looks are a second apart, in ns."""

RETRANSMISSION = 200 * MILLISECOND
"""An answer that took longer, in ns, may have lost a packet (TCP_RTO_MIN, include/net/tcp.h)."""


@dataclass(frozen=True)
class Doubt:
    """The looks that were slow, the stretches in which the host was busy, the answers that were late.

    Of each, when it began and ended, in ns.
    """

    slow: tuple[tuple[int, int], ...]
    busy: tuple[tuple[int, int], ...] = ()
    late: tuple[tuple[int, int], ...] = ()

    def longest(self, start: int, end: int) -> int:
        """Return how long the slowest look near a stretch took, in ns; 0 when none was slow."""
        return max((b - a for a, b in self.slow if a - NEAR <= end and start <= b + NEAR), default=0)

    def of_attempt(self, attempt: Attempt) -> bool:
        """Whether a failed attempt may have failed because the lab was slow."""
        start, end = attempt.sent, attempt.done or attempt.sent
        found = self.is_busy(start, end) or self.is_late(start, end) or self.longest(start, end) > 0
        return _is_timeout(attempt.error) and found

    def is_busy(self, start: int, end: int) -> bool:
        """Whether the host's processors were busy all the time in a part of a stretch."""
        return any(a <= end and start <= b for a, b in self.busy)

    def is_late(self, start: int, end: int) -> bool:
        """Whether an answer was late in a part of a stretch."""
        return any(a <= end and start <= b for a, b in self.late)

    def of_outage(self, outage: Outage) -> bool:
        """Whether an outage is no longer than machines near it stood still."""
        only = all(_is_timeout(error) for error, _ in outage.errors)
        starved = STARVED if self.is_busy(outage.start, outage.last) else 0
        longest = max(self.longest(outage.start, outage.last), starved)
        return only and 0 < outage.length <= longest + LIMIT and longest > 0

    def certain(self, outages: Sequence[Outage]) -> tuple[Outage, ...]:
        """Return the outages that are not in doubt."""
        return tuple(each for each in outages if not self.of_outage(each))

    def unexpected(self, outages: Sequence[Outage]) -> tuple[Outage, ...]:
        """Return the outages that are not in doubt where none was expected."""
        return tuple(each for each in self.certain(outages) if not self._is_blink(each))

    def _is_blink(self, outage: Outage) -> bool:
        """Whether an outage is no longer than answers near it were late."""
        only = all(_is_timeout(error) for error, _ in outage.errors)
        return only and outage.length <= RETRANSMISSION and self.is_late(outage.start, outage.last + LIMIT)


def doubt(history: History, directors: Collection[str] = ()) -> Doubt:
    """Return where a run tells of slow machines; a fault on the directors alone makes no answer slow."""
    looks = [each for each in history.events if isinstance(each, Look)]
    slow = ((each.t - each.took, each.t) for each in looks if not each.error and each.took > LIMIT)
    return Doubt(tuple(sorted(slow)), _busy(history), tuple(_late(history, directors)))


def starvation(history: History) -> str:
    """Return why the lab had too little processor time for a run to prove anything; else nothing."""
    looks = [each for each in history.events if isinstance(each, Look) and not each.error]
    slow = sum(each.took > LIMIT for each in looks)
    samples = history.of(HostSample)
    busy = sum(each.busy >= BUSY for each in samples)
    if looks and slow / len(looks) > STARVED_LOOKS:
        return f"{slow} of {len(looks)} looks at nodes took over {LIMIT // MILLISECOND} ms"
    if samples and busy / len(samples) > STARVED_SAMPLES:
        return f"the host's processors were busy in {busy} of {len(samples)} seconds"
    return ""


def _busy(history: History) -> tuple[tuple[int, int], ...]:
    # a sample tells of the time since the one before it
    samples = history.of(HostSample)
    return tuple((before.t, each.t) for before, each in pairwise(samples) if each.busy >= BUSY)


def _late(history: History, directors: Collection[str]) -> Iterator[tuple[int, int]]:
    slowing = [
        each
        for each in history.faults
        if not set(each.fault.target) <= set(directors) or not each.fault.name.startswith(("service.", "node."))
    ]
    for each in history.of(Attempt):
        took = duration(each) if each.ok else None
        if took is None or not LIMIT < took < RETRANSMISSION:
            continue
        end = each.sent + took
        if not any(span.start <= end and each.sent <= span.end for span in slowing):
            yield each.sent, end


def _is_timeout(error: str) -> bool:
    return "timeout" in error
