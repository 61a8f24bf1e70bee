"""LVS-TUN: requests travel to another network in a second IP packet, replies come back without the director."""

import hashlib
import http.client
from pathlib import Path

import pytest
from harness.drilling import assert_as_predicted, drilled
from harness.holding import LARGE as LARGE_PAGE
from harness.holding import Download, put_pages, wait_until_known

from lvslab.host import client
from lvslab.pytest_plugin import LabUnderTest
from lvslab.pytest_plugin.wire import IPIP, TCP, Packet, packet
from lvslab.wait import wait_for

pytestmark = pytest.mark.lab("lvs-tun")
WEBS = ("web1", "web2")
LARGE = 2**20
ICMP = 1
TUNNEL_SEGMENT = 1440
TAKEN_OVER = 20.0


def test_connections_alternate(lab: LabUnderTest) -> None:
    """Round robin, as with any other forwarding method."""
    assert lab.client.shares(20) == {"web1": 10, "web2": 10}


def outer_packets(lab: LabUnderTest) -> list[Packet]:
    """Ask the VIP and return the IP-in-IP packets that passed the far network."""
    with lab.client.wire("far", host="router") as wire:
        lab.client.get(4)
        return [each for each in wire.packets() if each.protocol == IPIP]


def test_requests_travel_in_a_second_packet(lab: LabUnderTest) -> None:
    """The outer packet is from the master to a web server; the inner one is from the client to the VIP, untouched."""
    outer = outer_packets(lab)
    assert {each.source for each in outer} == {lab.address("director1", "near")}
    assert {each.destination for each in outer} == {lab.address(web, "far") for web in WEBS}
    inner = [packet(each.frame, each.payload) for each in outer]
    assert {(each.source, each.destination) for each in inner} == {(lab.address("client", "near"), lab.vip)}


def test_replies_do_not_pass_the_director(lab: LabUnderTest) -> None:
    """What the client gets from the VIP comes from the router; what it sends goes to the master."""
    with lab.client.wire("near") as wire:
        lab.client.get(4)
        segments = wire.segments()
    back = {each.frame.source for each in segments if each.source == f"{lab.vip}:80"}
    to = {each.frame.destination for each in segments if each.destination == f"{lab.vip}:80"}
    assert to == {lab.mac("director1", "near")}
    assert len(back) == 1
    assert back.isdisjoint({lab.mac(name, "near") for name in ("director1", "director2")})


@pytest.fixture
def large(lab: LabUnderTest) -> str:
    """Put a file of 1 MiB on both web servers, and return its SHA-256."""
    content = bytes(range(256)) * (LARGE // 256)
    command = f"import sys; sys.stdout.buffer.write(bytes(range(256)) * {LARGE // 256})"
    for web in WEBS:
        lab.node(web).check_output("python3 -c %s > /var/www/html/large", command)
    return hashlib.sha256(content).hexdigest()


def fetch(address: str, path: str, headers: dict[str, str]) -> tuple[int, str, bytes]:
    """Ask for a page and return status, X-Real-Server header and body; to be called inside the client."""
    connection = http.client.HTTPConnection(address, 80, timeout=20)
    connection.request("GET", path, headers=headers | {"Connection": "close"})
    response = connection.getresponse()
    return response.status, response.getheader("X-Real-Server", ""), response.read()


def test_a_reply_larger_than_a_packet_arrives_whole(lab: LabUnderTest, large: str) -> None:
    """1 MiB from each web server, byte for byte; replies do not go through the tunnel."""
    answered = []
    for _ in WEBS:
        status, server, body = client.inside(lambda: fetch(lab.vip, "/large", {}))
        assert (status, hashlib.sha256(body).hexdigest()) == (200, large), server
        answered.append(server)
    assert sorted(answered) == sorted(WEBS)


def largest_segment(packet: Packet) -> int | None:
    """Return the maximum segment size that a TCP packet announces (RFC 9293, section 3.2), None when it does not."""
    options = packet.payload[20 : (packet.payload[12] >> 4) * 4]
    while options and options[0] != 0:
        length = 1 if options[0] == 1 else options[1]
        if options[0] == 2:
            return int.from_bytes(options[2:4])
        options = options[length:]
    return None


def test_a_request_larger_than_a_packet_arrives_whole(lab: LabUnderTest) -> None:
    """The client is told to send segments that fit into the tunnel, so that nobody has to complain of their size."""
    with lab.client.wire("near") as wire:
        status, _, _ = client.inside(lambda: fetch(lab.vip, "/", {"X-Large": "x" * 6000}))
        packets = wire.packets()
    announced = {largest_segment(each) for each in packets if each.protocol == TCP and each.source == lab.vip}
    assert status == 200
    assert announced - {None} == {TUNNEL_SEGMENT}
    assert [each for each in packets if each.protocol == ICMP] == []


def test_the_tunnel_lets_in_what_it_has_no_way_back_for(lab: LabUnderTest) -> None:
    """Reverse path filtering is off, in effect: the larger value of all's and the interface's is 0."""
    for web in WEBS:
        for interface in ("all", "tunl0"):
            assert lab.node(web).sysctl(f"net.ipv4.conf.{interface}.rp_filter") == 0
        assert lab.node(web).check_output("ip -4 -oneline address show tunl0").split()[3] == f"{lab.vip}/32"


@pytest.mark.usefixtures("restored")
def test_a_download_goes_on_by_the_other_director(lab: LabUnderTest) -> None:
    """The master's cable is pulled in the middle of a page; the backup tunnels the rest, to the last byte."""
    put_pages(lab, *WEBS)
    with Download(lab) as download:
        assert wait_until_known(lab, "director2", download.end) == wait_until_known(lab, "director1", download.end)
        with lab.fault("node.link-down", "director1"):
            wait_for(lambda: lab.holders() == ("director2",), within=TAKEN_OVER, what="director2 does not take over")
            assert download.rest() == LARGE_PAGE


@pytest.mark.thorough
@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize("drill", ["director-link-down", "httpd-stopped"])
def test_a_drill_finds_what_the_configuration_promises(lab: LabUnderTest, drill: str, tmp_path: Path) -> None:
    """Requests come through tunnels here, and the outages are those of direct routing; no fault is left."""
    assert_as_predicted(drilled(lab, drill, tmp_path), drill)
