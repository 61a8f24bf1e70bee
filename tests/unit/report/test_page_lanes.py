"""Lanes of states, made from samples."""

from dataclasses import dataclass

from lvslab.report.page.axis import Axis
from lvslab.report.page.lanes import Lane, State, Stretch, readings, stretches
from lvslab.report.record import SECOND

ON, OFF = State("on", "good"), State("off", "quiet")


@dataclass(frozen=True)
class Look:
    """A sample of a switch, at a second."""

    second: float
    on: bool
    took: int = 0

    @property
    def t(self) -> int:
        """When, in ns."""
        return int(self.second * SECOND)


def seen(*looks: Look, end: float = 10) -> list[tuple[float, float, str]]:
    """Return the stretches in seconds."""
    found = stretches(looks, lambda look: ON if look.on else OFF, int(end * SECOND))
    return [(each.start / SECOND, each.end / SECOND, each.state.words) for each in found]


def test_a_state_holds_until_the_next_sample() -> None:
    """Samples that say the same are one stretch."""
    looks = [Look(t, t < 2) for t in range(4)]
    assert seen(*looks, end=4) == [(0, 2, "on"), (2, 4, "off")]


def test_what_nobody_looked_at_is_not_made_up() -> None:
    """After two and a half times the usual distance the lane is empty, until the next look."""
    looks = [Look(0, True), Look(1, True), Look(2, True), Look(8, True), Look(9, True)]
    assert seen(*looks) == [(0, 4.5, "on"), (8, 10, "on")]


def test_one_look_stands_for_a_while() -> None:
    """A single sample has no rhythm; a second is taken for it."""
    assert seen(Look(3, True)) == [(3, 5.5, "on")]


def lane(name: str, *spans: tuple[int, int]) -> Lane:
    """Return a lane that is on at some times."""
    return Lane(name, tuple(Stretch(start, end, ON) for start, end in spans))


def test_every_bucket_tells_all_lanes() -> None:
    """What the pointer reads: each lane's name and its state, where it has one."""
    axis = Axis(0, 24 * SECOND, 0)
    told = readings([lane("a", (0, 12 * SECOND)), lane("b", (6 * SECOND, 24 * SECOND))], axis)
    assert told[0] == "a on"
    assert told[axis.bucket_of(8 * SECOND)] == "a on, b on"
    assert told[-1] == "b on"
