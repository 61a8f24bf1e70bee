"""A history in memory: all events of a run, in order, by kind."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from lvslab.errors import UsageError
from lvslab.history.events import Attempt, Event, Fault, Phase, Run

E = TypeVar("E")


@dataclass(frozen=True)
class Span:
    """A stretch of the run, in ns: from ``start`` on, and before ``end``."""

    name: str
    start: int
    end: int

    def holds(self, t: int) -> bool:
        """Whether a moment is in it."""
        return self.start <= t < self.end

    @property
    def seconds(self) -> float:
        """How long it is."""
        return (self.end - self.start) / 1e9


@dataclass(frozen=True)
class FaultSpan:
    """A fault from the moment it was given to the moment it was healed; ``end`` is the run's when it never was."""

    fault: Fault
    start: int
    injected: int | None
    healing: int | None
    end: int


class History:
    """The events of one run, sorted by time."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.events: tuple[Event, ...] = tuple(sorted(events, key=lambda event: event.t))

    def of(self, kind: type[E]) -> tuple[E, ...]:
        """Return the events of one kind, in order."""
        return tuple(event for event in self.events if isinstance(event, kind))

    @cached_property
    def run(self) -> Run:
        """The header; UsageError when the history has none."""
        found = self.of(Run)
        if not found:
            raise UsageError("this history has no run in its first line, it was cut", "lvslab drill")
        return found[0]

    @cached_property
    def attempts(self) -> tuple[Attempt, ...]:
        """The prober's attempts, in the order they were due."""
        return tuple(each for each in self.of(Attempt) if each.stream == "prober")

    @cached_property
    def end(self) -> int:
        """The moment of the last event."""
        return max((event.t for event in self.events), default=0)

    @cached_property
    def phases(self) -> tuple[Span, ...]:
        """The run's phases, each to the beginning of the next; the one named ``end`` only ends the last."""
        marks = self.of(Phase)
        ends = [*(mark.t for mark in marks[1:]), self.end + 1]
        spans = [Span(mark.name, mark.t, end) for mark, end in zip(marks, ends, strict=False)]
        return tuple(span for span in spans if span.name != "end")

    @cached_property
    def faults(self) -> tuple[FaultSpan, ...]:
        """The faults of the run, in the order they were given."""
        return tuple(self._fault_spans())

    def _fault_spans(self) -> Iterator[FaultSpan]:
        steps = self.of(Fault)
        for first in steps:
            if first.action != "injecting":
                continue
            mine = {step.action: step.t for step in reversed(steps) if step.id == first.id}
            healed = mine.get("healed", self.end)
            yield FaultSpan(first, first.t, mine.get("injected"), mine.get("healing"), healed)
