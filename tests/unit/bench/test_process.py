"""Timed processes: what they said and when, and their end."""

import sys

import pytest

from lvslab.bench import course, process
from lvslab.bench.process import Timed
from lvslab.errors import UnusableError

UP = Timed(
    33.0,
    "",
    (
        (0.5, "   0.0 s  raising 5 machines (tcg: forced)"),
        (9.0, "   8.5 s    director1 starts"),
        (20.5, "  20.0 s  provisioning"),
        (30.5, "  30.0 s  keeping a snapshot"),
    ),
)


def test_the_moment_of_a_stage_is_when_it_was_said_first() -> None:
    """On the bench's own clock, from the start of the process."""
    assert UP.moment("keeping a snapshot") == 30.5


def test_a_stage_that_never_came_is_the_end() -> None:
    """A lab-up that says nothing is measured whole."""
    assert UP.moment("something else") == 33.0


def test_stages_are_told_with_their_lengths() -> None:
    """News within a stage are no stages."""
    assert (
        course.stages(UP) == "raising 5 machines (tcg: forced) 20.0 s, provisioning 10.0 s, keeping a snapshot 2.5 s"
    )


def test_a_process_is_timed_with_both_outputs_apart() -> None:
    """Data on stdout, lines with their moments from stderr."""
    code = "import sys; print('data'); print('news', file=sys.stderr)"
    done = process.timed([sys.executable, "-c", code], "test")
    assert done.output == "data\n"
    assert [line for _, line in done.lines] == ["news"]
    assert 0 < done.lines[0][0] <= done.seconds


def test_a_process_that_fails_is_an_error_with_its_last_lines() -> None:
    """What it said is what helps."""
    code = "import sys; print('the reason', file=sys.stderr); sys.exit(4)"
    with pytest.raises(UnusableError, match="test: exit status 4") as caught:
        process.timed([sys.executable, "-c", code], "test")
    assert caught.value.details == ["the reason"]


def test_an_exit_status_that_is_fine_is_no_error() -> None:
    """A drill that failed was run all the same."""
    assert process.timed([sys.executable, "-c", "import sys; sys.exit(1)"], "test", fine=(0, 1)).output == ""


def test_output_that_is_no_json_is_an_error_with_its_end() -> None:
    """A bench of hours does not end with a traceback."""
    with pytest.raises(UnusableError, match="lvslab load: no JSON") as caught:
        process.parsed("one\ntwo\n", "lvslab load")
    assert caught.value.details == ["one", "two"]


def test_a_child_is_not_told_that_it_may_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its stages come as lines only off a terminal."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    done = process.timed([sys.executable, "-c", "import os; print('FORCE_COLOR' in os.environ)"], "test")
    assert done.output == "False\n"
