"""Lanes: what was in which state from when to when, one line each."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Protocol, TypeVar

from markupsafe import Markup

from lvslab.report.page.axis import Axis
from lvslab.report.page.shapes import block, element, level, percent, title
from lvslab.report.page.track import Label
from lvslab.report.record import SECOND

LANE = 22
BLOCK = 16
PATIENCE = 2.5
"""A sample stands for so many times the usual distance between samples; then nothing is known."""


class Sampled(Protocol):
    """Anything that was looked at now and then."""

    @property
    def t(self) -> int:
        """When."""

    @property
    def took(self) -> int:
        """How long the look took, in ns."""


S = TypeVar("S", bound=Sampled)


@dataclass(frozen=True)
class State:
    """How something was: its words, the class it is drawn with, and words for where there is little room."""

    words: str
    class_: str
    short: str = ""


@dataclass(frozen=True)
class Stretch:
    """A state from start to end, in ns."""

    start: int
    end: int
    state: State


@dataclass(frozen=True)
class Lane:
    """A line of the picture."""

    name: str
    stretches: tuple[Stretch, ...]


def rhythm(samples: Sequence[Sampled]) -> int:
    """Return the usual distance between samples, in ns; a second when there are too few to tell."""
    gaps = [after.t - before.t for before, after in pairwise(samples)]
    return int(median(gaps)) if gaps else SECOND


def stretches(samples: Sequence[S], state_of: Callable[[S], State | None], end: int) -> tuple[Stretch, ...]:
    """Return the states that samples tell; each holds until the next sample, though not longer than one may be late.

    Where ``state_of`` gives None there is nothing to draw.
    """
    patience = int(PATIENCE * rhythm(samples))
    found: list[Stretch] = []
    for index, sample in enumerate(samples):
        following = samples[index + 1].t if index + 1 < len(samples) else end
        until = min(following, sample.t + patience)
        state = state_of(sample)
        if state is None:
            continue
        if found and found[-1].state == state and found[-1].end == sample.t:
            found[-1] = Stretch(found[-1].start, until, state)
        else:
            found.append(Stretch(sample.t, until, state))
    return tuple(found)


def draw(lanes: Sequence[Lane], axis: Axis, word: Callable[[int], str]) -> Markup:
    """Return the picture of lanes, each below the one before."""
    return Markup("").join(part for row, lane in enumerate(lanes) for part in _lane(lane, row * LANE, axis, word))


def _lane(lane: Lane, top: float, axis: Axis, word: Callable[[int], str]) -> Iterator[Markup]:
    yield level(top + LANE / 2, "rail")
    for each in lane.stretches:
        left, right, state = axis.at(each.start), axis.at(each.end), each.state
        told = f"{lane.name}: {state.words}, {word(each.start)} to {word(each.end)}"
        yield block(left, right, top + 3, BLOCK, state.class_, state.words, told, state.short)


def labels(lanes: Iterable[Lane]) -> tuple[Label, ...]:
    """Return the names of lanes, for beside the plot."""
    return tuple(Label(row * LANE + 15, lane.name) for row, lane in enumerate(lanes))


def readings(lanes: Sequence[Lane], axis: Axis) -> tuple[str, ...]:
    """Return what each bucket says: every lane with its state."""
    told: list[list[str]] = [[] for _ in range(axis.buckets)]
    for lane in lanes:
        for each in lane.stretches:
            for number in range(axis.bucket_of(each.start), axis.bucket_of(each.end - 1) + 1):
                told[number].append(f"{lane.name} {each.state.words}")
    return tuple(", ".join(words) for words in told)


def mark(left: float, y: float, class_: str, symbol: str, told: str) -> Markup:
    """Return a symbol that stands at a place."""
    return element("text", *title(told), Markup.escape(symbol), x=percent(left), y=y, class_=class_)
