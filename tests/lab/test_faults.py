"""Every kind of fault, injected on real machines: seen from outside, healed, and gone."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from harness.settled import wait_for_holder, wait_for_tables
from harness.webs import answer, is_well, wait_until_fast, wait_until_well

from lvslab import faults
from lvslab.faults import Active, Faults, Ground
from lvslab.faults.kinds import load, rules
from lvslab.faults.kinds.web import PLACES
from lvslab.host import client, machines, snapshots, wiring
from lvslab.lifecycle import status as status_of
from lvslab.model import WebServer
from lvslab.nodes.facts import storage as facts_of
from lvslab.nodes.facts.storage import Array
from lvslab.nodes.probe import read
from lvslab.pytest_plugin import LabUnderTest
from lvslab.wait import wait_for

SOON = 30.0
BACK_UP = 120.0
COMMITTED = 6.0
"""Seconds after which ext4 has written its journal, which it does every five (ext4(5), commit)."""
MULTICAST_MAC = "01:00:5e:00:00:51"  # of 224.0.0.81, the sync daemon's group (RFC 1112, section 6.4)
Broken = Callable[..., AbstractContextManager[Active]]

pytestmark = pytest.mark.usefixtures("healed")


@pytest.fixture(scope="module")
def active(lab: LabUnderTest) -> Faults:
    """Return what is broken in the lab."""
    return Faults(Ground(lab.instance.paths, lab.model, lab.remotes))


@pytest.fixture(scope="module", autouse=True)
def _restored_in_the_end(lab: LabUnderTest) -> Iterator[None]:
    """Put the lab back after the last of these tests."""
    yield
    lab.reset()


@pytest.fixture
def healed(active: Faults) -> Iterator[None]:
    """Leave nothing broken, whatever became of the test."""
    yield
    active.heal_all()


@pytest.fixture
def broken(lab: LabUnderTest, active: Faults) -> Broken:
    """Return what breaks something for the length of a ``with`` block."""

    @contextmanager
    def during(name: str, *on: str, **arguments: str) -> Iterator[Active]:
        keys = {key.rstrip("_"): value for key, value in arguments.items()}
        made = active.inject(faults.order(lab.model, name, on, keys))
        assert made.bit is not None
        yield made
        active.heal(made)
        assert made.id not in [each.id for each in active.active()]

    return during


def array(lab: LabUnderTest) -> Array:
    """Return the array as mdadm tells it now."""
    found = facts_of.array(read(lab.remote("nfs"), [facts_of.array_probe("/dev/md5")])["array"])
    assert found is not None
    return found


# packets


def test_a_partition_cuts_two_groups_off(lab: LabUnderTest, broken: Broken) -> None:
    """The client cannot reach web1, web2 answers, and ssh on the management network goes on."""
    with broken("network.partition", "web1", from_="client"):
        assert answer(lab, "web1", 0.3)[0] == "TimeoutError"
        wait_until_well(lab, "web2")
        assert lab.node("web1").check_output("hostname") == "web1"
    wait_until_well(lab, "web1")


def test_a_one_way_drop_loses_the_answers_only(lab: LabUnderTest, broken: Broken) -> None:
    """The client's SYN reaches web1, whose SYN-ACK never comes."""
    wait_until_well(lab, "web1")  # so that the client has its MAC address
    with broken("network.drop", "web1", to="client"):
        assert answer(lab, "web1", 0.3)[0] == "TimeoutError"
        assert lab.address("client") in lab.node("web1").check_output("ss -Htn state syn-recv")
    wait_until_well(lab, "web1")


def test_without_vrrp_there_are_two_masters(lab: LabUnderTest, broken: Broken) -> None:
    """Split brain: both directors hold the VIP while only adverts are lost, and one when they pass again."""
    with broken("network.block", "master", protocol="vrrp"):
        wait_for_holder(lab, SOON, "director1", "director2")
        wait_until_well(lab, "web1")
    wait_for_holder(lab, SOON, "director1")


def test_without_health_checks_a_real_server_is_removed(lab: LabUnderTest, broken: Broken) -> None:
    """Both directors take web1 out, though the client still gets its page."""
    with broken("network.block", "web1", protocol="health-checks"):
        wait_for_tables(lab, SOON, "web2")
        wait_until_well(lab, "web1")
    wait_for_tables(lab, SOON, "web1", "web2")


def test_without_arp_a_node_cannot_be_found(lab: LabUnderTest, broken: Broken) -> None:
    """Whoever has forgotten the MAC address of web1 does not learn it again."""
    with broken("network.block", "web1", protocol="arp"):
        client.forget_neighbours()
        assert answer(lab, "web1", 0.3)[0] in ("TimeoutError", "OSError")
        wait_until_well(lab, "web2")
    wait_until_well(lab, "web1")


def test_the_sync_daemons_packets_alone_can_be_lost(lab: LabUnderTest, broken: Broken) -> None:
    """A datagram to its group and port leaves director1 before and after, not while it is blocked."""

    send = (
        "import socket as s; out = s.socket(s.AF_INET, s.SOCK_DGRAM);"
        f" out.setsockopt(s.IPPROTO_IP, s.IP_MULTICAST_IF, s.inet_aton('{lab.address('director1')}'));"
        " out.sendto(b'x', ('224.0.0.81', 8848))"
    )

    def passes() -> bool:
        with lab.client.wire() as wire:
            lab.node("director1").check_output("python3 -c %s", send)
            return any(frame.destination == MULTICAST_MAC for frame in wire.frames(3.0))

    assert passes()
    with broken("network.block", "directors", protocol="sync"):
        assert not passes()
    assert passes()


@pytest.mark.parametrize(
    ("name", "arguments", "least"),
    [
        ("network.delay", {"delay": "0.1"}, 0.2),  # for the SYN-ACK and for the answer
        ("network.jitter", {"delay": "0.1", "jitter": "0.02"}, 0.16),
        ("network.rate", {"rate": "8kbit"}, 0.2),
    ],
)
def test_a_slow_line_makes_answers_late(
    lab: LabUnderTest, broken: Broken, name: str, arguments: dict[str, str], least: float
) -> None:
    """Those of web1 take as long as was ordered, those of web2 do not."""
    with broken(name, "web1", **arguments):
        said, took = answer(lab, "web1", 20.0)
        assert said.startswith("200") and took > least
        wait_until_fast(lab, "web2", least)
    wait_until_fast(lab, "web1", least)


def test_impairments_add_up_and_are_healed_one_by_one(lab: LabUnderTest, broken: Broken) -> None:
    """With all packets lost nothing comes, late or not; when the loss is healed, the delay is still there."""
    with broken("network.delay", "web1"):
        with broken("network.loss", "web1", percent="100"):
            assert answer(lab, "web1", 0.5)[0] == "TimeoutError"
        wait_until_well(lab, "web1")
        assert answer(lab, "web1")[1] > 0.2
    assert "netem" not in lab.node("web1").check_output("tc qdisc show")


# daemons


def test_keepalived_stopped_gives_the_vip_away(lab: LabUnderTest, broken: Broken) -> None:
    """The master says good-bye and cleans up; started, it takes the VIP back."""
    with broken("process.stop", "master"):
        wait_for_holder(lab, SOON, "director2")
        assert lab.ipvs("director1") == ()
    wait_for_holder(lab, SOON, "director1")


def test_keepalived_killed_leaves_its_vip_behind(lab: LabUnderTest, broken: Broken) -> None:
    """No process of it is left to clean up: the address and the table stay, and the backup takes the VIP as well."""
    with broken("process.kill", "master"):
        wait_for(lambda: lab.node("director1").run("pgrep keepalived").rc == 1, within=SOON, what="it still runs")
        wait_for_holder(lab, SOON, "director1", "director2")
        assert set(lab.real_servers("director1")) == {"web1", "web2"}
    wait_for_holder(lab, SOON, "director1")


def test_keepalived_frozen_stops_its_adverts(lab: LabUnderTest, broken: Broken) -> None:
    """It is there and does nothing; the backup takes over beside it."""
    with broken("process.freeze", "master"):

        def states() -> set[str]:
            said = lab.node("director1").check_output("ps -o stat= -C keepalived")
            return {state[0] for state in said.split()}

        wait_for(lambda: states() == {"T"}, within=SOON, what="it is not stopped", seen=lambda: str(states()))
        wait_for(lambda: "director2" in lab.holders(), within=SOON, what="director2 is no master")
    wait_for_holder(lab, SOON, "director1")


def test_keepalived_reloaded_keeps_its_process_and_restarted_gets_another(lab: LabUnderTest, broken: Broken) -> None:
    """Neither is an active fault afterwards."""

    def main_pid() -> str:
        return lab.node("director2").check_output("systemctl show --property MainPID keepalived")

    before = main_pid()
    with broken("service.reload", "director2"):
        assert main_pid() == before
    with broken("service.restart", "director2"):
        assert main_pid() != before


def test_httpd_stopped_refuses_and_frozen_says_nothing(lab: LabUnderTest, broken: Broken) -> None:
    """The two ways for a web server to be away, which health checks tell apart or do not."""
    with broken("process.stop", "web2"):
        assert answer(lab, "web2")[0] == "ConnectionRefusedError"
    wait_until_well(lab, "web2")
    with broken("process.freeze", "web2"):
        assert answer(lab, "web2", 0.5)[0] == "TimeoutError"
    wait_until_well(lab, "web2")


def test_httpd_killed_is_started_again_by_systemd(lab: LabUnderTest, broken: Broken) -> None:
    """Other processes answer, with no word from us."""
    before = lab.node("web2").check_output("pgrep apache2")
    with broken("process.kill", "web2"):
        wait_until_well(lab, "web2")
        assert not set(before.split()) & set(lab.node("web2").check_output("pgrep apache2").split())


@pytest.mark.parametrize(("process", "port"), [("nfsd", 2049), ("rpcbind", 111)])
def test_a_daemon_of_the_storage_node_stopped_does_not_listen(
    lab: LabUnderTest, broken: Broken, process: str, port: int
) -> None:
    """Nobody is on its port, not even the socket that would start it again."""
    listening = f"ss -Hltn sport = :{port}"
    assert lab.node("nfs").check_output(listening)
    with broken("process.stop", "storage", process=process):
        assert lab.node("nfs").check_output(listening) == ""
    assert lab.node("nfs").check_output(listening)


# web servers


@pytest.mark.parametrize(("name", "begins"), [("web.error", "500 "), ("web.wrong-body", "200 this is not the page")])
def test_a_web_server_answers_wrongly(lab: LabUnderTest, broken: Broken, name: str, begins: str) -> None:
    """web1 does, from the moment the fault bites; web2 answers well, and web1 from the moment it is healed."""
    with broken(name, "web1"):
        assert answer(lab, "web1")[0].startswith(begins)
        wait_until_well(lab, "web2")  # nfsd may have been started a moment ago, and takes no open for its grace time
    assert is_well(lab, "web1")


def test_a_web_server_answers_slowly(lab: LabUnderTest, broken: Broken) -> None:
    """The page is right, and late."""
    with broken("web.slow", "web1", delay="0.4"):
        said, took = answer(lab, "web1")
        assert said.startswith("200 <!doctype html>") and took >= 0.4
    wait_until_fast(lab, "web1", 0.4)


def test_a_drained_real_server_gets_no_connection(lab: LabUnderTest, broken: Broken) -> None:
    """Weight 0 on both directors; healed, it has its half again."""
    lab.wait_as_expected()  # a server that was away a moment ago may not be back in the tables
    with broken("service.weight", "web1"):
        assert [lab.real_servers(name)["web1"].weight for name in ("director1", "director2")] == [0, 0]
        assert lab.client.shares(6) == {"web2": 6}
    assert lab.client.shares(6) == {"web1": 3, "web2": 3}


# disks


def test_a_full_volume_takes_no_byte(lab: LabUnderTest, broken: Broken) -> None:
    """A web server that writes over NFS is told so."""
    write = "dd if=/dev/zero of=/var/www/html/some bs=4k count=1 conv=fsync"
    with broken("disk.full"):
        assert "No space left on device" in lab.node("web1").run(write).stderr
    lab.node("web1").check_output(write)
    lab.node("web1").check_output("rm /var/www/html/some")


def test_a_slow_disk_takes_its_time(lab: LabUnderTest, broken: Broken) -> None:
    """3 MiB at 1 MiB a second take more than a second; without limit they do not."""
    reading = "dd if=/dev/disk/by-id/virtio-nfs-2 of=/dev/null bs=1M count=3 iflag=direct"

    def took() -> float:
        began = time.monotonic()
        lab.node("nfs").check_output(reading)
        return time.monotonic() - began

    with broken("disk.slow", disk="nfs-2"):
        assert took() > 1.0
    wait_for(lambda: took() < 1.0, within=SOON, what="the disk is slow")


@pytest.mark.usefixtures("restored")
def test_a_failed_member_is_rebuilt_and_a_pulled_disk_is_gone(lab: LabUnderTest, broken: Broken) -> None:
    """The spare takes the place of nfs-1, which comes back as the spare; as such it is pulled, and put back.

    That the rebuild comes to its end is for the drill disk-failed, which waits for it.
    """
    # KiB a second: the rebuild takes minutes
    lab.node("nfs").check_output("echo 2000 >/sys/block/md5/md/sync_speed_max")
    with broken("disk.fail"):
        assert array(lab).failed == 1
        wait_for(lambda: "recovering" in array(lab).state, within=SOON, what="nothing is rebuilt")
    assert (array(lab).failed, array(lab).spare) == (0, 2)  # one of them is what is rebuilt onto
    with broken("disk.pull", disk="nfs-1"):
        link = lab.node("nfs").file("/dev/disk/by-id/virtio-nfs-1")
        wait_for(lambda: not link.exists, within=SOON, what="nfs-1 is still there")
    assert "recovering" in array(lab).state
    assert (array(lab).active, array(lab).spare, array(lab).failed) == (2, 2, 0)


# clocks, host, machines


def test_a_clock_jumps_and_comes_back(lab: LabUnderTest, broken: Broken) -> None:
    """director2 lives an hour ahead."""

    def ahead() -> float:
        return float(lab.node("director2").check_output("date +%s.%N")) - time.time()

    with broken("clock.step", "director2"):
        assert 3590 < ahead() < 3610
    assert abs(ahead()) < 5


def test_the_host_is_busy(broken: Broken) -> None:
    """As many processes as ordered run in the lab, and none afterwards."""
    with broken("host.load", processes="2"):
        assert load.count() == 2
    assert load.count() == 0


def test_a_paused_machine_stands_still_and_goes_on(lab: LabUnderTest, broken: Broken) -> None:
    """What ran before runs on; its clock is right again."""
    before = lab.node("web2").check_output("cat /proc/sys/kernel/random/boot_id")
    with broken("node.pause", "web2"):
        assert machines.state("web2") == "paused"
        assert answer(lab, "web2", 0.5)[0] == "TimeoutError"
    wait_until_well(lab, "web2")
    assert lab.node("web2").check_output("cat /proc/sys/kernel/random/boot_id") == before
    assert abs(float(lab.node("web2").check_output("date +%s.%N")) - time.time()) < 5


def test_a_pulled_cable_is_noticed(lab: LabUnderTest, broken: Broken) -> None:
    """No carrier on the master's interface: keepalived gives up, the backup takes over."""
    with broken("node.link-down", "master"):
        carrier = "cat /sys/class/net/eth1/carrier"
        wait_for(lambda: lab.node("director1").run(carrier).stdout == "0\n", within=SOON, what="a carrier is there")
        wait_for_holder(lab, SOON, "director2")
    wait_for_holder(lab, SOON, "director1")


def test_machines_lose_their_power_and_are_reset_and_come_back(
    lab: LabUnderTest, active: Faults, broken: Broken
) -> None:
    """web1 is off and web2 boots; back, they are what they were, and what cuts web1 off does so on its new tap."""
    before = lab.node("web2").check_output("cat /proc/sys/kernel/random/boot_id")
    with broken("network.partition", "web1", from_="client"):
        with broken("node.reset", "web2"), broken("node.power-off", "web1"):
            assert machines.state("web1") == "shut off"
            assert [each.name for each in status_of.active_faults()] == [
                "network.partition", "node.reset", "node.power-off",
            ]  # fmt: skip
        assert answer(lab, "web1", 0.5)[0] == "TimeoutError"
    wait_until_well(lab, "web1", "web2", within=BACK_UP)
    assert lab.node("web2").check_output("cat /proc/sys/kernel/random/boot_id") != before
    lab.wait_as_expected()


@pytest.mark.thorough
def test_what_was_healed_does_not_come_back_with_the_power(lab: LabUnderTest, broken: Broken) -> None:
    """web1 loses its power right after its configuration is whole again, and the journal was written in between."""
    with broken("web.error", "web1"):
        time.sleep(COMMITTED)
    with broken("node.power-off", "web1"):
        lab.disconnect("web1")
    assert not lab.node("web1").file(PLACES[WebServer.APACHE2].file).exists
    wait_until_well(lab, "web1", within=BACK_UP)


def test_a_reset_leaves_nothing_broken(lab: LabUnderTest, active: Faults) -> None:
    """Rules and processes on the host go, and so does the memory of all faults; the rest is in the snapshot."""
    for name, on in (("network.partition", "web1"), ("disk.pull", "nfs"), ("node.link-down", "director1")):
        active.inject(faults.order(lab.model, name, [on]))
    active.inject(faults.order(lab.model, "host.load", arguments={"processes": "1"}))
    lab.reset()
    assert active.active() == ()
    assert (wiring.tables(rules.PREFIX), load.count()) == ([], 0)
    assert snapshots.VERIFIED in snapshots.common(lab.model)
    lab.wait_as_expected()
