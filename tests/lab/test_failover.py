"""Failover: a web server's httpd is stopped, then the master's keepalived; the client asks all the while."""

import time
from collections.abc import Iterator

import pytest
from harness.asking import Asking
from harness.settled import wait_for_holder, wait_for_tables

from lvslab.pytest_plugin import LabUnderTest
from lvslab.wait import wait_for

# delay_loop 2 s, retry 1 after 1 s: 3 s and some; httpd itself takes its time to stop and to start
NOTICED = 30.0
TAKEN_OVER = 30.0
ENOUGH = 20  # requests


@pytest.fixture
def asking(lab: LabUnderTest) -> Iterator[Asking]:
    """Return a client that asks the VIP every 100 ms during the test."""
    with Asking(lab.vip, lab.model.virtual_services[0].port) as asking:
        yield asking


def passed_on(lab: LabUnderTest, director: str) -> int:
    """Return how many connections a director has passed on, as its counters say, which lag by up to 2 s."""
    return sum(row.connections for row in lab.real_servers(director).values())


def next_answers(asking: Asking, count: int = ENOUGH) -> list[str]:
    """Return who answers the next requests; each of them must be answered."""
    now = time.monotonic()
    tries = wait_for(lambda: asking.since(now)[count - 1 :] and asking.since(now), within=60, what="requests")
    assert [each for each in tries if each.error] == []
    return [each.server for each in tries]


@pytest.mark.usefixtures("recovers")
def test_a_web_server_without_httpd_is_taken_out_and_back_in(lab: LabUnderTest, asking: Asking) -> None:
    """Removed from both tables, no request fails after that and all go to the other; back, it has its half again."""
    web1 = lab.node("web1")
    web1.check_output("systemctl stop apache2")
    wait_for_tables(lab, NOTICED, "web2")
    assert set(next_answers(asking)) == {"web2"}
    web1.check_output("systemctl start apache2")
    wait_for_tables(lab, NOTICED, "web1", "web2")
    shares = next_answers(asking, 2 * ENOUGH)
    assert abs(shares.count("web1") - shares.count("web2")) <= 1


@pytest.mark.usefixtures("recovers")
def test_the_backup_takes_over_and_the_master_takes_back(lab: LabUnderTest, asking: Asking) -> None:
    """VIP and table go to the backup when keepalived stops on the master, and return when it starts again."""
    next_answers(asking, 2)
    lab.node("director1").check_output("systemctl stop keepalived")
    wait_for_holder(lab, TAKEN_OVER, "director2")
    assert lab.ipvs("director1") == ()
    before = passed_on(lab, "director2")
    assert set(next_answers(asking)) == {"web1", "web2"}
    wait_for(lambda: passed_on(lab, "director2") - before >= ENOUGH, within=TAKEN_OVER, what="director2's counters")
    lab.node("director1").check_output("systemctl start keepalived")
    wait_for_holder(lab, TAKEN_OVER, "director1")
    lab.wait_as_expected()
    assert set(next_answers(asking)) == {"web1", "web2"}


@pytest.mark.usefixtures("restored")
def test_the_client_learns_the_new_holder_by_gratuitous_arp(lab: LabUnderTest) -> None:
    """The new master tells everybody unasked; the client's ARP cache follows though it asked for nothing."""
    lab.client.get()
    assert lab.client.neighbour(lab.vip) == lab.mac("director1")
    with lab.client.wire() as wire:
        lab.node("director1").check_output("systemctl stop keepalived")
        # the old master tells of itself once more five seconds after it took the VIP: that may be now
        told = (arp for arp in wire.arps(TAKEN_OVER) if arp.is_gratuitous and arp.sender == lab.vip)
        assert next(arp for arp in told if arp.sender_mac != lab.mac("director1")).sender_mac == lab.mac("director2")
    wait_for(
        lambda: lab.client.neighbour(lab.vip) == lab.mac("director2"),
        within=TAKEN_OVER,
        what="the client's ARP cache",
        seen=lambda: str(lab.client.neighbour(lab.vip)),
    )
    assert lab.client.shares(10).keys() == {"web1", "web2"}
