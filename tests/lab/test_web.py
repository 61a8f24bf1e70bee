"""The web servers: who answers, and how they keep silent about the VIP that they hold."""

import pytest

from lvslab.pytest_plugin import LabUnderTest
from lvslab.pytest_plugin.wire import Wire
from lvslab.wait import wait_for
from provision.real_server import ARP, ARP_CONF

WEBS = ("web1", "web2")
each_web = pytest.mark.parametrize("web", WEBS)
pytestmark = pytest.mark.lab(restore="never")  # these only look
LISTEN = 4.0  # seconds in which every answer to an ARP request has come, of a machine that stood still too
LOGGED = 10.0


@each_web
def test_says_its_name_in_the_x_real_server_header(lab: LabUnderTest, web: str) -> None:
    """Whoever asks a web server directly is told which one it is."""
    [answer] = lab.client.get(address=lab.address(web))
    assert (answer.status, answer.server) == (200, web)


@each_web
def test_httpd_runs_and_starts_at_boot(lab: LabUnderTest, web: str) -> None:
    """The unit is active and enabled."""
    service = lab.node(web).service("apache2")
    assert service.is_running
    assert service.is_enabled


@each_web
def test_the_four_arp_settings_are_live(lab: LabUnderTest, web: str) -> None:
    """arp_ignore and arp_announce, of all and of lo, are what direct routing needs."""
    live = {name: str(lab.node(web).sysctl(name)) for name in ARP}
    assert live == ARP
    assert len(live) == 4


@each_web
def test_the_arp_settings_have_the_last_word_at_boot(lab: LabUnderTest, web: str) -> None:
    """No file that systemd-sysctl reads after ours says anything else."""
    node = lab.node(web)
    assert node.file(ARP_CONF).is_file
    configured = node.check_output("systemd-analyze --no-pager cat-config sysctl.d")
    words = (line.partition("=") for line in configured.splitlines() if not line.startswith(("#", ";")))
    last = {name.strip().lstrip("-"): value.strip() for name, equals, value in words if equals}
    assert {name: last.get(name) for name in ARP} == ARP


@each_web
def test_has_the_vip_on_lo_as_a_host_address_and_nowhere_else(lab: LabUnderTest, web: str) -> None:
    """The VIP is 192.168.18.41/32 on lo; no other interface has it."""
    rows = [line.split() for line in lab.node(web).check_output("ip -4 -oneline address show").splitlines()]
    assert [(row[1], row[3]) for row in rows if row[3].startswith(f"{lab.vip}/")] == [("lo", f"{lab.vip}/32")]


def answers(wire: Wire, address: str) -> set[str]:
    """Return the MAC addresses that answered for ``address`` within LISTEN seconds."""
    return {arp.sender_mac for arp in wire.arps(LISTEN) if arp.operation == 2 and arp.sender == address}


def test_only_the_holder_answers_arp_for_the_vip(lab: LabUnderTest) -> None:
    """Of all that hear who-has VIP, the master alone answers."""
    [holder] = lab.holders()
    with lab.client.wire() as wire:
        wire.ask_who_has(lab.vip, sender=lab.address("client"))
        assert answers(wire, lab.vip) == {lab.mac(holder)}


@each_web
def test_a_web_server_asked_to_its_face_does_not_answer_for_the_vip(lab: LabUnderTest, web: str) -> None:
    """A request for the VIP sent to a web server's own MAC address gets no answer; one for its own address does."""
    with lab.client.wire() as wire:
        wire.ask_who_has(lab.vip, lab.address("client"), destination=lab.mac(web))
        wire.ask_who_has(lab.address(web), lab.address("client"), destination=lab.mac(web))
        # the client may ask others for itself meanwhile
        seen = {arp.sender for arp in wire.arps(LISTEN) if arp.operation == 2 and arp.sender_mac == lab.mac(web)}
    assert seen == {lab.address(web)}


@each_web
def test_a_web_server_speaks_arp_with_its_own_address_only(lab: LabUnderTest, web: str) -> None:
    """When it answers from the VIP it asks for the client's MAC address in its own name (arp_announce)."""
    node = lab.node(web)
    with lab.client.wire() as wire:
        node.check_output("ip neighbour flush to %s", lab.address("client"))
        lab.client.get(2)
        asked = {arp.sender for arp in wire.arps() if arp.operation == 1 and arp.sender_mac == lab.mac(web)}
    assert asked == {lab.address(web)}


@each_web
def test_the_access_log_names_the_client_and_the_vip(lab: LabUnderTest, web: str) -> None:
    """With direct routing a web server sees the client itself, and that it asked the VIP."""
    lab.client.get(2, path="/?named")
    # a request is logged when its answer is gone
    grep = "grep '/?named' /var/log/apache2/access.log | tail -n 1"
    line = wait_for(lambda: lab.node(web).check_output(grep), within=LOGGED, what="nothing is logged")
    assert f"client={lab.address('client')}:" in line
    assert f"vip={lab.vip}:80" in line
