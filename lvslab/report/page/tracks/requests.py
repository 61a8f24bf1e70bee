"""Tracks of requests: how many were answered, how fast, which were lost, and by which real server."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import accumulate, pairwise
from math import ceil, floor, log10

from markupsafe import Markup

from lvslab.history import Attempt
from lvslab.report.page.axis import Axis
from lvslab.report.page.shapes import Point, curves, level, rect, steps, strokes
from lvslab.report.page.track import Key, Label, Track
from lvslab.report.record import SECOND, Record
from lvslab.report.requests import count, latency_ms, percentile
from lvslab.report.words import length

HEIGHT = 84
LOW = 44
TOP = 8
SERIES = 6
"""How many series the style sheet has colours and patterns for."""
MOST_DECADES = 4
"""More decades than this have a label at every second alone."""
NICE = (1, 2, 2.5, 5, 10)
FASTEST_MS = 0.1


def rate(record: Record, axis: Axis) -> Track | None:
    """Draw how many requests were answered well, per second."""
    good = [attempt for attempt in record.attempts if attempt.ok]
    if not record.attempts:
        return None
    per_second = SECOND / axis.bucket
    rates = [number * per_second for number in _counted(good, axis)]
    ceiling = nice(max(rates, default=0))
    probed = [number * per_second for number in _counted([each for each in good if each.stream == "prober"], axis)]
    body = _grid(HEIGHT) + _bars(rates, ceiling, axis, "area")
    legend = [Key("area", "answered well")]
    if probed != rates and any(probed):
        body += curves([_line(probed, ceiling, axis)], HEIGHT, "curve strong")
        legend.append(Key("curve strong", "of them the prober's"))
    return Track(
        "rate",
        "Requests answered, per second",
        f"At most {max(rates, default=0):.0f} a second, {count(record.attempts).ok} in all.",
        HEIGHT,
        body,
        _scale(ceiling, HEIGHT),
        tuple(legend),
        tuple(f"{value:.0f} answered/s" for value in rates),
    )


def latency(record: Record, axis: Axis) -> Track | None:
    """Draw the median, 95th percentile and maximum of the time to a whole answer, on a logarithmic scale."""
    times: list[list[float]] = [[] for _ in range(axis.buckets)]
    for attempt in record.attempts:
        took = latency_ms(attempt)
        if took is not None:
            times[axis.bucket_of(attempt.t)].append(max(took, FASTEST_MS))
    told = [each for bucket in times for each in bucket]
    if not told:
        return None
    ordered = [sorted(bucket) for bucket in times]
    low, high = floor(log10(min(told))), ceil(log10(max(told)))
    high = max(high, low + 1)

    def line(share: float) -> list[list[Point]]:
        return _unbroken([percentile(bucket, share) for bucket in ordered], low, high, axis)

    body = Markup("").join(level(_height(10.0**power, low, high)) for power in range(low, high + 1))
    body += curves(line(1.0), HEIGHT, "curve faint") + curves(line(0.95), HEIGHT, "curve dashed")
    body += curves(line(0.5), HEIGHT, "curve strong")
    seen = count(record.attempts)
    median, slowest = seen.p50_ms or 0, seen.max_ms or 0
    every = 1 if high - low <= MOST_DECADES else 2
    return Track(
        "latency",
        "Time to the whole answer (logarithmic)",
        f"Half of the answers took less than {length(median)}, the slowest {length(slowest)}.",
        HEIGHT,
        body,
        tuple(
            Label(_height(10.0**power, low, high) + 4, _short(10.0**power)) for power in range(high, low - 1, -every)
        ),
        (Key("curve strong", "median"), Key("curve dashed", "95 %"), Key("curve faint", "slowest")),
        tuple(f"median {length(bucket[len(bucket) // 2])}" if bucket else "no answer" for bucket in ordered),
    )


def errors(record: Record, axis: Axis) -> Track | None:
    """Draw the requests that were not answered well."""
    failed = [attempt for attempt in record.attempts if not attempt.ok]
    if not record.attempts:
        return None
    numbers = _counted(failed, axis)
    reasons: dict[int, Counter[str]] = defaultdict(Counter)
    for attempt in failed:
        reasons[axis.bucket_of(attempt.t)][attempt.error] += 1
    ceiling = nice(max(numbers, default=0))
    body = _grid(LOW) + _bars(numbers, ceiling, axis, "lost", least=4)
    body += strokes((axis.at(attempt.t) for attempt in failed), LOW - 4, LOW, LOW, "stroke lost")
    kinds = Counter(attempt.error for attempt in failed).most_common(4)
    told = ", ".join(f"{number} × {reason}" for reason, number in kinds)
    return Track(
        "errors",
        f"Requests lost, in each {length(axis.bucket / 1e6)}",
        f"{len(failed)} were lost: {told}." if failed else "None was lost.",
        LOW,
        body,
        _scale(ceiling, LOW) if failed else (Label(LOW, "0"),),
        (Key("lost", told),) if failed else (Key("none", "none was lost"),),
        tuple(
            ", ".join(f"{number} lost: {reason}" for reason, number in reasons[bucket].items())
            for bucket in range(axis.buckets)
        ),
    )


def shares(record: Record, axis: Axis) -> Track | None:
    """Draw which server gave how much of the good answers."""
    servers = [node.name for node in record.lab.servers]
    counted = [Counter[str]() for _ in range(axis.buckets)]
    for attempt in record.attempts:
        if attempt.ok and attempt.server in servers:
            counted[axis.bucket_of(attempt.t)][attempt.server] += 1
    if not any(counted):
        return None
    body = Markup("").join(_stack(counted, servers, axis)) + level(LOW / 2 + TOP / 2, "grid over")
    return Track(
        "shares",
        "Share of each server in the good answers",
        "; ".join(f"{name} gave {sum(each[name] for each in counted)}" for name in servers) + ".",
        LOW,
        body,
        (Label(TOP + 4, "100 %"), Label((LOW + TOP) / 2 + 4, "50 %"), Label(LOW, "0")),
        tuple(Key(f"series s{index % SERIES}", name) for index, name in enumerate(servers)),
        tuple(", ".join(f"{name} {number}" for name, number in sorted(each.items())) for each in counted),
    )


def _stack(counted: Sequence[Counter[str]], servers: Sequence[str], axis: Axis) -> list[Markup]:
    """Return the stacked rectangles; buckets with the same shares are drawn as one."""
    shapes: list[Markup] = []
    parts = [tuple(round((LOW - TOP) * each[name] / (each.total() or 1), 1) for name in servers) for each in counted]
    begins = [0, *(index for index in range(1, len(parts)) if parts[index] != parts[index - 1])]
    for begin, end in pairwise([*begins, len(parts)]):
        left, right = axis.at(axis.edge(begin)), axis.at(axis.edge(end))
        tops = [LOW - below for below in accumulate(parts[begin])]
        for index, tall in enumerate(parts[begin]):
            if tall:
                shapes.append(rect(left, right, tops[index], tall, f"s{index % SERIES}"))
    return shapes


def _counted(attempts: Sequence[Attempt], axis: Axis) -> list[int]:
    numbers = Counter(axis.bucket_of(attempt.t) for attempt in attempts)
    return [numbers[bucket] for bucket in range(axis.buckets)]


def nice(value: float) -> float:
    """Return the next round number from a value on: 1, 2, 2.5 or 5 times a power of ten; 1 for nothing."""
    if value <= 0:
        return 1.0
    power = float(10.0 ** floor(log10(value)))
    return next((power * factor for factor in NICE if power * factor >= value), power * NICE[-1])


def _bars(values: Sequence[float], ceiling: float, axis: Axis, class_: str, least: float = 0.0) -> Markup:
    tall = [max(least, value / ceiling * (_room(class_) - TOP)) if value else 0.0 for value in values]
    edges = [axis.at(axis.edge(bucket)) for bucket in range(axis.buckets + 1)]
    return steps(list(zip(edges, edges[1:], tall, strict=False)), _room(class_), class_)


def _room(class_: str) -> float:
    return LOW if class_ == "lost" else HEIGHT


def _line(values: Sequence[float], ceiling: float, axis: Axis) -> list[Point]:
    return [(_middle(bucket, axis), HEIGHT - value / ceiling * (HEIGHT - TOP)) for bucket, value in enumerate(values)]


def _middle(bucket: int, axis: Axis) -> float:
    return (axis.at(axis.edge(bucket)) + axis.at(axis.edge(bucket + 1))) / 2


def _unbroken(values: Sequence[float | None], low: int, high: int, axis: Axis) -> list[list[Point]]:
    """Return the lines between the gaps: a bucket without an answer has no latency."""
    lines: list[list[Point]] = [[]]
    for bucket, value in enumerate(values):
        if value is None:
            lines.append([])
        else:
            lines[-1].append((_middle(bucket, axis), _height(value, low, high)))
    return [[*line, line[-1]] if len(line) == 1 else line for line in lines if line]


def _height(value: float, low: int, high: int) -> float:
    return HEIGHT - (log10(value) - low) / (high - low) * (HEIGHT - TOP)


def _grid(height: float) -> Markup:
    return level(TOP) + level((height + TOP) / 2) + level(height, "grid base")


def _scale(ceiling: float, height: float) -> tuple[Label, ...]:
    middle = (Label((height + TOP) / 2 + 4, f"{ceiling / 2:g}"),) if height > LOW else ()
    return (Label(TOP + 4, f"{ceiling:g}"), *middle, Label(height, "0"))


def _short(ms: float) -> str:
    return f"{ms / 1000:g} s" if ms >= 1000 else f"{ms:g} ms"
