"""The time axis of a page, and what there is room for on it."""

import pytest

from lvslab.report.page.axis import MOST_BUCKETS, WIDTHS, Axis, room_for, room_for_words
from lvslab.report.record import SECOND

MINUTE = Axis(0, 60 * SECOND, 20 * SECOND)


def test_a_moment_has_the_same_place_for_every_track() -> None:
    """In per cent from the axis's start, and never outside of it."""
    assert [MINUTE.at(t * SECOND) for t in (-5, 0, 15, 60, 99)] == [0, 0, 25, 100, 100]


@pytest.mark.parametrize("seconds", [1, 9, 24, 60, 120, 600, 3600, 100_000])
def test_there_are_never_more_buckets_than_a_page_can_show(seconds: int) -> None:
    """A longer run has wider buckets, and all of it is in one of them."""
    axis = Axis(0, seconds * SECOND, 0)
    assert axis.buckets <= MOST_BUCKETS + 1
    assert axis.edge(0) == 0
    assert axis.edge(axis.buckets) == axis.end
    assert axis.bucket_of(axis.end) == axis.buckets - 1


def test_ticks_are_at_round_seconds_from_the_fault() -> None:
    """Zero is the fault, and each moment has one tick."""
    ticks = {tick.words: tick for tick in MINUTE.ticks()}
    assert ticks["0"].at == pytest.approx(100 / 3, abs=0.01)
    assert {"-20 s", "-10 s", "+5 s", "+1 s", "+0.5 s", "+40 s"} <= set(ticks)
    places = [tick.at for tick in MINUTE.ticks()]
    assert len(places) == len(set(places))


def test_finer_ticks_want_a_wider_page() -> None:
    """Those at 30 s are there on a phone, those at a second only when it is zoomed."""
    room = {tick.words: int(tick.room[1:] or 0) if tick.room else 0 for tick in MINUTE.ticks()}
    assert room["+30 s"] < room["+10 s"] < room["+5 s"] < room["+1 s"] < room["+0.5 s"]
    assert room["+10 s"] <= 390
    assert room["+1 s"] > 1280


def test_a_long_run_has_no_more_ticks_than_it_needs() -> None:
    """An hour is not ticked every second."""
    hour = Axis(0, 3600 * SECOND, 0)
    assert len(list(hour.ticks())) < 1000
    assert "+600 s" in {tick.words for tick in hour.ticks()}


def test_words_are_hidden_where_they_do_not_fit() -> None:
    """The class names the width of the plot from which on there is room."""
    assert room_for(80, 1.0) == ""
    assert room_for(80, 0.1) == f"w{next(width for width in WIDTHS if width >= 800)}"
    assert room_for(80, 1e-6) == "never"
    assert room_for_words("a word", 0) == "never"
