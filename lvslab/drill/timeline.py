"""A drill's timeline as moments: which fault begins or ends when. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from lvslab.model import Drill


class Action(StrEnum):
    """What is done at a moment."""

    HEAL = "heal"
    INJECT = "inject"


@dataclass(frozen=True)
class Moment:
    """Something to do ``at`` so many seconds after the timeline's beginning, with the step of this place in it."""

    at: float
    action: Action
    step: int


def moments(drill: Drill) -> tuple[Moment, ...]:
    """Return all moments in order; at the same second, what heals comes before what is injected."""
    found: list[Moment] = []
    for index, step in enumerate(drill.timeline):
        found.append(Moment(float(step.at), Action.INJECT, index))
        end = step.at + step.lasts if step.lasts is not None else drill.lasts
        found.append(Moment(float(end), Action.HEAL, index))
    return tuple(sorted(found, key=lambda moment: (moment.at, moment.action is Action.INJECT, moment.step)))
