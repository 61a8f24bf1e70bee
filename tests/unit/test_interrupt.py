"""Ctrl-C, put off for as long as something would be left half done."""

import signal
import threading

import pytest

from lvslab.interrupt import put_off


def test_an_interrupt_waits_for_the_end_of_the_block() -> None:
    """The block runs to its end, and what was asked for happens then."""
    seen = []
    with pytest.raises(KeyboardInterrupt), put_off():
        signal.raise_signal(signal.SIGINT)
        seen.append("end")
    assert seen == ["end"]


def test_without_an_interrupt_nothing_happens() -> None:
    """The handler from before is back afterwards."""
    before = signal.getsignal(signal.SIGINT)
    with put_off():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_an_error_in_the_block_is_the_block_s_own() -> None:
    """The handler is back after that, too."""
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(OSError, match="gone"), put_off():
        raise OSError("gone")
    assert signal.getsignal(signal.SIGINT) is before


def test_a_thread_is_never_interrupted_and_need_not_be_guarded() -> None:
    """Signals are the main thread's; in another one the block simply runs."""
    seen: list[str] = []

    def work() -> None:
        with put_off():
            seen.append("ran")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == ["ran"]
