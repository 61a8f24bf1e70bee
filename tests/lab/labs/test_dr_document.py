"""Production's timers: adverts every two seconds, and checks that ask four times before they give a server up."""

import secrets
from collections.abc import Iterator
from itertools import pairwise
from statistics import median

import pytest
from harness.adverts import adverts
from harness.settled import wait_for_holder, wait_for_shares, wait_for_states, wait_for_tables

from lvslab.judge.predict import Moment, Prediction, find, setup_of
from lvslab.nodes.facts import system
from lvslab.nodes.probe import read
from lvslab.pytest_plugin import LabUnderTest
from provision.director import KEEPALIVED_CONF

pytestmark = [pytest.mark.lab("lvs-dr-document"), pytest.mark.thorough]
DIRECTORS = ("director1", "director2")
WEBS = ("web1", "web2")
each_director = pytest.mark.parametrize("director", DIRECTORS)
each_web = pytest.mark.parametrize("web", WEBS)
TIMERS = {
    "advert_int": ["2"],
    "delay_loop": ["2"],
    "connect_timeout": ["10", "10"],
    "retry": ["3", "3"],
    "delay_before_retry": ["3", "3"],
}
"""What keepalived.conf(5) has to say of time, and how often: of one instance, one service and two real servers."""
INTERVAL = 2
ADVERTS = 6
# a director of an emulated machine may send one of them late, hardly half of them
PUNCTUAL = 0.25
HEARD = 60.0
TAKEN_OVER = 30.0
# 11 s at worst, and httpd itself its time to stop and to start where processors are emulated
NOTICED = 40.0
RATE = 50
EARLY, LATE = 0.5, 2.5
"""Seconds that a removal may be off: the prober's own stalls, and keepalived's work, which is less than one retry."""
SLACK = 0.5
"""Seconds that a takeover may be off: the prober's interval, and the new master's own work."""


def promised(lab: LabUnderTest, fault: str) -> Prediction:
    """Return what a fault should cost from the moment on that it comes."""
    [told] = [each for each in find(setup_of(lab.model), fault) if each.moment is Moment.INJECT]
    return told


@each_director
def test_keepalived_has_the_documents_timers_and_no_others(lab: LabUnderTest, director: str) -> None:
    """Adverts every 2 s; TCP_CHECK asks each server every 2 s, for 10 s, and three times more, 3 s apart."""
    lines = [line.split() for line in lab.node(director).file(KEEPALIVED_CONF).content_string.splitlines()]
    assert {name: [line[1] for line in lines if line[:1] == [name]] for name in TIMERS} == TIMERS
    assert [line[0] for line in lines if line and "CHECK" in line[0]] == ["TCP_CHECK", "TCP_CHECK"]


def test_the_vip_is_on_the_master_alone(lab: LabUnderTest) -> None:
    """As /32 on director1, which has the higher priority; director2 has its own address and not this one."""
    held = {
        name: lab.node(name).check_output("ip -oneline address show to %s", f"{lab.vip}/32") for name in DIRECTORS
    }
    assert held["director1"].split()[3] == f"{lab.vip}/32"
    assert held["director2"] == ""
    wait_for_states(lab, TAKEN_OVER, director1="MASTER", director2="BACKUP")


def test_adverts_are_two_seconds_apart_on_the_wire(lab: LabUnderTest) -> None:
    """They say so themselves, and so do the moments when they pass; all are the master's."""
    wait_for_holder(lab, TAKEN_OVER, "director1")
    seen = adverts(lab, "lan", ADVERTS, HEARD)
    said = {(each.source, each.router, each.priority, each.interval) for each in seen}
    assert len(seen) == ADVERTS
    assert said == {(lab.address("director1"), 51, 100, INTERVAL)}
    gaps = [later.seen - earlier.seen for earlier, later in pairwise(seen)]
    assert abs(median(gaps) - INTERVAL) < PUNCTUAL, gaps


@each_web
def test_the_document_root_is_the_nfs_export(lab: LabUnderTest, web: str) -> None:
    """What apache2 serves is mounted from the storage node."""
    mount = system.mounts(read(lab.remote(web), [system.MOUNTS])["mounts"])[lab.model.web.document_root]
    assert lab.model.web.document_root == "/var/www/html"
    assert (mount.source, mount.kind) == (f"{lab.address('nfs')}:/web", "nfs4")


@pytest.fixture
def page(lab: LabUnderTest) -> Iterator[tuple[str, str]]:
    """Return the path and the content of a page that was just written on the storage node."""
    name, content = f"/{secrets.token_hex(8)}.txt", secrets.token_hex(64)
    lab.node("nfs").check_output(f"echo -n {content} > /web{name}")
    yield name, content
    lab.node("nfs").check_output(f"rm /web{name}")


def test_both_web_servers_serve_what_is_on_the_export(lab: LabUnderTest, page: tuple[str, str]) -> None:
    """A page that was written once is answered by both, in turn."""
    path, content = page
    answers = lab.client.get(4, path=path)
    assert {(answer.status, answer.body) for answer in answers} == {(200, content)}
    assert [answer.server for answer in answers[:2]] == [answer.server for answer in answers[2:]]
    assert {answer.server for answer in answers} == set(WEBS)


@pytest.mark.usefixtures("recovers")
def test_a_web_server_without_httpd_is_removed_as_predicted_and_comes_back(lab: LabUnderTest) -> None:
    """It refuses for 3 x 3 s, and up to 2 s before the first check; then the other answers all until it is back."""
    told = promised(lab, "process.stop httpd")
    assert (told.earliest, told.latest) == (9, 11)
    with lab.probe(rate=RATE) as probe:
        lab.node("web1").check_output("systemctl stop apache2")
        wait_for_tables(lab, NOTICED, "web2")
    assert lab.client.shares(10) == {"web2": 10}
    refused = [each.sent / 1e9 for each in probe.failed if each.error == "refused"]
    assert refused
    assert told.earliest - EARLY <= max(refused) - min(refused) <= told.latest + LATE
    lab.node("web1").check_output("systemctl start apache2")
    wait_for_tables(lab, NOTICED, *WEBS)
    assert lab.client.shares(10) == {"web1": 5, "web2": 5}


@pytest.mark.usefixtures("recovers")
def test_the_backup_has_vip_and_table_when_keepalived_stops_on_the_master(lab: LabUnderTest) -> None:
    """Both web servers are asked by way of director2, and director1 has no rule left; started, it takes all back."""
    lab.node("director1").check_output("systemctl stop keepalived")
    wait_for_holder(lab, TAKEN_OVER, "director2")
    assert set(lab.real_servers("director2")) == set(WEBS)
    assert lab.ipvs("director1") == ()
    wait_for_shares(lab, TAKEN_OVER, {"web1": 5, "web2": 5})
    assert lab.client.neighbour(lab.vip) == lab.mac("director2")
    lab.node("director1").check_output("systemctl start keepalived")
    wait_for_holder(lab, TAKEN_OVER, "director1")
    wait_for_tables(lab, NOTICED, *WEBS)
    wait_for_shares(lab, TAKEN_OVER, {"web1": 5, "web2": 5})


@pytest.mark.usefixtures("restored")
def test_a_crash_of_the_master_costs_what_two_seconds_promise(lab: LabUnderTest) -> None:
    """Between 4.61 and 6.61 s: 3 x 2 s and the skew of 157/256 s, less up to an interval (RFC 3768, section 6.1)."""
    told = promised(lab, "node.power-off master")
    assert told.latest is not None
    assert (round(told.earliest, 2), round(told.latest, 2)) == (4.61, 6.61)
    with lab.probe(rate=RATE) as probe:
        lab.inject("node.power-off", "director1")
        wait_for_holder(lab, TAKEN_OVER, "director2")
        wait_for_shares(lab, TAKEN_OVER, {"web1": 5, "web2": 5})
    outage = max(each.length for each in probe.outages if each.end is not None) / 1e9
    assert told.earliest - SLACK <= outage <= told.latest + SLACK


def test_provisioning_again_finds_nothing_to_do(lab: LabUnderTest) -> None:
    """What is there is what the lab file says."""
    assert {name: outcome.steps for name, outcome in lab.plan().items() if outcome.steps} == {}
