"""Direct routing with two routers: each of them sees one half of a connection, and never the other."""

from collections import Counter

import pytest

from lvslab.pytest_plugin import LabUnderTest
from lvslab.pytest_plugin.wire import TCP, Frame, Packet
from lvslab.wait import wait_for

pytestmark = [pytest.mark.lab("lvs-dr-routers"), pytest.mark.thorough]
SERVERS = ("web1", "web2", "nfs")
HANDED_ON = 5.0


def test_three_servers_answer_in_turn_each_with_its_own_page(lab: LabUnderTest) -> None:
    """Equal shares, the same order again and again, and a page that says whose it is."""
    answers = lab.client.get(12)
    assert Counter(answer.server for answer in answers) == dict.fromkeys(SERVERS, 4)
    servers = [answer.server for answer in answers]
    assert servers == servers[:3] * 4
    assert all(f"<h1>lvs-dr-routers: {answer.server}</h1>" in answer.body for answer in answers)


def test_requests_come_in_by_router_a_and_replies_leave_by_router_b(lab: LabUnderTest) -> None:
    """Router A passes on what is for the VIP and nothing else, router B what is from the VIP and nothing else."""
    with lab.client.wire("lan", host="router-a") as a, lab.client.wire("lan", host="router-b") as b:
        lab.client.get(6)
        ours = {name: [each for each in wire.packets() if is_ours(lab, each)] for name, wire in (("a", a), ("b", b))}
    seen = {name: Counter(each.destination == lab.vip for each in packets) for name, packets in ours.items()}
    assert seen["a"].keys() == {True}
    assert seen["b"].keys() == {False}
    assert seen["a"][True] >= 24  # SYN, ACK, GET and FIN of each of six
    assert seen["b"][False] >= 18  # SYN and ACK, the page and FIN of each


def is_ours(lab: LabUnderTest, each: Packet) -> bool:
    """Whether a packet is of a connection between the client and the VIP."""
    ends = {each.source, each.destination}
    return each.protocol == TCP and ends == {lab.vip, lab.address("client", "outside")}


def test_the_director_hands_a_packet_on_as_it_is(lab: LabUnderTest) -> None:
    """On the servers' network each packet for the VIP is there twice: to the master, then from it to a server."""
    master, servers = lab.mac("director1", "lan"), [lab.mac(name, "lan") for name in SERVERS]
    frames: list[Frame] = []

    def all_handed_on() -> bool:
        frames.extend(each.frame for each in wire.packets() if is_ours(lab, each) and each.destination == lab.vip)
        to = Counter(frame.destination for frame in frames)
        return to.keys() == {master, *servers} and to[master] == sum(to[mac] for mac in servers)

    with lab.client.wire("lan", host=None) as wire:
        lab.client.get(3)
        # the last of them is on its way to the master, or on from there, when the client has its page
        wait_for(all_handed_on, within=HANDED_ON, what="the master has packets that it has not handed on", every=0.1)
    assert {frame.source for frame in frames if frame.destination != master} == {master}
