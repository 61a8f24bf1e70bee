"""Direct routing by hand: rules that ipvsadm has set, saved and restored over a reboot, and no keepalived."""

import socket

import pytest

from lvslab.errors import LabError
from lvslab.model.table import rules
from lvslab.pytest_plugin import LabUnderTest
from lvslab.wait import wait_for
from provision.ipvsadm import RULES, UNIT

pytestmark = [pytest.mark.lab("lvs-dr-ipvsadm"), pytest.mark.thorough]
WEBS = ("web1", "web2")
each_web = pytest.mark.parametrize("web", WEBS)
BACK_UP = 300.0
ARP = {
    "net.ipv4.conf.all.arp_ignore": 1,
    "net.ipv4.conf.all.arp_announce": 2,
    "net.ipv4.conf.lo.arp_ignore": 1,
    "net.ipv4.conf.lo.arp_announce": 2,
}


def saved(lab: LabUnderTest) -> str:
    """Return the director's rules as ipvsadm saves them."""
    return lab.node("director1").check_output("ipvsadm --save --numeric")


def test_connections_alternate(lab: LabUnderTest) -> None:
    """The kernel balances by itself; nothing else is needed for that."""
    assert lab.client.shares(20) == {"web1": 10, "web2": 10}
    assert not lab.node("director1").service("keepalived").is_running


def test_the_rules_are_the_files_and_the_labs(lab: LabUnderTest) -> None:
    """What ipvsadm saves is what the file holds, and that is what the lab file says."""
    kept = lab.node("director1").file(RULES).content_string
    assert kept == rules(lab.model)
    assert sorted(saved(lab).splitlines()) == sorted(kept.splitlines())


def test_the_connections_are_listed_with_their_states(lab: LabUnderTest) -> None:
    """``ipvsadm -Lnc`` shows each connection of the client's: closed, it is remembered for two minutes."""
    lab.client.get(4)
    listed = [line.split() for line in lab.node("director1").check_output("ipvsadm -Lnc").splitlines()]
    client = lab.address("client")
    ours = [row for row in listed if row[4:] and row[3].startswith(client) and row[4] == f"{lab.vip}:80"]
    assert len(ours) >= 4
    assert {row[2] for row in ours} == {"FIN_WAIT"}


@each_web
def test_a_real_server_keeps_quiet_about_the_vip(lab: LabUnderTest, web: str) -> None:
    """The four ARP settings are live: it answers for no address of another interface, and asks in its own name."""
    assert {name: lab.node(web).sysctl(name) for name in ARP} == ARP


@each_web
def test_a_real_server_has_the_vip_on_lo_and_nowhere_else(lab: LabUnderTest, web: str) -> None:
    """As a host address, /32."""
    rows = [line.split() for line in lab.node(web).check_output("ip -4 -oneline address show").splitlines()]
    assert [(row[1], row[3]) for row in rows if row[3].startswith(f"{lab.vip}/")] == [("lo", f"{lab.vip}/32")]


@each_web
def test_a_real_server_needs_no_route_to_take_what_is_for_the_vip(lab: LabUnderTest, web: str) -> None:
    """The kernel has a local route to each address of its own; the main table, where one would be added, has none."""
    node = lab.node(web)
    assert node.check_output("ip route get %s", lab.vip).split()[:4] == ["local", lab.vip, "dev", "lo"]
    assert node.check_output("ip route show %s", lab.vip) == ""


def test_provisioning_again_finds_nothing_to_do(lab: LabUnderTest) -> None:
    """What is there is what the lab file says."""
    assert {name: outcome.steps for name, outcome in lab.plan().items() if outcome.steps} == {}


@pytest.mark.usefixtures("restored")
def test_rules_and_vip_are_back_after_a_reboot(lab: LabUnderTest) -> None:
    """The director comes back with its VIP and its table, and nobody had to do anything."""
    before = saved(lab)
    remote = lab.remote("director1")
    boot = remote.run("cat /proc/sys/kernel/random/boot_id").stdout
    remote.run("systemctl --no-block reboot")
    lab.disconnect("director1")

    def is_back() -> bool:
        try:
            socket.create_connection((remote.login.address, remote.login.port), timeout=2).close()
            return remote.run("cat /proc/sys/kernel/random/boot_id", timeout=10).stdout != boot
        except (OSError, LabError):
            remote.close()
            return False

    wait_for(is_back, within=BACK_UP, what="director1 is not back", every=0.5)
    lab.wait_as_expected(within=60)
    assert saved(lab) == before
    assert lab.node("director1").service(UNIT).is_enabled
    assert lab.client.shares(10) == {"web1": 5, "web2": 5}
