"""Figures: medians, ratios, and what becomes of goals."""

import pytest

from lvslab.bench.figure import Figure, Verdict, figures
from lvslab.bench.goal import Comparison, Goal
from lvslab.bench.subjects import Subject

TIMES = Subject("up", "lab-up", "boots", Goal(1.5, Comparison.TIMES_PEER))
SECONDS = Subject("restore", "lab-up again", "reverts", Goal(10))
KNOWN = Subject("down", "lab-down")


def test_a_figure_is_the_median_of_its_runs() -> None:
    """One slow run of three moves nothing."""
    assert Figure(TIMES, (10.0, 90.0, 12.0), (8.0,)).value == 12.0


def test_a_ratio_compares_the_medians() -> None:
    """What a figure is told as: so many times its peer."""
    assert Figure(TIMES, (12.0, 18.0), (10.0,)).ratio == 1.5


@pytest.mark.parametrize(("values", "peers"), [((), (1.0,)), ((1.0,), ()), ((1.0,), (0.0,))])
def test_half_a_comparison_has_no_ratio(values: tuple[float, ...], peers: tuple[float, ...]) -> None:
    """Neither a missing side nor a peer of nothing can be divided by."""
    assert Figure(TIMES, values, peers).ratio is None


@pytest.mark.parametrize(
    ("figure", "verdict"),
    [
        (Figure(TIMES, (15.0,), (10.0,)), Verdict.MET),
        (Figure(TIMES, (15.1,), (10.0,)), Verdict.MISSED),
        (Figure(TIMES, (15.0,)), Verdict.NOT_MEASURED),
        (Figure(SECONDS, (10.0,), (2.0,)), Verdict.MET),
        (Figure(SECONDS, (10.1,), (100.0,)), Verdict.MISSED),
        (Figure(SECONDS, (), (2.0,)), Verdict.NOT_MEASURED),
        (Figure(KNOWN, (3.0,)), Verdict.NO_GOAL),
        (Figure(KNOWN), Verdict.NOT_MEASURED),
        (Figure(SECONDS, (10.0,), is_whole=False), Verdict.NOT_MEASURED),
    ],
)
def test_a_goal_is_met_up_to_its_limit(figure: Figure, verdict: Verdict) -> None:
    """A goal in times its peer looks at the ratio, one in seconds at the seconds; neither passes on half the runs."""
    assert figure.verdict is verdict


def test_figures_come_in_the_order_of_the_table_whatever_was_measured_first() -> None:
    """A figure that was wanted and never measured is there too, empty."""
    found = figures({"down": [3.0]}, {"reset": [1.0]}, {"down": ["why"]}, ["down", "reset"], {"down"})
    assert [(each.subject.name, each.values, each.peer_values) for each in found] == [
        ("reset", (), (1.0,)),
        ("down", (3.0,), ()),
    ]
    assert found[1].notes == ("why",)
    assert [each.is_whole for each in found] == [True, False]


def test_a_figure_as_json_has_both_sides_the_ratio_and_the_verdict() -> None:
    """The form that schema_version 1 promises."""
    assert Figure(TIMES, (12.3456,), (10.0,), ("a note",)).as_json() == {
        "name": "up",
        "what": "lab-up",
        "unit": "s",
        "values": [12.346],
        "median": 12.346,
        "peer": {"what": "boots", "values": [10.0], "median": 10.0},
        "ratio": 1.235,
        "goal": {"limit": 1.5, "comparison": "times-peer", "at_least": False},
        "verdict": "met",
        "notes": ["a note"],
    }
