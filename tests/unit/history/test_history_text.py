"""Events as lines of JSON."""

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvslab.errors import UsageError
from lvslab.history import Attempt, DirectorSample, Event, Phase, Row, Run, text

RUN = Run("power-off", "lvs-dr", "a", "2026-11-20T10:00:00Z", 1, 2, "tcg", 100.0)


@given(st.one_of([st.from_type(kind) for kind in get_args(Event)]))
def test_every_event_is_read_as_it_was_written(event: Event) -> None:
    """Whatever its values; the schema's version is the header's own matter."""
    if isinstance(event, Run):
        event = RUN
    line = text.line(event)
    assert "\n" not in line
    # not a number is nobody's equal, but it reads the same
    assert repr(list(text.events([line]))) == repr([event])


def test_what_has_its_default_value_is_left_out() -> None:
    """A run has tens of thousands of lines."""
    assert json.loads(text.line(Attempt(5, 6))) == {"kind": "attempt", "t": 5, "sent": 6}


def test_the_header_always_tells_the_schemas_version() -> None:
    """Years later a reader has to know it."""
    assert json.loads(text.line(RUN))["schema_version"] == 1


def test_a_directors_rows_are_rows_again() -> None:
    """They are a table within an event."""
    sample = DirectorSample(1, "director1", 2, rows=(Row("http", "web1", 1, 0, 0, 7),))
    (again,) = text.events([text.line(sample)])
    assert isinstance(again, DirectorSample)
    assert again.rows[0].connections == 7


def test_a_last_line_that_was_cut_short_is_passed_over() -> None:
    """A run that was killed leaves such a one."""
    lines = [text.line(RUN) + "\n", '{"kind":"phase","t":']
    assert list(text.events(lines)) == [RUN]


@pytest.mark.parametrize(
    "bad",
    ["{", "[]", "7", '{"t": 1}', '{"kind":"nothing","t":1}', '{"kind":"phase"}', '{"kind":"phase","t":1,"x":2}'],
)
def test_a_line_that_is_no_event_is_told_with_its_number(bad: str) -> None:
    """Wherever it is but at the cut end."""
    with pytest.raises(UsageError, match=r"history.jsonl:2: this is no event"):
        list(text.events([text.line(RUN) + "\n", bad + "\n", text.line(Phase(1, "before")) + "\n"]))


def test_a_history_of_a_newer_schema_is_refused() -> None:
    """Its words may mean something else."""
    newer: dict[str, Any] = {**json.loads(text.line(RUN)), "schema_version": 99}
    with pytest.raises(UsageError, match="schema_version 99 is newer"):
        list(text.events([json.dumps(newer) + "\n"]))


def test_empty_lines_are_passed_over() -> None:
    """An editor may leave one."""
    assert list(text.events(["\n", text.line(RUN) + "\n", "\n"])) == [RUN]
