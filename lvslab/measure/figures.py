"""What a load came to, in figures: from the attempts of a history. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from lvslab.history import Attempt

SCHEMA_VERSION = 1
QUANTILES = (50, 95, 99)


@dataclass(frozen=True)
class Figures:
    """Requests, those that failed by reason, latencies by percentile, and what each real server answered."""

    requests: int
    seconds: float
    rate: float
    """Good answers a second."""
    failed: int
    errors: dict[str, int] = field(default_factory=dict)
    milliseconds: dict[str, float] = field(default_factory=dict)
    """Of the good answers, from the SYN to the last byte: ``p50``, ``p95``, ``p99``, ``max``."""
    servers: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the figures as plain data, with the version of their form."""
        return {"schema_version": SCHEMA_VERSION, **asdict(self)}


def figures(attempts: Iterable[Attempt]) -> Figures:
    """Return what these attempts came to; all zeros without any."""
    every = sorted(attempts, key=lambda each: each.sent)
    good = [each for each in every if each.ok and each.done is not None]
    last = max((each.done or each.sent for each in every), default=0)
    seconds = (last - every[0].sent) / 1e9 if every else 0.0
    latencies = sorted((each.done or 0) - each.sent for each in good)
    return Figures(
        requests=len(every),
        seconds=round(seconds, 3),
        rate=round(len(good) / seconds, 1) if seconds else 0.0,
        failed=sum(not each.ok for each in every),
        errors=dict(Counter(each.error for each in every if each.error).most_common()),
        milliseconds=_milliseconds(latencies),
        servers=dict(sorted(Counter(each.server for each in good).items())),
    )


def _milliseconds(latencies: list[int]) -> dict[str, float]:
    if not latencies:
        return {}
    ranked = {f"p{each}": latencies[min(len(latencies) - 1, len(latencies) * each // 100)] for each in QUANTILES}
    return {name: round(value / 1e6, 2) for name, value in {**ranked, "max": latencies[-1]}.items()}
