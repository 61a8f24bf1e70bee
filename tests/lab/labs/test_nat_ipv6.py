"""Address translation over IPv6: the gateway and the VIP move as one, and both sides learn of it."""

from collections import Counter

import pytest
from harness.settled import wait_for_holder

from lvslab.pytest_plugin import LabUnderTest
from lvslab.pytest_plugin.wire import Packet
from lvslab.wait import wait_for

pytestmark = [pytest.mark.lab("lvs-nat-ipv6"), pytest.mark.thorough]
WEBS = ("web1", "web2")
TAKEN_OVER = 15.0
TCP = 6


def test_connections_alternate(lab: LabUnderTest) -> None:
    """Round robin gives every other connection to the same web server."""
    servers = [answer.server for answer in lab.client.get(20)]
    assert Counter(servers) == {"web1": 10, "web2": 10}
    assert servers == servers[:2] * 10


def test_both_halves_of_a_connection_pass_the_director(lab: LabUnderTest) -> None:
    """Outside, every frame to and from the VIP has the master's MAC address at the other end."""
    with lab.client.wire("outside") as wire:
        lab.client.get(4)
        segments = wire.segments()
    to = {each.frame.destination for each in segments if each.destination == f"[{lab.vip}]:80"}
    back = {each.frame.source for each in segments if each.source == f"[{lab.vip}]:80"}
    assert to == back == {lab.mac("director1", "outside")}


def inside(lab: LabUnderTest, count: int) -> list[Packet]:
    """Ask the VIP and return what passed on the inside network between client and web servers."""
    client = lab.address("client", "outside")
    with lab.client.wire("inside", host=None) as wire:
        lab.client.get(count)
        seen = wire.packets()
    return [each for each in seen if each.protocol == TCP and client in (each.source, each.destination)]


def test_the_destination_of_a_request_is_translated_and_its_source_is_not(lab: LabUnderTest) -> None:
    """Inside, requests are for the web servers' own addresses, from the client's; replies go to the master."""
    client, seen = lab.address("client", "outside"), inside(lab, 4)
    asked = [each for each in seen if each.source == client]
    replied = [each for each in seen if each.destination == client]
    own = {lab.address(web, "inside") for web in WEBS}
    assert {each.destination for each in asked} == {each.source for each in replied} == own
    assert {each.frame.source for each in asked} == {lab.mac("director1", "inside")}
    assert {each.frame.destination for each in replied} == {lab.mac("director1", "inside")}


@pytest.mark.parametrize("director", ["director1", "director2"])
def test_directors_are_routers_of_ipv6_alone(lab: LabUnderTest, director: str) -> None:
    """Nothing else is forwarded than what the lab needs."""
    node = lab.node(director)
    assert node.check_output("sysctl -n net.ipv6.conf.all.forwarding net.ipv4.ip_forward").split() == ["1", "0"]


def wait_until_served_by(lab: LabUnderTest, director: str) -> None:
    """Return when one director holds both VIPs, and requests are answered by both web servers."""
    wait_for_holder(lab, TAKEN_OVER, director)

    def answered() -> bool:
        try:
            return set(lab.client.shares(4)) == set(WEBS)
        except OSError:
            return False

    wait_for(answered, within=TAKEN_OVER, what="answers", every=0.2)


@pytest.mark.usefixtures("recovers")
def test_both_addresses_move_when_keepalived_stops(lab: LabUnderTest) -> None:
    """Web servers learn the gateway's new MAC address, the client the VIP's; and all of it moves back."""
    lab.node("director1").check_output("systemctl stop keepalived")
    wait_until_served_by(lab, "director2")
    assert {each.frame.destination for each in inside(lab, 4) if each.source != lab.address("client", "outside")} == {
        lab.mac("director2", "inside")
    }
    lab.node("director1").check_output("systemctl start keepalived")
    wait_until_served_by(lab, "director1")
    lab.wait_as_expected()


def test_provisioning_again_finds_nothing_to_do(lab: LabUnderTest) -> None:
    """What is there is what the lab file says, routes of IPv6 included."""
    assert {name: outcome.steps for name, outcome in lab.plan().items() if outcome.steps} == {}
