"""Direct routing over IPv6: neighbour discovery for ARP, VRRP version 3 from link-local addresses, and one VIP."""

from collections import Counter
from ipaddress import ip_address

import pytest

from lvslab.history import Advert
from lvslab.pytest_plugin import LabUnderTest
from lvslab.wait import wait_for

pytestmark = [pytest.mark.lab("lvs-dr-ipv6"), pytest.mark.thorough]
WEBS = ("web1", "web2")
DIRECTORS = ("director1", "director2")
LISTEN = 2.0
TAKEN_OVER = 15.0
NOTICED = 30.0
BACK_UP = 300.0
SILENT = (2.61, 3.61)
"""Seconds without a master after a crash: 3 × 1 s + 157/256 s, less up to one interval (RFC 5798, section 6.1)."""
SLACK = 0.5
each_web = pytest.mark.parametrize("web", WEBS)


def is_answered(lab: LabUnderTest) -> bool:
    """Whether the client's requests are answered by both web servers."""
    try:
        return set(lab.client.shares(4)) == set(WEBS)
    except OSError:
        return False


def test_connections_alternate(lab: LabUnderTest) -> None:
    """Round robin gives every other connection to the same web server; all of it is IPv6."""
    servers = [answer.server for answer in lab.client.get(20)]
    assert Counter(servers) == {"web1": 10, "web2": 10}
    assert servers == servers[:2] * 10
    assert ip_address(lab.vip).version == 6


def test_requests_go_to_the_master_and_replies_come_from_web_servers(lab: LabUnderTest) -> None:
    """As in direct routing over IPv4, by the MAC addresses of the frames."""
    with lab.client.wire() as wire:
        lab.client.get(4)
        segments = wire.segments()
    there = {each.frame.destination for each in segments if each.destination == f"[{lab.vip}]:80"}
    back = {each.frame.source for each in segments if each.source == f"[{lab.vip}]:80"}
    assert there == {lab.mac("director1")}
    assert back == {lab.mac(web) for web in WEBS}


@pytest.mark.parametrize("director", DIRECTORS)
def test_both_directors_have_the_table(lab: LabUnderTest, director: str) -> None:
    """ipvsadm prints addresses of IPv6 in brackets, and each real server is found by them."""
    (service,) = lab.ipvs(director)
    assert (service.protocol, service.address, service.scheduler) == ("TCP", f"[{lab.vip}]:80", "rr")
    assert {name: row.forwarding for name, row in lab.real_servers(director).items()} == {"web1": "DR", "web2": "DR"}


def test_only_the_holder_answers_for_the_vip(lab: LabUnderTest) -> None:
    """A client that has forgotten everybody asks the VIP's multicast group; the master alone answers."""
    lab.client.run("ip", "-6", "neighbour", "flush", "all")
    with lab.client.wire() as wire:
        lab.client.get(2)
        told = {arp.sender_mac for arp in wire.arps(LISTEN) if arp.operation == 2 and arp.sender == lab.vip}
    assert told == {lab.mac("director1")}
    assert lab.client.neighbour(lab.vip) == lab.mac("director1")


@each_web
def test_a_web_server_asked_to_its_face_does_not_answer_for_the_vip(lab: LabUnderTest, web: str) -> None:
    """Its VIP is on lo, where no question comes in; for its own address it answers."""
    with lab.client.wire() as wire:
        wire.ask_who_has(lab.vip, lab.address("client"), destination=lab.mac(web))
        wire.ask_who_has(lab.address(web), lab.address("client"), destination=lab.mac(web))
        seen = {arp.sender for arp in wire.arps(LISTEN) if arp.operation == 2 and arp.sender_mac == lab.mac(web)}
    # now and then a director asks whether its link-local address is still there, and is answered as well
    assert lab.address(web) in seen and lab.vip not in seen


@each_web
def test_a_web_server_never_asks_in_the_vips_name(lab: LabUnderTest, web: str) -> None:
    """When it answers from the VIP, it asks for the client's MAC address from another address of eth1."""
    lab.node(web).check_output("ip -6 neighbour flush to %s", lab.address("client"))
    with lab.client.wire() as wire:
        lab.client.get(4)
        asked = [arp for arp in wire.arps(LISTEN) if arp.operation == 1 and arp.sender_mac == lab.mac(web)]
    assert asked
    assert lab.vip not in {arp.sender for arp in asked}


@each_web
def test_the_vip_is_on_lo_and_is_not_tentative(lab: LabUnderTest, web: str) -> None:
    """On lo nobody is asked whether an address is taken; no ARP settings are there."""
    node = lab.node(web)
    rows = node.check_output("ip -6 -oneline address show to %s", f"{lab.vip}/128").splitlines()
    assert [row.split()[1] for row in rows] == ["lo"]
    assert "tentative" not in rows[0] and "dadfailed" not in rows[0]
    assert not node.file("/etc/sysctl.d/60-lvs-real-server.conf").exists


def test_keepalived_adds_the_vip_without_asking_who_has_it(lab: LabUnderTest) -> None:
    """An address that moves cannot wait for duplicate address detection."""
    row = lab.node("director1").check_output("ip -6 -oneline address show dev eth1 to %s", f"{lab.vip}/128")
    assert "nodad" in row
    assert "tentative" not in row


def test_adverts_are_of_version_3_from_the_masters_link_local_address(lab: LabUnderTest) -> None:
    """RFC 5798, section 5.1.2.1; and the capture knows them for what they are."""
    with lab.probe(rate=10) as probe:
        wait_for(lambda: is_answered(lab), within=5, what="answers")
        lab.client.run("sleep", "3")
    adverts = probe.history.of(Advert)
    assert adverts
    assert {(each.node, each.version, each.priority, each.interval) for each in adverts} == {
        ("director1", 3, 100, 1.0)
    }
    assert all(ip_address(each.source).is_link_local for each in adverts)
    assert {each.addresses for each in adverts} == {(lab.vip,)}


def test_the_access_log_names_the_client_and_the_vip(lab: LabUnderTest) -> None:
    """nginx listens on both families, and the address that was asked is its own."""
    lab.client.get(2, path="/?named")
    line = lab.node("web1").check_output("grep '/?named' /var/log/nginx/access.log | tail -n 1")
    assert f" client={lab.address('client')}:" in line
    assert f" vip={lab.vip}:80 status=200" in line


def test_a_director_in_direct_routing_is_no_router(lab: LabUnderTest) -> None:
    """It passes frames on, and forwards nothing."""
    for director in DIRECTORS:
        assert lab.node(director).check_output("sysctl -n net.ipv6.conf.all.forwarding") == "0"


@pytest.mark.usefixtures("restored")
def test_the_client_learns_the_new_master_by_an_unsolicited_advertisement(lab: LabUnderTest) -> None:
    """The new master tells all nodes; the client's neighbour cache follows, and requests are shared again."""
    lab.client.get(2)
    with lab.client.wire() as wire:
        lab.node("director1").check_output("systemctl stop keepalived")
        told = (arp for arp in wire.arps(TAKEN_OVER) if arp.is_gratuitous and arp.sender == lab.vip)
        assert next(arp for arp in told if arp.sender_mac != lab.mac("director1")).sender_mac == lab.mac("director2")
    wait_for(lambda: lab.client.neighbour(lab.vip) == lab.mac("director2"), within=5, what="the client's cache")
    assert lab.holders() == ("director2",)
    wait_for(lambda: is_answered(lab), within=TAKEN_OVER, what="answers")
    assert lab.client.shares(10) == {"web1": 5, "web2": 5}


@pytest.mark.usefixtures("restored")
def test_a_crash_costs_what_version_3_says(lab: LabUnderTest) -> None:
    """The master's power is cut: the outage is what the backup waits, and no request is answered meanwhile."""
    with lab.probe(rate=50) as probe:
        lab.client.get(2)
        lab.inject("node.power-off", "director1")
        wait_for(lambda: lab.holders() == ("director2",), within=TAKEN_OVER, what="director2 does not take over")
        wait_for(lambda: is_answered(lab), within=TAKEN_OVER, what="answers")
    low, high = SILENT
    assert low - SLACK <= probe.longest_outage_ms / 1000 <= high + SLACK


@pytest.mark.usefixtures("recovers")
def test_a_stopped_web_server_is_left_out_until_it_is_back(lab: LabUnderTest) -> None:
    """Health checks are of IPv6 as well."""
    lab.node("web1").check_output("systemctl stop nginx")
    wait_for(lambda: set(lab.real_servers("director1")) == {"web2"}, within=NOTICED, what="web1 is in the table")
    assert lab.client.shares(6) == {"web2": 6}
    lab.node("web1").check_output("systemctl start nginx")
    wait_for(lambda: set(lab.real_servers("director1")) == set(WEBS), within=NOTICED, what="web1 is not in the table")
    assert lab.client.shares(6) == {"web1": 3, "web2": 3}


@pytest.mark.usefixtures("recovers")
def test_nodes_that_boot_again_have_their_addresses(lab: LabUnderTest) -> None:
    """networkd gives them their own, a link-local one, and the VIP on lo; keepalived finds what to advert from."""
    with lab.fault("node.power-off", "web1", "director1"):
        lab.disconnect("web1", "director1")
    lab.wait_as_expected(BACK_UP)
    assert {key: outcome.steps for key, outcome in lab.plan().items() if outcome.steps} == {}


def test_provisioning_again_finds_nothing_to_do(lab: LabUnderTest) -> None:
    """What is there is what the lab file says."""
    assert {name: outcome.steps for name, outcome in lab.plan().items() if outcome.steps} == {}
