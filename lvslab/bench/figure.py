"""A figure: what was measured, what it is measured against, and whether the goal is met. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import Any


class Verdict(StrEnum):
    """What became of a goal."""

    MET = "met"
    MISSED = "missed"
    NO_GOAL = "no goal"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Goal:
    """At most ``limit``: in the figure's own unit, or times its peer."""

    limit: float
    times_peer: bool = False

    def __str__(self) -> str:
        return f"≤ {self.limit:g} ×" if self.times_peer else f"≤ {self.limit:g} s"


@dataclass(frozen=True)
class Subject:
    """What is measured, and against what; ``goal`` is None where a figure is only to be known."""

    name: str
    what: str
    peer: str = ""
    goal: Goal | None = None
    unit: str = "s"


@dataclass(frozen=True)
class Figure:
    """A subject with its measurements, both sides; ``notes`` are for whoever wants to know how it came about."""

    subject: Subject
    values: tuple[float, ...] = ()
    peer_values: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()

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
        if self.value is None or not self.peer_value:
            return None
        return self.value / self.peer_value

    @property
    def verdict(self) -> Verdict:
        """Whether the goal is met."""
        goal = self.subject.goal
        compared = self.ratio if goal and goal.times_peer else self.value
        if compared is None:
            return Verdict.NOT_MEASURED
        if goal is None:
            return Verdict.NO_GOAL
        return Verdict.MET if compared <= goal.limit else Verdict.MISSED

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
            "goal": {"limit": goal.limit, "times_peer": goal.times_peer} if goal else None,
            "verdict": self.verdict.value,
            "notes": list(self.notes),
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


BOOT = "plain qemu boots of the same machines, at once, to ssh"
REVERT = "virsh snapshot-revert of every machine, at once"
SUBJECTS = (
    Subject("up-cold", "lab-up, box cached, no snapshot, until verified", BOOT, Goal(1.5, times_peer=True)),
    Subject("up-restore", "lab-up of an unchanged lab, until the VIP answers", REVERT, Goal(10)),
    Subject("reset", "lab-reset, until the VIP answers", REVERT, Goal(1.5, times_peer=True)),
    Subject("provision-noop", "provision with nothing to do", "the same as a playbook", Goal(0.25, times_peer=True)),
    Subject("provision-first", "provision on fresh machines", "the same as a playbook", Goal(0.5, times_peer=True)),
    Subject("memory", "memory of the verified lab (PSS)", "memory of the plain boots", unit="MiB"),
    Subject("disk", "disk of the verified lab, without the box", "disk of the plain boots", unit="MiB"),
    Subject("box-build", "box built from Debian's packages"),
    Subject("down", "lab-down"),
)
NAMES = tuple(subject.name for subject in SUBJECTS)


def figures(
    values: Mapping[str, Sequence[float]],
    peers: Mapping[str, Sequence[float]],
    notes: Mapping[str, Sequence[str]],
    wanted: Sequence[str] = NAMES,
) -> tuple[Figure, ...]:
    """Return the figures of what was measured, in the order of SUBJECTS."""
    return tuple(
        Figure(
            each, tuple(values.get(each.name, ())), tuple(peers.get(each.name, ())), tuple(notes.get(each.name, ()))
        )
        for each in SUBJECTS
        if each.name in wanted
    )
