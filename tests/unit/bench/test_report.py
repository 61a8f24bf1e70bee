"""The report: exit code, JSON and table."""

import pytest
from rich.console import Console

from lvslab.bench.figure import Figure
from lvslab.bench.goal import Comparison, Goal
from lvslab.bench.machine import Machine
from lvslab.bench.report import Report
from lvslab.bench.subjects import Subject

SUBJECT = Subject("reset", "lab-reset", "reverts", Goal(1.5, Comparison.TIMES_PEER))
MET, MISSED, NONE = Figure(SUBJECT, (3.0,), (2.0,)), Figure(SUBJECT, (4.0,), (2.0,), ("why",)), Figure(SUBJECT)


def machine(busy: float = 0.0) -> Machine:
    """Return a machine that is this busy."""
    return Machine(2, "Some CPU", 24105, "6.1.0", "7.2.22", "tcg", "because", busy)


@pytest.mark.parametrize(
    ("figures", "busy", "code"),
    [
        ([MET], 0.0, 0),
        ([MET], 0.9, 0),
        ([MET, MISSED], 0.0, 1),
        ([MISSED, NONE], 0.9, 3),
        ([MET, NONE], 0.0, 3),
    ],
)
def test_a_missed_goal_fails_only_where_the_machine_was_quiet(figures: list[Figure], busy: float, code: int) -> None:
    """On a busy machine nobody can tell who was slow; what was not measured is inconclusive too."""
    assert Report(machine(busy), figures).exit_code == code


def test_the_json_tells_its_version_the_machine_and_every_figure() -> None:
    """A figure without its machine means nothing."""
    data = Report(machine(0.05), [MET]).as_json()
    assert data["schema_version"] == 1
    assert data["machine"]["cores"] == 2 and data["machine"]["quiet"] is True
    assert [figure["name"] for figure in data["figures"]] == ["reset"]


def shown(report: Report) -> str:
    """Return a report as it is printed."""
    console = Console(width=200, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    console.print(report.as_table())
    console.file.close()
    return console.export_text()


def test_the_table_has_both_sides_the_ratio_the_goal_and_the_verdict() -> None:
    """One line a figure, and its notes below."""
    lines = [line.split() for line in shown(Report(machine(), [MISSED])).splitlines()]
    assert ["reset", "lab-reset", "4.0", "s", "2.0", "s", "2.00", "≤", "1.5", "×", "missed", "reverts"] in lines
    assert ["reset:", "why"] in lines


def test_the_table_says_when_the_machine_was_busy() -> None:
    """So that nobody compares such figures."""
    assert "40% busy" in shown(Report(machine(0.4), [MET]))
    assert "busy" not in shown(Report(machine(), [MET]))


def test_what_was_not_measured_is_shown_as_a_dash() -> None:
    """Not as 0."""
    assert "not measured" in shown(Report(machine(), [NONE])) and "0.0 s" not in shown(Report(machine(), [NONE]))
