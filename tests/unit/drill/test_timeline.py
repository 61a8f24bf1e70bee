"""A drill's timeline, as moments."""

from lvslab.drill.timeline import Action, Moment, moments
from lvslab.model import parse_drill

HEAD = "drill: a\ntitle: b\nfor: 10\n"


def test_a_fault_without_an_end_is_healed_at_the_end_of_the_timeline() -> None:
    """Nothing stays broken after a drill."""
    drill = parse_drill(HEAD + "timeline: [{at: 2, inject: node.pause, target: master}]")
    assert moments(drill) == (Moment(2, Action.INJECT, 0), Moment(10, Action.HEAL, 0))


def test_a_fault_ends_after_the_seconds_it_lasts() -> None:
    """``for`` counts from the step's own moment."""
    drill = parse_drill(HEAD + "timeline: [{at: 2, inject: node.pause, target: master, for: 3}]")
    assert moments(drill)[1] == Moment(5, Action.HEAL, 0)


def test_moments_come_in_order_and_healing_comes_first() -> None:
    """At the same second one fault is healed before the next is injected."""
    steps = "{at: 5, inject: node.pause, target: web1}, {at: 0, inject: node.pause, target: web2, for: 5}"
    order = [(moment.at, moment.action, moment.step) for moment in moments(parse_drill(f"{HEAD}timeline: [{steps}]"))]
    assert order == [
        (0, Action.INJECT, 1),
        (5, Action.HEAL, 1),
        (5, Action.INJECT, 0),
        (10, Action.HEAL, 0),
    ]
