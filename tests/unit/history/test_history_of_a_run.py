"""A history in memory, and the folder that it is kept in."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from lvslab.errors import UsageError
from lvslab.history import Attempt, Fault, History, Phase, Run, RunFolder, Stall
from lvslab.history.history import Span

RUN = Run("power-off", "lvs-dr", "a", "2026-11-20T10:00:00Z", 1, 2)
NOON = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)


def test_events_are_in_order_of_their_time() -> None:
    """Several writers wrote them."""
    history = History([Phase(9, "after"), Phase(1, "before"), RUN])
    assert [event.t for event in history.events] == [0, 1, 9]


def test_phases_reach_to_the_next_one() -> None:
    """The mark named end only ends the last."""
    history = History([Phase(0, "before"), Phase(10, "fault"), Phase(30, "end"), Stall(40, 1)])
    assert history.phases == (Span("before", 0, 10), Span("fault", 10, 30))


def test_a_last_phase_without_an_end_reaches_to_the_last_event() -> None:
    """A run that was cut short."""
    assert History([Phase(0, "before"), Stall(40, 1)]).phases == (Span("before", 0, 41),)


def test_a_history_without_marks_has_no_phases() -> None:
    """Nothing is made up."""
    assert History([RUN]).phases == ()


def test_a_span_holds_its_start_and_not_its_end() -> None:
    """So a moment is in one phase only."""
    span = Span("fault", 10, 20)
    assert [span.holds(t) for t in (9, 10, 19, 20)] == [False, True, True, False]


def steps(fault: str, **moments: int) -> list[Fault]:
    """Return the steps of a fault."""
    return [Fault(t, fault, action, "node.pause") for action, t in moments.items()]


def test_a_fault_reaches_from_its_injection_to_its_healing() -> None:
    """Two at once are told apart by their ids."""
    first = steps("1", injecting=10, injected=12, healing=40, healed=44)
    second = steps("2", injecting=20, injected=21, healing=30, healed=33)
    found = History([*first, *second]).faults
    assert [(each.start, each.injected, each.healing, each.end) for each in found] == [
        (10, 12, 40, 44),
        (20, 21, 30, 33),
    ]


def test_a_fault_that_was_never_healed_reaches_to_the_runs_end() -> None:
    """Its healing is None."""
    (found,) = History([*steps("1", injecting=10), Stall(99, 1)]).faults
    assert (found.injected, found.healing, found.end) == (None, None, 99)


def test_the_probers_attempts_are_those_of_no_other_stream() -> None:
    """Load is not on a schedule."""
    assert len(History([Attempt(1, 1), Attempt(2, 2, stream="locust")]).attempts) == 1


def test_a_history_without_its_header_says_so() -> None:
    """It was cut at its head."""
    with pytest.raises(UsageError, match="no run in its first line"):
        _ = History([]).run


def test_a_runs_folder_is_named_by_its_time_and_latest_names_it(tmp_path: Path) -> None:
    """Two in the same second are told apart."""
    first, second = (RunFolder.make(tmp_path, "power-off", NOON) for _ in range(2))
    assert first.path.name == "2026-11-20T120000Z"
    assert second.path.name == "2026-11-20T120000Z-2"
    assert (tmp_path / "power-off" / "latest").resolve() == second.path


def test_what_was_added_is_read_again(tmp_path: Path) -> None:
    """In several goes, as a run writes it."""
    folder = RunFolder.make(tmp_path, "power-off", NOON)
    folder.add([RUN])
    folder.add([Phase(1, "before"), Phase(5, "end")])
    assert folder.read().phases == (Span("before", 1, 5),)


def test_a_run_is_found_by_folder_history_or_drill(tmp_path: Path) -> None:
    """A drill's name means its latest run."""
    folder = RunFolder.make(tmp_path, "power-off", NOON)
    folder.add([RUN])
    for word in (str(folder.path), str(folder.history), "power-off", f"power-off/{folder.path.name}"):
        assert RunFolder.find(word, tmp_path).path == folder.path


def test_a_run_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    """Nobody has to look for them."""
    folder = RunFolder.make(tmp_path, "power-off", NOON)
    folder.add([RUN])
    with pytest.raises(UsageError) as caught:
        RunFolder.find("power-on", tmp_path)
    assert caught.value.details == [str(folder.path)]
