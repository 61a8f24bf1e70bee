"""Requests counted: answered, lost and slow, and how long the answers took."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lvslab.history import Attempt
from lvslab.judge.outages import duration
from lvslab.judge.requests import SLOW
from lvslab.report.record import MILLISECOND

SLOW_MS = SLOW / MILLISECOND
"""An answer that took longer is called slow, as the judges have it."""


@dataclass(frozen=True)
class Requests:
    """What became of some requests; latencies in ms from sending to the whole answer, None without one."""

    total: int
    ok: int
    failed: int
    slow: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    max_ms: float | None
    errors: dict[str, int]
    """How often each error came, the most frequent first."""


def latency_ms(attempt: Attempt) -> float | None:
    """Return how long an answer took, in ms; None for a request that was not answered well."""
    took = duration(attempt) if attempt.ok else None
    return None if took is None else took / MILLISECOND


def is_slow(attempt: Attempt) -> bool:
    """Say whether a request was answered well, but late."""
    return (latency_ms(attempt) or 0.0) > SLOW_MS


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """Return the nearest-rank percentile of sorted values; None when there are none."""
    if not ordered:
        return None
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def count(attempts: Sequence[Attempt]) -> Requests:
    """Count requests."""
    times = sorted(took for took in map(latency_ms, attempts) if took is not None)
    failed = Counter(attempt.error for attempt in attempts if not attempt.ok)
    return Requests(
        total=len(attempts),
        ok=len(attempts) - failed.total(),
        failed=failed.total(),
        slow=sum(took > SLOW_MS for took in times),
        p50_ms=percentile(times, 0.50),
        p95_ms=percentile(times, 0.95),
        p99_ms=percentile(times, 0.99),
        max_ms=times[-1] if times else None,
        errors=dict(failed.most_common()),
    )
