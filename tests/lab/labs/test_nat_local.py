"""LVS-NAT with a director that is a real server: what the scheduler gives to itself never leaves the machine."""

from collections import Counter

import pytest

from lvslab.pytest_plugin import LabUnderTest

pytestmark = [pytest.mark.lab("lvs-nat-local"), pytest.mark.thorough]
SERVERS = {"web1", "web2", "nfs", "director1"}


def test_the_director_answers_beside_the_others(lab: LabUnderTest) -> None:
    """All four servers answer, each with a page of its own."""
    answers = lab.client.get(40)
    assert {answer.server for answer in answers} == SERVERS
    assert all(f"<title>lvs-nat-local: {answer.server}</title>" in answer.body for answer in answers)


def test_least_connections_gives_idle_servers_equal_shares(lab: LabUnderTest) -> None:
    """With nobody busy, no server gets more than a few connections above another."""
    shares = Counter(answer.server for answer in lab.client.get(80))
    assert max(shares.values()) - min(shares.values()) <= 8


def test_what_the_director_answers_itself_is_not_sent_inside(lab: LabUnderTest) -> None:
    """The inside network sees the connections of the three others, and none for the director's own address."""
    client = lab.address("client", "outside")
    with lab.client.wire("inside", host=None) as wire:
        answered = Counter(answer.server for answer in lab.client.get(20))
        packets = wire.packets()
    assert answered["director1"] > 0
    passed = {each.destination for each in packets if each.source == client}
    assert passed == {lab.address(name, "inside") for name in SERVERS - {"director1"}}
