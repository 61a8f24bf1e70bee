"""Goals: what is held against a limit."""

import pytest

from lvslab.bench.goal import Comparison, Goal, compared, ratio

TIMES, MORE, APART = Comparison.TIMES_PEER, Comparison.MORE_THAN_PEER, Comparison.APART_FROM_PEER


@pytest.mark.parametrize(
    ("goal", "values", "peers", "is_met"),
    [
        (Goal(1.5, TIMES), (15.0,), (10.0,), True),
        (Goal(1.5, TIMES), (15.1,), (10.0,), False),
        (Goal(0.9, TIMES, at_least=True), (90.0,), (100.0,), True),
        (Goal(0.9, TIMES, at_least=True), (89.0,), (100.0,), False),
        (Goal(10), (10.0,), (), True),
        (Goal(10), (10.1,), (100.0,), False),
        (Goal(15, MORE), (36.0, 30.0), (21.0, 21.0), True),
        (Goal(15, MORE), (36.1, 30.0), (21.0, 21.0), False),
        (Goal(15, APART), (2830.0, 2730.0), (2845.0, 2715.0), True),
        (Goal(15, APART), (2830.0, 2730.0), (2845.1, 2730.0), False),
        (Goal(15, APART), (2830.0, 2730.0), (2830.0, 2714.9), False),
    ],
)
def test_a_goal_is_met_up_to_its_limit(
    goal: Goal, values: tuple[float, ...], peers: tuple[float, ...], is_met: bool
) -> None:
    """Medians for what is usual; the worst run for what has to be so every time."""
    assert goal.is_met(values, peers) is is_met


@pytest.mark.parametrize("comparison", [TIMES, MORE, APART])
@pytest.mark.parametrize(("values", "peers"), [((), (1.0,)), ((1.0,), ())])
def test_half_a_comparison_tells_nothing(
    comparison: Comparison, values: tuple[float, ...], peers: tuple[float, ...]
) -> None:
    """A goal is neither met nor missed when one side was not measured."""
    assert Goal(1, comparison).is_met(values, peers) is None


@pytest.mark.parametrize("comparison", [MORE, APART])
def test_runs_that_have_no_pair_tell_nothing(comparison: Comparison) -> None:
    """Every run is compared with its own peer."""
    assert compared(comparison, (1.0, 2.0), (1.0,)) is None


def test_a_peer_of_nothing_has_no_ratio() -> None:
    """Nothing is divided by 0."""
    assert ratio((1.0,), (0.0,)) is None


@pytest.mark.parametrize(
    ("goal", "words"),
    [
        (Goal(0.25, TIMES), "≤ 0.25 ×"),
        (Goal(0.9, TIMES, at_least=True), "≥ 0.9 ×"),
        (Goal(10), "≤ 10 s"),
        (Goal(15, MORE), "≤ peer + 15 s"),
        (Goal(15, APART), "peer ± 15 s"),
    ],
)
def test_a_goal_reads_as_a_limit(goal: Goal, words: str) -> None:
    """What the table shows."""
    assert goal.words("s") == words


def test_a_goal_as_json_says_what_is_compared() -> None:
    """The form that schema_version 1 promises."""
    assert Goal(1.5, TIMES).as_json() == {"limit": 1.5, "comparison": "times-peer", "at_least": False}
