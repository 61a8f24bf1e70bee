"""What a page has as tables and lists: findings, shares, lost requests, logs, and how it was measured."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, islice

from lvslab.history import Attempt, DirectorSample, Download, HostSample, Log, Stall, StorageSample, WebSample, Write
from lvslab.judge.finding import Finding
from lvslab.model import Protocol
from lvslab.report.page.axis import Axis
from lvslab.report.record import MILLISECOND, SECOND, Record
from lvslab.report.requests import is_slow, latency_ms
from lvslab.report.shares import Share
from lvslab.report.words import SIGN, length

MOST_REQUESTS = 50
MOST_LOGS = 2000
PRIORITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
"""The names of syslog(3)'s levels."""


@dataclass(frozen=True)
class FindingRow:
    """A finding in the table; ``place`` is where it looks, in per cent of the axis, and None without one."""

    number: int
    finding: Finding
    sign: str
    figures: tuple[tuple[str, str], ...]
    moment: str
    place: tuple[float, float] | None


def findings(record: Record, axis: Axis) -> tuple[FindingRow, ...]:
    """Return the rows of the findings' table, in the judges' order."""
    return tuple(_finding(record, axis, number, each) for number, each in enumerate(record.findings, start=1))


def _finding(record: Record, axis: Axis, number: int, finding: Finding) -> FindingRow:
    figures = tuple((name, figure_words(value)) for name, value in finding.figures.items())
    where = finding.where
    return FindingRow(
        number=number,
        finding=finding,
        sign=SIGN[finding.verdict],
        figures=figures,
        moment=f"{record.word(where[0])} to {record.word(where[1])}" if where else "",
        place=(axis.at(where[0]), axis.at(where[1])) if where else None,
    )


def figure_words(value: float | int | str | None) -> str:
    """Return a figure as it is read: no more than three decimals, and a dash for none."""
    if value is None or value == "":
        return "–"
    return f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


@dataclass(frozen=True)
class SharePhase:
    """A phase's rows, with each witness's sum."""

    title: str
    rows: tuple[Share, ...]
    client: int
    director: int
    log: int


def shares(every: tuple[Share, ...]) -> tuple[SharePhase, ...]:
    """Return the shares by phase; with several services, by service too."""
    many = len({share.service for share in every}) > 1

    def title(share: Share) -> str:
        return f"{share.phase}, {share.service}" if many else share.phase

    return tuple(_phase(name, tuple(rows)) for name, rows in groupby(every, key=title))


def _phase(title: str, rows: tuple[Share, ...]) -> SharePhase:
    sums = (sum(getattr(row, witness) or 0 for row in rows) for witness in ("client", "director", "log"))
    return SharePhase(title, rows, *sums)


@dataclass(frozen=True)
class RequestRow:
    """A request that was lost or slow."""

    moment: str
    stream: str
    source: str
    server: str
    connected: str
    done: str
    outcome: str


def requests(record: Record) -> tuple[tuple[RequestRow, ...], int]:
    """Return the first requests that were lost or slow, and how many there are."""
    every = [attempt for attempt in record.attempts if not attempt.ok or is_slow(attempt)]
    return tuple(_request(record, attempt) for attempt in islice(every, MOST_REQUESTS)), len(every)


def _request(record: Record, attempt: Attempt) -> RequestRow:
    return RequestRow(
        moment=record.word(attempt.t, 3),
        stream=attempt.stream,
        source=f"{attempt.source}:{attempt.port}" if attempt.port else attempt.source,
        server=attempt.server or "–",
        connected=_after(attempt.connected, attempt.sent),
        done=_after(attempt.done, attempt.sent),
        outcome=attempt.error or f"slow: {length(latency_ms(attempt) or 0)}",
    )


def _after(moment: int | None, sent: int) -> str:
    return "–" if moment is None else length((moment - sent) / MILLISECOND)


@dataclass(frozen=True)
class LogRow:
    """A line of the merged journals."""

    moment: str
    node: str
    unit: str
    level: str
    message: str


def logs(record: Record) -> tuple[tuple[LogRow, ...], int]:
    """Return the journals' lines, and how many there are; of too many, warnings and what is near a fault stay."""
    every = record.history.of(Log)
    kept = every if len(every) <= MOST_LOGS else sorted(_important(record, every), key=lambda log: log.t)
    return tuple(_log(record, log) for log in kept), len(every)


def _important(record: Record, every: tuple[Log, ...]) -> list[Log]:
    moments = [moment for fault in record.history.faults for moment in (fault.start, fault.end)] or [record.origin]

    def distance(log: Log) -> tuple[bool, int]:
        return log.priority > 4, min(abs(log.t - moment) for moment in moments)

    return sorted(every, key=distance)[:MOST_LOGS]


def _log(record: Record, log: Log) -> LogRow:
    level = PRIORITIES[log.priority] if 0 <= log.priority < len(PRIORITIES) else str(log.priority)
    return LogRow(record.word(log.t, 3), log.node, log.unit, level, log.message)


def downloads(record: Record) -> tuple[tuple[str, ...], ...]:
    """Return the long connections: number, server, seconds, MiB, longest silence, what became of it."""
    return tuple(
        (
            str(each.id),
            each.server or "–",
            f"{(each.t - each.began) / SECOND:.1f} s",
            f"{each.received / 2**20:.1f} MiB",
            length(each.longest_silence / MILLISECOND),
            f"{each.outcome}: {each.error}" if each.error else each.outcome,
        )
        for each in record.history.of(Download)
    )


def writes(record: Record) -> str:
    """Return the sentence on the files that were written; empty when none was."""
    every = record.history.of(Write)
    if not every:
        return ""
    acknowledged = [each for each in every if each.acknowledged is not None]
    lost = sum(each.read_back != each.sha256 for each in acknowledged)
    told = f"{len(every)} files were written, {len(acknowledged)} of them acknowledged by fsync(2)"
    return (
        f"{told}; {lost} of these did not read back the same."
        if lost
        else f"{told}; all of these read back the same."
    )


def _attempt(record: Record) -> str:
    """Return what an attempt of the prober was."""
    asked = {each.service for each in record.attempts if each.stream == "prober"}
    by_udp = any(each.name in asked and each.protocol is Protocol.UDP for each in record.lab.services)
    return "a datagram from a new port" if by_udp else "a new connection"


def measured(record: Record) -> Iterator[tuple[str, str]]:
    """Yield how the run was measured: what, and how closely."""
    run = record.history.run
    yield (
        "began",
        f"{run.started}, instance {run.instance}" + (f", machines by {run.accelerator}" if run.accelerator else ""),
    )
    if run.rate:
        every = f"{run.rate:g} attempts a second, each {_attempt(record)}, none waiting for another"
        yield "prober", f"{every}: it tells an outage to within {length(1000 / run.rate)}"
    worst = max((stall.ns for stall in record.history.of(Stall)), default=None)
    if worst is not None:
        yield "prober's largest stall", f"{length(worst / MILLISECOND)}: no outage shorter than that can be told"
    yield from _looks(record)
    hosts = record.history.of(HostSample)
    if hosts:
        busy, steal = max(each.busy for each in hosts), max(each.steal for each in hosts)
        yield (
            "host",
            f"processors busy {busy:.0%} and stolen {steal:.0%} at most, load {hosts[-1].load:.1f} at the end",
        )
    yield "events", f"{len(record.history.events)} in the history"


def _looks(record: Record) -> Iterator[tuple[str, str]]:
    kinds: dict[str, type[DirectorSample | StorageSample | WebSample]] = {
        "directors": DirectorSample,
        "storage": StorageSample,
        "web servers": WebSample,
    }
    for name, kind in kinds.items():
        costs = sorted(sample.took for sample in record.history.of(kind) if not sample.error)
        if costs:
            middle, most = (length(each / MILLISECOND) for each in (costs[len(costs) // 2], costs[-1]))
            yield f"looks at {name}", f"{len(costs)}, each took {middle} (median), {most} at most"
