"""The one time axis of a page: every track puts a moment at the same place."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from lvslab.report.record import SECOND, Record

MOST_BUCKETS = 480
BUCKETS = tuple(int(seconds * SECOND) for seconds in (0.05, 0.1, 0.2, 0.25, 0.5, 1, 2, 5, 10, 30, 60))
STEPS = tuple(int(seconds * SECOND) for seconds in (0.1, 0.5, 1, 5, 10, 30, 60, 300, 600, 1800, 3600))
"""Distances between ticks, in ns; each is a multiple of the one before, so that finer ticks fill up coarser ones."""
MOST_TICKS = 300
WIDTHS = tuple(round(160 * 2 ** (step / 8)) for step in range(65))
"""Widths of the plot, in px, at which more labels find room; the style sheet has a rule for each."""
CHARACTER = 6.7
"""Pixels of one character of a label."""
CAPITAL = 3.0
"""Pixels that a capital is wider, as words are that shout."""
SPACE = 8
"""Pixels around a label."""


@dataclass(frozen=True)
class Tick:
    """A mark of the axis: where, in per cent; what stands there; and the class that hides it where it is narrow."""

    at: float
    words: str
    room: str


@dataclass(frozen=True)
class Axis:
    """A stretch of the run from ``start`` to ``end``, with the moment that is called zero, in ns."""

    start: int
    end: int
    origin: int

    @classmethod
    def of(cls, record: Record) -> "Axis":
        """Return the axis of a whole run."""
        return cls(record.start, record.end, record.origin)

    @property
    def length(self) -> int:
        """How long it is, in ns."""
        return self.end - self.start

    def at(self, t: int) -> float:
        """Return where a moment is, in per cent of the axis, kept inside of it."""
        return round(100 * min(max(0, t - self.start), self.length) / self.length, 3)

    @cached_property
    def bucket(self) -> int:
        """How long a bucket is, in ns: the shortest that gives no more of them than a page can show."""
        return next((each for each in BUCKETS if self.length / each <= MOST_BUCKETS), self.length // MOST_BUCKETS)

    @cached_property
    def buckets(self) -> int:
        """How many buckets there are."""
        return -(-self.length // self.bucket)

    def bucket_of(self, t: int) -> int:
        """Return the number of the bucket that a moment is in; what is outside goes to the first or last."""
        return min(max(0, (t - self.start) // self.bucket), self.buckets - 1)

    def edge(self, number: int) -> int:
        """Return the moment at which a bucket begins, or the end of the axis."""
        return min(self.start + number * self.bucket, self.end)

    def ticks(self) -> Iterator[Tick]:
        """Yield the ticks, at round seconds from the origin; the finer ones have a class that wants more width."""
        seen: set[int] = set()
        for step in reversed(STEPS):
            count = self.length / step
            if count > MOST_TICKS or (count < 2 and step != STEPS[0]):
                continue
            first, last = -(-(self.start - self.origin) // step), (self.end - self.origin) // step
            longest = max(len(_seconds(edge * step)) for edge in (first, first + 1, last))
            room = room_for(longest * CHARACTER + SPACE, 1 / count)
            for moment in range(first * step, last * step + 1, step):
                if moment not in seen:
                    seen.add(moment)
                    yield Tick(self.at(self.origin + moment), _seconds(moment), room)


def _seconds(ns: int) -> str:
    return f"{ns / SECOND:+g} s" if ns else "0"


def room_for(pixels: float, share: float) -> str:
    """Return the class of something that needs pixels and has a share of the plot: hidden where that is too narrow.

    Empty when it fits even on the narrowest page, ``never`` when it fits on none.
    """
    if share <= 0:
        return "never"
    needed = pixels / share
    if needed <= WIDTHS[0]:
        return ""
    return next((f"w{width}" for width in WIDTHS if width >= needed), "never")


def room_for_words(words: str, share: float) -> str:
    """Return the class of a label inside something that has this share of the plot."""
    capitals = sum(letter.isupper() for letter in words)
    return room_for(len(words) * CHARACTER + capitals * CAPITAL + SPACE, share)
