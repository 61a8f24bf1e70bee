"""The machine: what /proc says of it, and how busy it was."""

from lvslab.bench import machine

# the first line of /proc/stat, a second apart, on 2 processors of which one was at work
BEFORE = "cpu  1000 0 500 8000 100 0 10 0 0 0\ncpu0 500 0 250 4000 50 0 5 0 0 0\n"
AFTER = "cpu  1090 0 510 8095 105 0 10 0 0 0\ncpu0 590 0 260 4000 50 0 5 0 0 0\n"


def test_busy_is_the_share_of_time_that_was_neither_idle_nor_waiting_for_a_disk() -> None:
    """100 of 200 ticks."""
    assert machine.busy_share(BEFORE, AFTER) == 0.5


def test_a_machine_seen_twice_at_the_same_moment_is_not_busy() -> None:
    """There is nothing to divide by."""
    assert machine.busy_share(BEFORE, BEFORE) == 0.0


def test_a_field_of_proc_is_found_by_its_whole_name() -> None:
    """Model is not model name."""
    text = "processor\t: 0\nmodel\t\t: 106\nmodel name\t: Some CPU: fast\n"
    assert machine.field(text, "model name") == "Some CPU: fast"
    assert machine.field(text, "name") == ""
