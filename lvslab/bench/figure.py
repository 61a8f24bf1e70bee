"""A figure: what was measured, what it is measured against, and whether the goal is met. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import Any

from lvslab.bench.goal import Goal, ratio
from lvslab.bench.subjects import NAMES, SUBJECTS, Subject


class Verdict(StrEnum):
    """What became of a goal."""

    MET = "met"
    MISSED = "missed"
    NO_GOAL = "no goal"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Figure:
    """A subject with its measurements, both sides; ``notes`` are for whoever wants to know how it came about."""

    subject: Subject
    values: tuple[float, ...] = ()
    peer_values: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()
    is_whole: bool = True
    """Whether all runs that were wanted were made; a goal is not told from the rest."""

    @property
    def value(self) -> float | None:
        """The median of the measurements."""
        return median(self.values) if self.values else None

    @property
    def peer_value(self) -> float | None:
        """The median of the peer's measurements."""
        return median(self.peer_values) if self.peer_values else None

    @property
    def ratio(self) -> float | None:
        """How many times the peer it takes; None where one of the two is missing or the peer is 0."""
        return ratio(self.values, self.peer_values)

    @property
    def verdict(self) -> Verdict:
        """Whether the goal is met."""
        goal = self.subject.goal
        if not self.values or not self.is_whole:
            return Verdict.NOT_MEASURED
        return _verdict(goal, goal.is_met(self.values, self.peer_values)) if goal else Verdict.NO_GOAL

    def as_json(self) -> dict[str, Any]:
        """Return the figure as plain data."""
        goal = self.subject.goal
        return {
            "name": self.subject.name,
            "what": self.subject.what,
            "unit": self.subject.unit,
            "values": [round(value, 3) for value in self.values],
            "median": _rounded(self.value),
            "peer": {
                "what": self.subject.peer or None,
                "values": [round(value, 3) for value in self.peer_values],
                "median": _rounded(self.peer_value),
            },
            "ratio": _rounded(self.ratio),
            "goal": goal.as_json() if goal else None,
            "verdict": self.verdict.value,
            "notes": list(self.notes),
        }


def _verdict(goal: Goal, is_met: bool | None) -> Verdict:
    if is_met is None:
        return Verdict.NOT_MEASURED
    return Verdict.MET if is_met else Verdict.MISSED


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def figures(
    values: Mapping[str, Sequence[float]],
    peers: Mapping[str, Sequence[float]],
    notes: Mapping[str, Sequence[str]],
    wanted: Sequence[str] = NAMES,
    broken: Collection[str] = (),
) -> tuple[Figure, ...]:
    """Return the figures of what was measured, in the order of SUBJECTS; ``broken`` are those that lack runs."""
    return tuple(
        Figure(
            each,
            tuple(values.get(each.name, ())),
            tuple(peers.get(each.name, ())),
            tuple(notes.get(each.name, ())),
            each.name not in broken,
        )
        for each in SUBJECTS
        if each.name in wanted
    )
