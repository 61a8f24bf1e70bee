"""A run in five lines for the terminal."""

from dataclasses import replace

import pytest
from rich.console import Console

from lvslab.report.record import Record
from lvslab.report.terminal import BLOCKS, FAILED, SOME_FAILED, lines, sparkline
from tests.unit.report.example import record


def printed(run: Record) -> list[str]:
    """Return what the terminal shows, a line each."""
    console = Console(width=160, color_system=None)
    with console.capture() as shown:
        console.print(lines(run, "runs/x/report.html"))
    return [line.rstrip() for line in shown.get().splitlines()]


def test_it_has_five_lines() -> None:
    """Verdict, outage, requests, shares and the page."""
    shown = printed(record("power-off"))
    assert len(shown) == 5
    assert shown[0].startswith("? INCONCLUSIVE — 1 of 2 long connections was reset")
    assert shown[1].endswith("3.41 s, promised 2.61 to 3.61 s")
    assert shown[2].startswith("requests  6000: 5657 answered, 343 lost")
    assert "fault: web1 50% web2 50%" in shown[3]
    assert shown[4] == "page      runs/x/report.html  (5 of 6 findings passed, 1 inconclusive)"


def test_the_outage_is_seen_without_colour() -> None:
    """Before and after it full blocks, in it crosses, about a third of the line each."""
    spark = "".join(sparkline(record("power-off")))
    before, _, rest = spark.partition(FAILED)
    after = rest.lstrip(FAILED + SOME_FAILED)
    before = before.rstrip(SOME_FAILED)
    assert set(before + after) <= set(BLOCKS[-2:])
    assert len(before) == pytest.approx(len(after), abs=2) == pytest.approx(len(spark) / 3, abs=2)


def test_a_short_outage_is_seen_too() -> None:
    """30 ms of 60 s are a cross, and no bucket is empty for want of attempts."""
    spark = sparkline(record("split-brain"))
    assert FAILED in spark
    assert " " not in spark


def test_a_run_without_an_outage_is_shown_whole() -> None:
    """There is nothing to zoom in on."""
    run = record("rebuild")
    assert set(sparkline(run)) <= set(BLOCKS[-2:])
    assert printed(run)[1].endswith("none")


def test_a_run_in_which_nobody_asked_is_told() -> None:
    """No prober, no outage, and no error either."""
    shown = printed(replace(record("power-off", rate=0), findings=()))
    assert shown[1] == "outage    nobody probed the service"
    assert shown[3] == "shares    nobody answered"


def test_a_service_that_never_came_back_ends_in_crosses() -> None:
    """The line ends with the last attempt, not with silence that nobody asked into."""
    spark = sparkline(record("power-off", dark=((20.0, 99.0),), end=40.0))
    assert set(spark[len(spark) // 2 + 1 :]) == {FAILED}


def test_where_some_were_lost_is_told_from_where_all_were() -> None:
    """One lost attempt among many is an exclamation mark, not an outage."""
    run = record("power-off", dark=((10.0, 10.005), (20.0, 40.0)))
    spark = sparkline(run)
    assert spark.count(FAILED) == pytest.approx(len(spark) / 3, abs=2)
    assert SOME_FAILED in spark[: len(spark) // 3]
