"""A run in figures: what summary.json holds, and what two runs are compared by."""

from dataclasses import asdict, dataclass

from lvslab.judge.finding import Finding, Verdict
from lvslab.report import words
from lvslab.report.record import MILLISECOND, Record
from lvslab.report.requests import SLOW_MS, Requests, count
from lvslab.report.shares import Share, shares

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class PhaseCount:
    """A phase of the run, in ms since the run's zero, and its requests."""

    name: str
    start_ms: float
    end_ms: float
    requests: Requests


@dataclass(frozen=True)
class OutageTold:
    """The outage in ms, what was promised, and every stretch without an answer that the history shows.

    ``measured_ms`` is None where nobody probed; the promise is None where no judge predicted one.
    """

    measured_ms: float | None
    failed_share: float | None
    """The share of requests that failed meanwhile: 1 when none was answered."""
    pieces: int
    """How many stretches without an answer ``measured_ms`` is the sum of."""
    predicted_low_ms: float | None
    predicted_high_ms: float | None
    stretches_ms: tuple[tuple[float, float], ...]
    """Start and end of each, since the run's zero."""
    lost: int
    """The prober's failed attempts."""


@dataclass(frozen=True)
class Summary:
    """A run in figures."""

    drill: str
    title: str
    lab: str
    started: str
    verdict: Verdict
    headline: str
    outage: OutageTold
    phases: tuple[PhaseCount, ...]
    shares: tuple[Share, ...]
    requests: Requests
    streams: dict[str, Requests]
    """The same by who asked: ``prober``, ``locust``."""
    findings: tuple[Finding, ...]

    def as_json(self) -> dict[str, object]:
        """Return the summary as plain data."""
        return {"schema_version": SCHEMA_VERSION, "slow_ms": SLOW_MS, **asdict(self)}


def summarise(record: Record) -> Summary:
    """Put a run's figures together."""
    run = record.history.run
    streams = sorted({attempt.stream for attempt in record.attempts})
    return Summary(
        drill=run.drill or record.drill.name,
        title=record.drill.title,
        lab=run.lab,
        started=run.started,
        verdict=record.verdict,
        headline=words.headline(record),
        outage=_outage(record),
        phases=_phases(record),
        shares=shares(record),
        requests=count(record.attempts),
        streams={name: count([each for each in record.attempts if each.stream == name]) for name in streams},
        findings=record.findings,
    )


def _outage(record: Record) -> OutageTold:
    seen = words.loss(record)
    low, high = (seen.promised_ms if seen else None) or (None, None)
    return OutageTold(
        measured_ms=seen.ms if seen else None,
        failed_share=seen.share if seen else None,
        pieces=seen.pieces if seen else 0,
        predicted_low_ms=low,
        predicted_high_ms=high,
        stretches_ms=tuple((each.start / MILLISECOND, record.back(each) / MILLISECOND) for each in record.outages),
        lost=sum(each.lost for each in record.outages),
    )


def _phases(record: Record) -> tuple[PhaseCount, ...]:
    return tuple(
        PhaseCount(
            phase.name,
            phase.start / MILLISECOND,
            phase.end / MILLISECOND,
            count([attempt for attempt in record.attempts if phase.holds(attempt.t)]),
        )
        for phase in record.phases
    )
