"""Tracks of the watching itself: the host's processors, the prober's stalls, gaps between samples, the logs."""

from itertools import pairwise

from markupsafe import Markup

from lvslab.history import DirectorSample, HostSample, Log, Stall, StorageSample, WebSample
from lvslab.report.page.axis import Axis
from lvslab.report.page.lanes import BLOCK, LANE, PATIENCE, rhythm
from lvslab.report.page.shapes import Point, block, curves, level, strokes
from lvslab.report.page.track import Key, Label, Track
from lvslab.report.record import SECOND, Record

HEIGHT = 52
TOP = 8
ERROR = 3
"""syslog(3): LOG_ERR; what is more urgent has a lower number."""
WARNING = 4
Look = DirectorSample | StorageSample | WebSample
NODES: tuple[type[Look], ...] = (DirectorSample, StorageSample, WebSample)


def host(record: Record, axis: Axis) -> Track | None:
    """Draw how busy the host's processors were, and how much of their time was stolen."""
    samples = record.history.of(HostSample)
    if not samples:
        return None

    def line(values: list[float]) -> list[Point]:
        return [
            (axis.at(sample.t), HEIGHT - min(1.0, value) * (HEIGHT - TOP))
            for sample, value in zip(samples, values, strict=True)
        ]

    busy, steal = [sample.busy for sample in samples], [sample.steal for sample in samples]
    told = [""] * axis.buckets
    for sample in samples:
        told[axis.bucket_of(sample.t)] = f"busy {sample.busy:.0%}, stolen {sample.steal:.0%}"
    grid = level(TOP) + level((HEIGHT + TOP) / 2) + level(HEIGHT, "grid base")
    return Track(
        "host",
        "The host's processors",
        f"Busy {max(busy):.0%} and stolen {max(steal):.0%} at most.",
        HEIGHT,
        grid + curves([line(busy)], HEIGHT, "curve dashed") + curves([line(steal)], HEIGHT, "curve strong"),
        (Label(TOP + 4, "100 %"), Label((HEIGHT + TOP) / 2 + 4, "50 %"), Label(HEIGHT, "0")),
        (Key("curve dashed", "busy"), Key("curve strong", "stolen by the machine below (steal)")),
        tuple(told),
    )


def gaps(record: Record, axis: Axis) -> Track | None:
    """Draw the prober's stalls, and where a node was not looked at for longer than usual."""
    stalls = record.history.of(Stall)
    looked: dict[str, list[Look]] = {}
    for kind in NODES:
        for sample in record.history.of(kind):
            looked.setdefault(sample.node, []).append(sample)
    names = [name for name in record.lab.nodes if name in looked]
    if not names and not record.history.attempts:
        return None
    rows = len(names) + 1
    worst = max((stall.ns for stall in stalls), default=0) / 1e6
    body = level(LANE / 2, "rail")
    body += strokes((axis.at(stall.t) for stall in stalls), 4, 18, rows * LANE, "stroke stall")
    for row, name in enumerate(names, start=1):
        body += _looks(name, looked[name], row, rows, axis, record)
    return Track(
        "gaps",
        "How closely it was watched",
        f"The prober was late by {worst:.1f} ms at most." if stalls else "The prober was never late.",
        rows * LANE,
        body,
        (Label(15, "prober"), *(Label(row * LANE + 15, name) for row, name in enumerate(names, start=1))),
        (Key("stroke stall", "prober late"), Key("stroke look", "a look at a node"), Key("gone", "no look")),
    )


def _looks(
    name: str,
    samples: list[Look],
    row: int,
    rows: int,
    axis: Axis,
    record: Record,
) -> Markup:
    top, usual = row * LANE, rhythm(samples)
    body = level(top + LANE / 2, "rail")
    body += strokes((axis.at(each.t) for each in samples), top + 8, top + 14, rows * LANE, "stroke look")
    for before, after in pairwise(each.t for each in samples):
        if after - before > PATIENCE * usual:
            words = f"no look for {(after - before) / SECOND:.1f} s"
            told = f"{name}: {words}, {record.word(before)} to {record.word(after)}"
            body += block(axis.at(before), axis.at(after), top + 3, BLOCK, "gone", words, told)
    return body


def logs(record: Record, axis: Axis) -> Track | None:
    """Draw warnings and errors in the nodes' journals."""
    told = [log for log in record.history.of(Log) if log.priority <= WARNING]
    names = [name for name in (*record.lab.nodes, "host") if any(log.node == name for log in told)]
    if not names:
        return None
    body = Markup("")
    for row, name in enumerate(names):
        top, height = row * LANE, len(names) * LANE
        mine = [log for log in told if log.node == name]
        warned = (axis.at(log.t) for log in mine if log.priority == WARNING)
        failed = (axis.at(log.t) for log in mine if log.priority <= ERROR)
        body += level(top + LANE / 2, "rail")
        body += strokes(warned, top + 11, top + 18, height, "stroke warned")
        body += strokes(failed, top + 4, top + 18, height, "stroke lost")
    errors = sum(log.priority <= ERROR for log in told)
    return Track(
        "logs",
        "Warnings and errors in the journals",
        f"{errors} errors and {len(told) - errors} warnings.",
        len(names) * LANE,
        body,
        tuple(Label(row * LANE + 15, name) for row, name in enumerate(names)),
        (Key("stroke warned", "warning (short)"), Key("stroke lost", "error (long)")),
    )
