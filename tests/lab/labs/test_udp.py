"""Services by UDP: a port's datagrams are one server's, or with one-packet scheduling each is given one by itself."""

import time
from collections import Counter

import pytest

from lvslab.pytest_plugin import LabUnderTest
from lvslab.wait import wait_for

pytestmark = [pytest.mark.lab("lvs-udp"), pytest.mark.thorough]
WEBS = ("web1", "web2")
DIRECTORS = ("director1", "director2")
FLOWS, DATAGRAMS = 7000, 7001
UNIT = "lvslab-datagrams"
FORGOTTEN = 12.0
"""Seconds after which IPVS has let go of a port that is silent: lvs_timeouts, and the kernel's timers' grain."""
NOTICED = 30.0
TAKEN_OVER = 15.0
SILENT = (2.61, 3.61)
"""Seconds without a master after a crash: 3 × 1 s + 157/256 s, less up to one interval (RFC 3768, section 6.1)."""
SLACK = 0.5


@pytest.mark.parametrize("port", [FLOWS, DATAGRAMS])
def test_datagrams_from_new_ports_are_shared(lab: LabUnderTest, port: int) -> None:
    """With or without ops: a new port is a new connection."""
    asked = lab.client.ask(20, lab.vip, port)
    assert Counter(asked) == {"web1": 10, "web2": 10}
    assert asked == asked[:2] * 10


def test_a_port_stays_with_its_server(lab: LabUnderTest) -> None:
    """Without ops, what comes from one port is one connection, and one server's, whatever the scheduler."""
    asked = lab.client.ask_from_one_port(20, lab.vip, FLOWS)
    assert len(set(asked)) == 1


def test_with_one_packet_scheduling_a_ports_datagrams_alternate(lab: LabUnderTest) -> None:
    """Each datagram is scheduled by itself; they are the same twenty from one port."""
    asked = lab.client.ask_from_one_port(20, lab.vip, DATAGRAMS)
    assert Counter(asked) == {"web1": 10, "web2": 10}
    assert asked == asked[:2] * 10


def connections(lab: LabUnderTest, port: int) -> list[str]:
    """Return the master's entries of a service by UDP."""
    listed = lab.node("director1").check_output("ipvsadm --list --numeric --connection").splitlines()
    return [line for line in listed if line.split()[:1] == ["UDP"] and line.split()[4] == f"{lab.vip}:{port}"]


def test_one_packet_scheduling_keeps_no_entry_and_flows_are_forgotten(lab: LabUnderTest) -> None:
    """An entry of 7000 is there until its port has been silent for ten seconds; of 7001 there is none."""
    lab.client.ask(1, lab.vip, FLOWS)
    lab.client.ask(1, lab.vip, DATAGRAMS)
    assert connections(lab, FLOWS)
    assert connections(lab, DATAGRAMS) == []
    last = time.monotonic()
    wait_for(lambda: not connections(lab, FLOWS), within=FORGOTTEN, what="entries of UDP are left", every=0.5)
    assert time.monotonic() - last > 5


@pytest.mark.parametrize("director", DIRECTORS)
def test_both_directors_have_the_tables(lab: LabUnderTest, director: str) -> None:
    """UDP and TCP at one address are services of their own; ops is among the flags of one."""
    seen = {(each.protocol, each.address): each.flags for each in lab.ipvs(director)}
    assert seen == {
        ("UDP", f"{lab.vip}:{FLOWS}"): "",
        ("UDP", f"{lab.vip}:{DATAGRAMS}"): "ops",
        ("TCP", f"{lab.vip}:80"): "",
    }
    assert lab.node(director).check_output("ipvsadm --list --timeout").split()[-3:] == ["900", "120", "10"]


def test_the_answer_comes_from_the_vip(lab: LabUnderTest) -> None:
    """A client's connected socket takes nothing else; on the wire it is a web server's frame."""
    with lab.client.wire() as wire:
        lab.client.ask(4, lab.vip, DATAGRAMS)
        answers = [each for each in wire.packets() if each.protocol == 17 and each.source == lab.vip]
    assert {each.frame.source for each in answers} == {lab.mac(web) for web in WEBS}
    assert {each.payload[8:] for each in answers} == {b"web1", b"web2"}


def rows(lab: LabUnderTest, director: str) -> dict[str, int]:
    """Return how many real servers each service has in a director's table."""
    return {each.address.rpartition(":")[2]: len(each.real_servers) for each in lab.ipvs(director)}


def wait_for_rows(lab: LabUnderTest, wanted: dict[str, int]) -> None:
    """Return when both directors have so many real servers for each service."""
    wait_for(
        lambda: all(rows(lab, director) == wanted for director in DIRECTORS),
        within=NOTICED,
        what="the IPVS tables",
        seen=lambda: str(rows(lab, "director1")),
    )


@pytest.mark.usefixtures("recovers")
@pytest.mark.parametrize("how", ["stop", "kill --signal=STOP"])
def test_a_server_that_does_not_answer_datagrams_is_taken_out_of_their_services(lab: LabUnderTest, how: str) -> None:
    """Whether nobody listens or the daemon hangs: UDP_CHECK wants an answer. HTTP goes on with both servers."""
    lab.node("web1").check_output(f"systemctl {how} {UNIT}")
    wait_for_rows(lab, {str(FLOWS): 1, str(DATAGRAMS): 1, "80": 2})
    assert Counter(lab.client.ask(6, lab.vip, DATAGRAMS)) == {"web2": 6}
    assert lab.client.run("curl", "-sf", f"http://{lab.vip}/").returncode == 0
    back = "start" if how == "stop" else "kill --signal=CONT"
    lab.node("web1").check_output(f"systemctl {back} {UNIT}")
    wait_for_rows(lab, {str(FLOWS): 2, str(DATAGRAMS): 2, "80": 2})
    assert Counter(lab.client.ask(6, lab.vip, DATAGRAMS)) == {"web1": 3, "web2": 3}


def is_answered(lab: LabUnderTest) -> bool:
    """Whether the client's datagrams are answered by both web servers in turn."""
    try:
        return Counter(lab.client.ask(4, lab.vip, DATAGRAMS)) == {"web1": 2, "web2": 2}
    except OSError:
        return False


@pytest.mark.usefixtures("restored")
def test_the_backup_takes_datagrams_over(lab: LabUnderTest) -> None:
    """The VIP moves, and with it what is asked of it by UDP."""
    lab.node("director1").check_output("systemctl stop keepalived")
    wait_for(lambda: lab.holders() == ("director2",), within=TAKEN_OVER, what="director2 does not hold the VIP")
    wait_for(lambda: is_answered(lab), within=TAKEN_OVER, what="datagrams are not shared", every=0.2)


def test_provisioning_again_finds_nothing_to_do(lab: LabUnderTest) -> None:
    """What is there is what the lab file says."""
    assert {name: outcome.steps for name, outcome in lab.plan().items() if outcome.steps} == {}


@pytest.mark.parametrize("service", ["flows", "datagrams"])
def test_the_prober_is_answered_by_both_servers_in_turn(lab: LabUnderTest, service: str) -> None:
    """Each attempt is a datagram from a new port, so with or without ops it is scheduled by itself; none is lost."""
    with lab.probe(rate=50, service=service) as probe:
        lab.client.run("sleep", "2")
    assert probe.failed == ()
    assert {each.service for each in probe.attempts} == {service}
    assert all(each.connected is None and each.status is None for each in probe.attempts)
    assert set(probe.shares) == set(WEBS)
    assert abs(probe.shares["web1"] - probe.shares["web2"]) <= 2


@pytest.mark.usefixtures("restored")
def test_a_crash_of_the_master_costs_datagrams_what_vrrp_says(lab: LabUnderTest) -> None:
    """Each that was sent meanwhile is lost after a second, and the outage is no longer for that."""
    with lab.probe(rate=50, service="flows") as probe:
        lab.inject("node.power-off", "director1")
        wait_for(lambda: lab.holders() == ("director2",), within=TAKEN_OVER, what="director2 does not take over")
        wait_for(lambda: is_answered(lab), within=TAKEN_OVER, what="answers")
        lab.client.run("sleep", "1")
    low, high = SILENT
    assert low - SLACK <= probe.longest_outage_ms / 1000 <= high + SLACK
    assert "timeout" in {each.error for each in probe.failed}


@pytest.mark.usefixtures("restored")
def test_a_stopped_web_server_costs_datagrams_nothing(lab: LabUnderTest) -> None:
    """The daemon that answers them goes on, and UDP_CHECK with it."""
    with lab.probe(rate=50, service="flows") as probe:
        lab.node("web1").check_output("systemctl stop nginx")
        wait_for_rows(lab, {str(FLOWS): 2, str(DATAGRAMS): 2, "80": 1})
    assert probe.failed == ()
    assert set(probe.shares) == set(WEBS)
