"""LVS-NAT: the director is in the way of both halves of a connection, and its two addresses move as one."""

import time
from collections import Counter
from pathlib import Path

import pytest
from harness.drilling import assert_as_predicted, drilled
from harness.holding import LARGE, Download, put_pages, wait_until_known
from harness.settled import wait_for_holder

from lvslab.host.libvirtd import virsh
from lvslab.pytest_plugin import LabUnderTest
from lvslab.pytest_plugin.wire import Packet
from lvslab.wait import wait_for

pytestmark = pytest.mark.lab("lvs-nat")
WEBS = ("web1", "web2")
TAKEN_OVER = 30.0


def test_connections_alternate(lab: LabUnderTest) -> None:
    """Round robin gives every other connection to the same web server, to the last one."""
    servers = [answer.server for answer in lab.client.get(30)]
    assert Counter(servers) == {"web1": 15, "web2": 15}
    assert servers[0::2] == [servers[0]] * 15
    assert servers[1::2] == [servers[1]] * 15


def test_each_web_server_has_a_page_of_its_own(lab: LabUnderTest) -> None:
    """The page says whose it is, so a person sees the alternation in a browser."""
    for answer in lab.client.get(4):
        assert f"<title>lvs-nat: {answer.server}</title>" in answer.body


def test_both_halves_of_a_connection_pass_the_director(lab: LabUnderTest) -> None:
    """Outside, every frame to and from the VIP has the master's MAC address at the other end."""
    with lab.client.wire("outside") as wire:
        lab.client.get(4)
        segments = wire.segments()
    to = {segment.frame.destination for segment in segments if segment.destination == f"{lab.vip}:80"}
    back = {segment.frame.source for segment in segments if segment.source == f"{lab.vip}:80"}
    assert to == back == {lab.mac("director1", "outside")}


def test_kernels_have_what_another_lab_would_wait_for(lab: LabUnderTest) -> None:
    """Modules that take long are loaded before any lab is put on the machines: this lab mounts nothing by NFS."""
    assert lab.node("web1").file("/sys/module/nfsv4").is_directory


def inside(lab: LabUnderTest, count: int) -> list[Packet]:
    """Ask the VIP and return what passed on the inside network between client and web servers."""
    client = lab.address("client", "outside")
    with lab.client.wire("inside", host=None) as wire:
        lab.client.get(count)
        return [each for each in wire.packets() if client in (each.source, each.destination)]


def test_the_destination_of_a_request_is_translated_and_its_source_is_not(lab: LabUnderTest) -> None:
    """Inside, requests are for the web servers' own addresses, from the client's, by the director."""
    seen = [packet for packet in inside(lab, 4) if packet.source == lab.address("client", "outside")]
    assert {packet.destination for packet in seen} == {lab.address(web, "inside") for web in WEBS}
    assert {packet.frame.source for packet in seen} == {lab.mac("director1", "inside")}


def test_replies_leave_the_web_servers_by_the_director(lab: LabUnderTest) -> None:
    """Inside, replies are from the web servers' own addresses, in frames for the master, their gateway."""
    seen = [packet for packet in inside(lab, 4) if packet.destination == lab.address("client", "outside")]
    assert {packet.source for packet in seen} == {lab.address(web, "inside") for web in WEBS}
    assert {packet.frame.destination for packet in seen} == {lab.mac("director1", "inside")}


def answered_again(lab: LabUnderTest) -> set[str]:
    """Return who answers, once the VIP does again."""

    def asked() -> set[str] | None:
        try:
            return set(lab.client.shares(10))
        except OSError:
            return None

    return wait_for(asked, within=TAKEN_OVER, what="answers", every=0.2)


@pytest.mark.usefixtures("recovers")
def test_both_addresses_move_when_keepalived_stops(lab: LabUnderTest) -> None:
    """The backup takes the VIP and the gateway; requests are answered by way of it; and all of it moves back."""
    lab.node("director1").check_output("systemctl stop keepalived")
    wait_for_holder(lab, TAKEN_OVER, "director2")
    assert answered_again(lab) == set(WEBS)
    with lab.client.wire("outside") as wire:
        lab.client.get(2)
        back = {each.frame.source for each in wire.segments() if each.source == f"{lab.vip}:80"}
    assert back == {lab.mac("director2", "outside")}
    lab.node("director1").check_output("systemctl start keepalived")
    wait_for_holder(lab, TAKEN_OVER, "director1")
    assert answered_again(lab) == set(WEBS)
    lab.wait_as_expected()


@pytest.mark.usefixtures("restored")
def test_both_addresses_move_when_one_cable_is_pulled(lab: LabUnderTest) -> None:
    """A director that loses the inside alone gives up the outside too: the instances are in one sync group."""
    card = lab.model.node("director1").card("inside")
    began = time.monotonic()
    virsh("domif-setlink", "director1", card, "down")
    try:
        wait_for_holder(lab, TAKEN_OVER, "director2")
        assert answered_again(lab) == set(WEBS)
        assert time.monotonic() - began < 2 * TAKEN_OVER
    finally:
        virsh("domif-setlink", "director1", card, "up")


def test_the_directors_tell_each_other_of_connections_inside(lab: LabUnderTest) -> None:
    """Each has the half of the sync daemon that goes with its VRRP state, on its second interface."""
    said = {name: lab.node(name).check_output("ipvsadm --list --daemon") for name in ("director1", "director2")}
    assert "master sync daemon (mcast=eth2, syncid=52" in said["director1"]
    assert "backup sync daemon (mcast=eth2, syncid=52" in said["director2"]


@pytest.mark.usefixtures("restored")
def test_a_download_goes_on_by_the_other_director(lab: LabUnderTest) -> None:
    """The master's cables are pulled in the middle of a page; the backup translates the rest of it, to the last byte.

    Both halves of the connection have moved by then: requests come to the VIP, replies to the gateway.
    """
    put_pages(lab, *WEBS)
    with Download(lab) as download:
        assert wait_until_known(lab, "director2", download.end) == wait_until_known(lab, "director1", download.end)
        with lab.fault("node.link-down", "director1"):
            wait_for_holder(lab, TAKEN_OVER, "director2")
            assert download.rest() == LARGE


@pytest.mark.thorough
@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize("drill", ["director-link-down", "httpd-stopped"])
def test_a_drill_finds_what_the_configuration_promises(lab: LabUnderTest, drill: str, tmp_path: Path) -> None:
    """Both directions pass the director here, and the outages are those of direct routing; no fault is left."""
    assert_as_predicted(drilled(lab, drill, tmp_path), drill)
