"""What the end of a split brain may cost, and when it cannot be told."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from lvslab.history import Attempt
from lvslab.judge import Verdict
from tests.unit.judge.histories import (
    MS,
    SECOND,
    Watched,
    adverts,
    drill,
    failing,
    fault,
    gone,
    gratuitous,
    phases,
    quiet,
)
from tests.unit.judge.looking import found, only


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


def split(lost: int) -> Watched:
    """Return a split brain from 6 s on in which director2 takes the VIP at 9 s; the attempt of a number is reset."""
    run = quiet(30, failing(lost))
    run.faults = fault("network.block", 6000, 18000, ("director1", "director2"), protocol="vrrp")
    run.phases = phases(6000, 18000, 19000, 30000)
    run.adverts = sorted([*run.adverts, *adverts("director2", 9000, 18000)], key=lambda each: each.t)
    run.arps = [*gratuitous("director1", 0), *gratuitous("director2", 9000), *gratuitous("director2", 14000)]
    run.attempts = list(ended(run))
    return run


def ended(run: Watched) -> Iterator[Attempt]:
    """Yield the attempts; one that is reset ends after 5 ms."""
    for each in run.attempts:
        yield each if each.ok else replace(each, connected=each.sent + MS, done=each.sent + 5 * MS)


@pytest.mark.parametrize(
    ("lost", "expected"), [(900, Verdict.PASS), (1000, Verdict.FAIL), (1400, Verdict.FAIL), (850, Verdict.FAIL)]
)
def test_what_is_under_way_when_a_second_owner_first_speaks_may_be_lost(lost: int, expected: Verdict) -> None:
    """Its packets go on to a director that knows nothing of the connection; later ones begin there."""
    blocked = drill(fault="network.block")
    assert only(split(lost), "requests", blocked).verdict is expected


@pytest.mark.parametrize(
    ("lost", "error", "expected"),
    [
        ((894, 896, 898, 900), "reset", Verdict.PASS),
        ((894, 896, 898, 900), "refused", Verdict.FAIL),
        ((1000, 1001, 1002), "reset", Verdict.FAIL),
        ((894, 898, 1000, 1001), "reset", Verdict.FAIL),
    ],
)
def test_several_of_them_are_no_outage(lost: tuple[int, ...], error: str, expected: Verdict) -> None:
    """On a slow machine a request takes long: each is a piece by itself, and others are answered in between."""
    run = split(0)
    run.attempts = [
        replace(each, connected=each.sent + MS, done=max(each.sent + 5 * MS, 9000 * MS), error=error, server="")
        if number in lost
        else replace(each, error="", done=each.sent + 5 * MS)
        for number, each in enumerate(run.attempts)
    ]
    told = found(run, "outage", drill(fault="network.block"))[0]
    assert told.verdict is expected
    assert ("no outage, predicted none; 4 requests under way when the VIP moved" in told.message) is (
        expected is Verdict.PASS
    )


def test_what_broke_before_a_second_owner_spoke_is_an_outage() -> None:
    """The connection was not there any more: no second owner can have taken its packets."""
    run = split(0)
    run.attempts = [
        replace(each, connected=each.sent + MS, done=each.sent + 5 * MS, error="reset" if 850 <= number < 870 else "")
        for number, each in enumerate(run.attempts)
    ]
    told = found(run, "outage", drill(fault="network.block"))[0]
    assert told.verdict is Verdict.FAIL


@pytest.mark.parametrize("fault_name", ["process.freeze", "process.kill"])
@pytest.mark.parametrize(("lost", "expected"), [(900, Verdict.PASS), (1000, Verdict.FAIL), (850, Verdict.FAIL)])
def test_so_it_is_where_keepalived_falls_silent_and_its_kernel_goes_on(
    lost: int, expected: Verdict, fault_name: str
) -> None:
    """The old master forwards as before until the client is told of another one."""
    run = split(lost)
    run.faults = fault(fault_name, 6000, 18000, process="keepalived")
    assert only(run, "requests", drill(fault=fault_name)).verdict is expected


def test_a_director_that_speaks_on_another_network_is_no_second_owner() -> None:
    """The master of lvs-nat has one address outside and one inside, and a card for each."""
    inside = {"network": "inside", "virtual_router_id": 52, "mac": "52:54:00:01:00:fd"}
    gateway = {"network": "inside", "sender": "192.168.0.254", "target": "192.168.0.254"}
    run = split(850)
    run.arps += [replace(each, sender_mac=inside["mac"], **gateway) for each in gratuitous("director1", 8500)]
    assert only(run, "requests", drill(fault="network.block")).verdict is Verdict.FAIL
    run = split(700)
    run.adverts += [replace(each, t=each.t + MS, **inside) for each in adverts("director1", 0, 30000)]
    run.arps += gratuitous("director1", 7000)
    assert only(run, "requests", drill(fault="network.block")).verdict is Verdict.FAIL
