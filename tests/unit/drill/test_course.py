"""The course of a drill, with faults that only tell what was done to them."""

from collections.abc import Iterator

import pytest

from lvslab.drill.course import Course
from lvslab.errors import NodeError
from lvslab.faults import Order
from lvslab.history import Event, Fault, Phase
from lvslab.model import Drill, parse_drill

DRILL = """
drill: two
title: two faults
before: 0.01
after: 0.01
for: 0.3
timeline:
  - {at: 0, inject: node.pause, target: web1, for: 0.1}
  - {at: 0.05, inject: node.power-off, target: web2}
"""


class Notes:
    """A watcher whose clock is the number of its events."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def now(self) -> int:
        """Return how many events there are."""
        return len(self.events)

    def record(self, event: Event) -> None:
        """Keep an event."""
        self.events.append(event)

    @property
    def words(self) -> list[str]:
        """The events in short."""
        return [
            each.name if isinstance(each, Phase) else f"{each.action} {each.id}"
            for each in self.events
            if isinstance(each, Phase | Fault)
        ]


class Faults:
    """Faults that break nothing; the one named ``bad`` cannot be injected."""

    def __init__(self, bad: str = "") -> None:
        self.bad = bad
        self.healed: list[str] = []

    def inject(self, order: Order) -> Order:
        """Return the order, or refuse it."""
        if order.name == self.bad:
            raise NodeError("web2: no such machine")
        return order

    def heal(self, active: Order) -> None:
        """Note what is healed."""
        self.healed.append(active.name)


@pytest.fixture
def drill() -> Drill:
    """Return a drill of two faults."""
    return parse_drill(DRILL)


def course_of(drill: Drill, faults: Faults, notes: Notes) -> Course:
    """Return the drill's course over these faults."""
    orders = [Order(step.inject, step.target) for step in drill.timeline]
    return Course(drill, orders, faults, notes, lambda _: None, lambda: None)  # type: ignore[arg-type]


@pytest.fixture
def notes() -> Iterator[Notes]:
    """Return a watcher."""
    yield Notes()


def test_phases_and_faults_are_recorded_in_their_order(drill: Drill, notes: Notes) -> None:
    """Before, the faults with their healing, recovery, after, end."""
    course = course_of(drill, faults := Faults(), notes)
    course.run(lambda healed: notes.record(Phase(0, "recovered")))
    course.close()
    assert notes.words[:2] == ["before", "fault"]
    assert notes.words[-4:] == ["recovery", "recovered", "after", "end"]
    assert faults.healed == ["node.pause", "node.power-off"]
    for step in (0, 1):
        mine = [word for word in notes.words if word.endswith(f" {step}")]
        assert mine == [f"{action} {step}" for action in ("injecting", "injected", "healing", "healed")]


def test_a_drill_without_faults_runs_its_course(notes: Notes) -> None:
    """Load alone can be what is looked at."""
    quiet = parse_drill("drill: quiet\ntitle: nothing happens\nbefore: 0.01\nfor: 0.1\nafter: 0.01\n")
    course = course_of(quiet, Faults(), notes)
    course.run(lambda healed: None)
    course.close()
    assert notes.words == ["before", "fault", "recovery", "after", "end"]


def test_a_fault_that_cannot_be_injected_ends_the_drill(drill: Drill, notes: Notes) -> None:
    """Its error is raised, and the history tells which fault it was and why."""
    course = course_of(drill, Faults(bad="node.power-off"), notes)
    with pytest.raises(NodeError, match="no such machine"):
        course.run(lambda healed: None)
    course.close()
    failed = [each for each in notes.events if isinstance(each, Fault) and each.action == "failed"]
    assert [(each.id, each.message) for each in failed] == [(1, "web2: no such machine")]
    assert "after" not in notes.words
