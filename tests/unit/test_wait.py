"""Waiting for a state, with a deadline and what was seen last."""

import time

import pytest

from lvslab.errors import NodeError, UnusableError
from lvslab.wait import Deadline, wait_for


def test_what_was_found_is_returned() -> None:
    """The probe is asked again until it finds something."""
    found = iter([None, 0, "", "there"])
    assert wait_for(lambda: next(found), within=5, what="x", every=0.001) == "there"


def test_a_wait_in_vain_tells_what_was_seen_last() -> None:
    """The message names the object, the state and the time; the hint is passed on."""
    with pytest.raises(NodeError, match=r"^director1: keepalived is BACKUP after 0\.0 s$") as caught:
        wait_for(
            lambda: None,
            within=0.02,
            what="director1",
            seen=lambda: "keepalived is BACKUP",
            every=0.005,
            error=NodeError,
            hint="lvslab status",
        )
    assert caught.value.hint == "lvslab status"


def test_no_time_is_still_one_look() -> None:
    """What is there already is found, whatever the deadline."""
    assert wait_for(lambda: True, within=0, what="x")
    with pytest.raises(UnusableError, match="x: nothing after"):
        wait_for(lambda: False, within=0, what="x")


def test_a_deadline_passes_once() -> None:
    """Seconds that are left are never below none."""
    assert Deadline(60).left > 59
    passed = Deadline(0.001)
    time.sleep(0.002)
    assert (passed.left, passed.has_passed) == (0.0, True)
