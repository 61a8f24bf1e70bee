"""Two directors that are the real servers as well: the backup answers what the master sends, and balances nothing."""

from collections.abc import Iterator

import pytest
from harness.settled import wait_for_holder

from lvslab.pytest_plugin import LabUnderTest
from lvslab.wait import wait_for

pytestmark = [pytest.mark.lab("lvs-dr-local"), pytest.mark.thorough]
DIRECTORS = ("director1", "director2")
each_director = pytest.mark.parametrize("director", DIRECTORS)
LISTEN = 2.0
TAKEN_OVER = 20.0
# 7 s at worst, and httpd itself its time to stop and to start where processors are emulated
NOTICED = 30.0
CHECKED = 4
"""Seconds in which a check that fails at once has the server removed: 2 s and one retry after 1 s."""
BACK_UP = 300.0
SKEW, SLACK = 0.61, 0.5
"""Seconds that a backup waits after a goodbye, (256 - 99) / 256 (RFC 3768, section 6.1), and its own work."""
BACKUP_ONLY = "net.ipv4.vs.backup_only"


def wait_for_servers(lab: LabUnderTest, director: str, *servers: str) -> None:
    """Return when a director's table has these real servers and no others."""
    wait_for(
        lambda: set(lab.real_servers(director)) == set(servers),
        within=NOTICED,
        what=f"{director} does not have {servers} alone",
        seen=lambda: str(set(lab.real_servers(director))),
    )


def answering_arp(lab: LabUnderTest) -> set[str]:
    """Return the MAC addresses that answer for the VIP, asked of everybody and of each director to its face."""
    sender = lab.address("client")
    with lab.client.wire() as wire:
        wire.ask_who_has(lab.vip, sender)
        for director in DIRECTORS:
            wire.ask_who_has(lab.vip, sender, destination=lab.mac(director))
        return {arp.sender_mac for arp in wire.arps(LISTEN) if arp.operation == 2 and arp.sender == lab.vip}


@pytest.fixture
def balancing(lab: LabUnderTest, recovers: None) -> Iterator[None]:
    """Have IPVS work on the backup, too."""
    node = lab.node("director2")
    node.check_output(f"sysctl --write {BACKUP_ONLY}=0")
    yield
    node.check_output(f"sysctl --write {BACKUP_ONLY}=1")


def test_both_directors_answer_in_turn(lab: LabUnderTest) -> None:
    """The master gives every other connection to itself, and none that it sends to the backup is lost."""
    assert lab.client.shares(20) == {"director1": 10, "director2": 10}


def test_answers_come_from_the_one_that_serves(lab: LabUnderTest) -> None:
    """Requests go to the master, and the backup answers the client itself, from the VIP."""
    with lab.client.wire() as wire:
        lab.client.get(4)
        segments = wire.segments()
    there = {each.frame.destination for each in segments if each.destination == f"{lab.vip}:80"}
    back = {each.frame.source for each in segments if each.source == f"{lab.vip}:80"}
    assert there == {lab.mac("director1")}
    assert back == {lab.mac(director) for director in DIRECTORS}


@each_director
def test_the_vip_is_on_lo_and_ipvs_is_told_to_leave_it_to_the_master(lab: LabUnderTest, director: str) -> None:
    """The master has it on its network besides."""
    node = lab.node(director)
    rows = node.check_output("ip -oneline address show to %s", f"{lab.vip}/32").splitlines()
    assert sorted(row.split()[1] for row in rows) == (["eth1", "lo"] if director == "director1" else ["lo"])
    assert node.check_output(f"sysctl --values {BACKUP_ONLY}") == "1"


def test_the_sync_daemon_tells_the_kernel_who_is_backup(lab: LabUnderTest) -> None:
    """backup_only goes by its state."""
    said = {name: lab.node(name).check_output("ipvsadm --list --daemon") for name in DIRECTORS}
    assert "master sync daemon" in said["director1"]
    assert "backup sync daemon" in said["director2"]
    assert "backup sync daemon" not in said["director1"]


def test_the_backup_answers_its_half_and_balances_nothing(lab: LabUnderTest) -> None:
    """Its table is the master's, and its counters stand still."""
    assert set(lab.real_servers("director2")) == set(DIRECTORS)
    before, idle = lab.counted("director1"), lab.counted("director2")
    assert lab.client.shares(20)["director2"] == 10
    counted = lab.counted("director1")
    assert {name: counted[name] - before[name] for name in DIRECTORS} == dict.fromkeys(DIRECTORS, 10)
    assert lab.counted("director2") == idle


@pytest.mark.usefixtures("balancing")
def test_without_backup_only_the_backup_balances_again(lab: LabUnderTest) -> None:
    """It counts connections, of which some come back to the master; those may go to and fro and have no answer."""
    before = sum(lab.counted("director2").values())
    for _ in range(8):
        lab.client.run("curl", "--silent", "--max-time", "2", f"http://{lab.vip}/")
    assert sum(lab.counted("director2").values()) > before


def test_only_the_master_answers_for_the_vip(lab: LabUnderTest) -> None:
    """The backup is asked to its face as well; its VIP is on lo, and arp_ignore has it say nothing."""
    assert answering_arp(lab) == {lab.mac("director1")}


@pytest.mark.usefixtures("restored")
def test_a_goodbye_costs_the_skew_at_most_and_both_go_on_to_answer(lab: LabUnderTest) -> None:
    """Without keepalived director1 is a real server and nothing else; it has the VIP on lo, and keeps quiet."""
    with lab.probe(rate=50) as probe:
        lab.client.get(2)
        lab.node("director1").check_output("systemctl stop keepalived")
        wait_for_holder(lab, TAKEN_OVER, "director2")
    assert probe.longest_outage_ms / 1000 <= SKEW + SLACK
    assert lab.client.shares(10) == {"director1": 5, "director2": 5}
    assert lab.ipvs("director1") == ()
    assert answering_arp(lab) == {lab.mac("director2")}


@pytest.mark.usefixtures("recovers")
def test_the_states_change_places_with_the_vip(lab: LabUnderTest) -> None:
    """Back on director1, the VIP finds director2 as backup, which balances nothing once more."""
    lab.node("director1").check_output("systemctl stop keepalived")
    wait_for_holder(lab, TAKEN_OVER, "director2")
    lab.node("director1").check_output("systemctl start keepalived")
    wait_for_holder(lab, TAKEN_OVER, "director1")
    wait_for_servers(lab, "director1", *DIRECTORS)
    assert "backup sync daemon" in lab.node("director2").check_output("ipvsadm --list --daemon")
    idle = lab.counted("director2")
    assert lab.client.shares(10) == {"director1": 5, "director2": 5}
    assert lab.counted("director2") == idle


@pytest.mark.usefixtures("recovers")
def test_a_master_without_httpd_balances_and_does_not_serve(lab: LabUnderTest) -> None:
    """Both take it out of their tables, it itself as well; the VIP stays where it is."""
    director, other = DIRECTORS
    lab.node(director).check_output("systemctl stop nginx")
    for each in DIRECTORS:
        wait_for_servers(lab, each, other)
    assert lab.client.shares(6) == {other: 6}
    assert lab.holders() == ("director1",)
    lab.node(director).check_output("systemctl start nginx")
    for each in DIRECTORS:
        wait_for_servers(lab, each, *DIRECTORS)
    assert lab.client.shares(6) == {"director1": 3, "director2": 3}


def test_errors_are_not_seen_by_a_check_that_asks_for_no_page(lab: LabUnderTest) -> None:
    """TCP_CHECK asks the kernel: half of the clients are answered with an error, for as long as that lasts."""
    with lab.fault("web.error", "director1"):
        lab.client.run("sleep", str(CHECKED))
        answers = {(answer.server, answer.status) for answer in lab.client.get(6)}
    assert answers == {("director1", 500), ("director2", 200)}
    assert {answer.status for answer in lab.client.get(6)} == {200}


def assert_does_all(lab: LabUnderTest, director: str) -> None:
    """Assert that a director comes to hold the VIP and to have itself alone in its table, and answers."""
    wait_for_holder(lab, TAKEN_OVER, director)
    wait_for_servers(lab, director, director)
    assert lab.client.shares(6) == {director: 6}


@pytest.mark.usefixtures("recovers")
def test_when_the_master_has_no_power_the_backup_does_all(lab: LabUnderTest) -> None:
    """With power back, all is as before, though its httpd answered with errors until a moment before."""
    with lab.fault("web.error", "director1"):
        lab.client.run("sleep", str(CHECKED))
    with lab.fault("node.power-off", "director1"):
        lab.disconnect("director1")
        assert_does_all(lab, "director2")
    lab.wait_as_expected(BACK_UP)
    assert lab.client.shares(10) == {"director1": 5, "director2": 5}
    assert lab.node("director1").check_output(f"sysctl --values {BACKUP_ONLY}") == "1"
    assert {key: outcome.steps for key, outcome in lab.plan().items() if outcome.steps} == {}


@pytest.mark.usefixtures("restored")
def test_when_the_backup_has_no_power_the_master_does_all(lab: LabUnderTest) -> None:
    """After the removal it sends nothing more to the one that is gone."""
    lab.inject("node.power-off", "director2")
    assert_does_all(lab, "director1")


def test_provisioning_again_finds_nothing_to_do(lab: LabUnderTest) -> None:
    """What is there is what the lab file says."""
    assert {name: outcome.steps for name, outcome in lab.plan().items() if outcome.steps} == {}
