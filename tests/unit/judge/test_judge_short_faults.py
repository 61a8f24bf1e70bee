"""Faults that are over before the timers that notice them."""

import pytest

from lvslab.judge import Verdict
from tests.unit.judge.histories import drill, fault, gone, quiet
from tests.unit.judge.looking import only


@pytest.mark.parametrize(("outage", "expected"), [(1890, Verdict.PASS), (1990, Verdict.PASS), (1800, Verdict.FAIL)])
def test_a_fault_that_ends_before_the_timers_costs_no_longer_than_it_lasts(outage: int, expected: Verdict) -> None:
    """Who is sent in its last tenth of a second is answered after it: packets wait where a machine is paused."""
    run = quiet(20, gone((6010, 6010 + outage)))
    run.faults = fault("node.pause", 5990, 8020)
    told = only(run, "outage", drill(fault="node.pause"))
    assert told.verdict is expected
