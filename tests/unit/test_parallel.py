"""One thing done to many at once."""

import threading

import pytest

from lvslab.parallel import at_once


def test_results_come_in_the_order_of_the_items() -> None:
    """Whoever is done first, the first item's result stands first."""
    last_is_done = threading.Event()

    def work(number: int) -> int:
        if number == 3:
            last_is_done.set()
        assert last_is_done.wait(10)
        return number * 10

    assert at_once(work, [1, 2, 3]) == [10, 20, 30]


def test_all_items_are_worked_on_at_the_same_time() -> None:
    """However many there are, none waits for another's end."""
    together = threading.Barrier(20, timeout=10)
    assert len(at_once(lambda _: together.wait(), range(20))) == 20


def test_a_failure_is_raised_while_others_still_work() -> None:
    """Nobody waits for those that wait for the one that failed."""
    release = threading.Event()

    def work(name: str) -> None:
        if name == "fails":
            raise OSError("gone")
        release.wait(10)

    with pytest.raises(OSError, match="gone"):
        at_once(work, ["waits", "fails"])
    release.set()


def test_of_several_failures_one_is_raised() -> None:
    """One that happened, as it is."""
    together = threading.Barrier(2, timeout=10)

    def work(name: str) -> None:
        together.wait()
        raise OSError(name)

    with pytest.raises(OSError, match=r"^[ab]$"):
        at_once(work, ["a", "b"])


def test_nothing_to_do_is_done() -> None:
    """No items, no threads, no error."""
    assert at_once(str, []) == []
