"""All that a report is made from: a run's history, its lab, its drill and what the judges found."""

from dataclasses import dataclass, replace
from functools import cached_property

from lvslab.history import Attempt, History, Phase, Run
from lvslab.history.history import Span
from lvslab.judge.finding import Finding, Verdict, worst
from lvslab.judge.outages import Outage, outages, ruler
from lvslab.model import Lab
from lvslab.model.drill import Drill

SECOND = 1_000_000_000
MILLISECOND = 1_000_000
NUMBER = (int, float)
MARGIN = SECOND
"""What is drawn before the first phase and after the last, in ns."""


@dataclass(frozen=True)
class Record:
    """A run as a report sees it; moments are told relative to ``origin``, the first fault."""

    history: History
    lab: Lab
    drill: Drill
    findings: tuple[Finding, ...]

    @cached_property
    def origin(self) -> int:
        """The moment of the first fault, in ns since the run's zero; that zero itself in a run without faults."""
        return self.history.faults[0].start if self.history.faults else 0

    @cached_property
    def has_fault(self) -> bool:
        """Whether anything was broken."""
        return bool(self.history.faults)

    @cached_property
    def verdict(self) -> Verdict:
        """The worst of the findings."""
        return worst(self.findings)

    @cached_property
    def start(self) -> int:
        """The moment of the first event after the header, not before the run's zero."""
        return max(0, min((event.t for event in self.history.events if not isinstance(event, Run)), default=0))

    @cached_property
    def end(self) -> int:
        """The moment of the last event; a second after the first at least."""
        return max(self.history.end, self.start + SECOND)

    def shown(self) -> "Record":
        """Return the part of the run that its phases mark: what came while it was made ready is not drawn."""
        if not self.history.of(Phase):
            return self
        start, end = self.phases[0].start - MARGIN, self.phases[-1].end + MARGIN
        kept = (event for event in self.history.events if isinstance(event, Run) or start <= event.t <= end)
        return replace(self, history=History(kept))

    @cached_property
    def phases(self) -> tuple[Span, ...]:
        """The run's phases; the whole run where the history marks none."""
        if not self.history.of(Phase):
            return (Span("run", self.start, self.end + 1),)
        return self.history.phases

    @cached_property
    def attempts(self) -> tuple[Attempt, ...]:
        """Every request of every stream, in the order they were due."""
        return self.history.of(Attempt)

    @cached_property
    def outages(self) -> tuple[Outage, ...]:
        """The stretches in which no attempt of the prober was answered."""
        return outages(self.history.attempts)

    @cached_property
    def clear_outages(self) -> tuple[Outage, ...]:
        """Those of them that are longer than what the prober may be wrong by."""
        tolerance = ruler(self.history).tolerance
        return tuple(outage for outage in self.outages if outage.length > tolerance)

    @cached_property
    def longest_outage(self) -> Outage | None:
        """The longest of them; None when every attempt was answered."""
        return max(self.outages, key=lambda outage: outage.length, default=None)

    @staticmethod
    def back(outage: Outage) -> int:
        """Return when an outage was over: with the last attempt where the service never came back."""
        return outage.last if outage.end is None else outage.end

    def finding(self, *figures: str) -> Finding | None:
        """Return the first finding that has all these figures as numbers."""
        return next((each for each in self.findings if has(each, *figures)), None)

    def word(self, t: int, digits: int = 2) -> str:
        """Return a moment as people read it: seconds from the fault, with its sign."""
        seconds = round((t - self.origin) / SECOND, digits) + 0.0  # -0.0 becomes 0.0
        return f"{seconds:+.{digits}f} s"


def has(finding: Finding, *figures: str) -> bool:
    """Say whether a finding has all these figures, each a number."""
    return all(isinstance(finding.figures.get(name), NUMBER) for name in figures)


def figure(finding: Finding, name: str) -> float:
    """Return a figure as a number; 0.0 when it is none, so ask ``has`` first."""
    value = finding.figures.get(name)
    return float(value) if isinstance(value, NUMBER) else 0.0
