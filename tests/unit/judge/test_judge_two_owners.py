"""What the end of a split brain may cost, and when it cannot be told."""

import pytest

from lvslab.judge import Verdict
from tests.unit.judge.histories import (
    SECOND,
    Watched,
    drill,
    fault,
    gone,
    quiet,
)
from tests.unit.judge.looking import found


def vrrp_blocked(back: int) -> Watched:
    """Return a split brain from 6 to 9 s whose end leaves clients with the wrong ARP entry until ``back``, in ms."""
    run = quiet(80, gone((9010, back)))
    run.faults = fault("network.block", 5990, 9000, ("director1", "director2"), protocol="vrrp")
    return run


@pytest.mark.parametrize(
    ("back", "expected"), [(9011, Verdict.PASS), (40000, Verdict.PASS), (75000, Verdict.FAIL), (90000, Verdict.FAIL)]
)
def test_the_end_of_two_owners_may_cost_what_a_clients_arp_cache_takes(back: int, expected: Verdict) -> None:
    """53 s at worst, and a service that does not come back is none of that."""
    _, healed = found(vrrp_blocked(back), "outage", drill(fault="network.block"))
    assert healed.verdict is expected


def test_a_run_that_ends_before_the_service_is_back_cannot_tell() -> None:
    """It may have come back in time."""
    events = [event for event in vrrp_blocked(90000).events() if event.t < 30 * SECOND]
    _, healed = found(events, "outage", drill(fault="network.block"))
    assert healed.verdict is Verdict.INCONCLUSIVE
    assert "until the run ended" in healed.message
