"""What faults should cost a service by UDP, worked out by hand."""

from dataclasses import replace

import pytest

from lvslab.judge.predict import Moment, Prediction, Setup, find, predictions, setup_of
from lvslab.judge.strike import STORAGE
from lvslab.judge.timing import CheckTiming
from lvslab.judge.timing_conf import setup_of_conf
from lvslab.model import CheckType, load_lab
from lvslab.model.keepalived import parse
from tests.unit.judge.histories import LAB
from tests.unit.recorded import LABS

SETUP = setup_of(load_lab(LABS / "lvs-udp.yml"))
OF_HTTPD = (
    "process.stop httpd",
    "process.kill httpd",
    "process.freeze httpd",
    "service.restart httpd",
    "web.slow",
    "web.error",
    "web.wrong-body",
)
UDP_CHECK = CheckTiming(CheckType.UDP_CHECK, 2, 2, 1, 1)


def told(fault: str, of: Setup = SETUP, service: str = "flows", **arguments: str) -> list[Prediction]:
    """Return what a fault should cost a service: as it begins, then its end."""
    return [each for each in find(of, fault, arguments) if (each.fault, each.subject) == (fault, service)]


def by_udp(of: Setup, check: CheckTiming | None = UDP_CHECK) -> Setup:
    """Return the same cluster with its service asked by datagrams."""
    return replace(of, services=tuple(replace(each, is_udp=True, check=check) for each in of.services))


@pytest.mark.parametrize("where", ["", " everywhere"])
@pytest.mark.parametrize("fault", OF_HTTPD)
def test_a_fault_of_httpd_costs_a_service_by_udp_nothing(fault: str, where: str) -> None:
    """Another daemon answers datagrams; what is asked by TCP beside it is hit."""
    found = told(f"{fault}{where}", delay="3")
    assert found and all(each.is_free and each.reasoning for each in found)
    assert not told(f"{fault}{where}", service="http", delay="3")[0].is_free


@pytest.mark.parametrize("how", ["power-off", "pause", "link-down", "reset"])
def test_a_silent_server_is_noticed_by_udp_check(how: str) -> None:
    """2 x 2 s + 1 s, and delay_loop 2 s; but datagrams confirm no ARP entry, which may fail after three probes."""
    [begin, end] = told(f"node.{how} real-server")
    assert (begin.window, begin.failing) == ("3.00-7.00 s", "50 %")
    assert end.is_free


def test_a_check_by_tcp_beside_may_empty_the_table_of_a_service_by_udp() -> None:
    """It asks httpd: one of two servers is removed for nothing, and if it is both, nobody can tell."""
    beside = by_udp(SETUP, CheckTiming(CheckType.TCP_CHECK, 2, 2, 1, 1))
    assert told("process.stop httpd", beside)[0].is_free
    assert "TCP_CHECK asks another daemon" in told("process.stop httpd everywhere", beside)[0].untold
    assert told("process.stop httpd everywhere", by_udp(SETUP, None))[0].is_free


def test_a_director_that_is_gone_costs_datagrams_what_it_costs_connections() -> None:
    """The VIP moves by VRRP, whatever is asked there."""
    crash = next(each for each in find(SETUP, "node.power-off master") if each.moment is Moment.INJECT)
    assert (crash.subject, crash.window) == ("VI_1", "2.61-3.61 s")
    assert told("network.partition master")[0].window == told("network.partition master", service="http")[0].window


def test_no_reason_speaks_of_tcp() -> None:
    """Neither its checks nor its handshake."""
    reasons = [reason for each in predictions(SETUP) if each.subject == "flows" for reason in each.reasoning]
    assert reasons and not [reason for reason in reasons if "TCP" in reason or "handshake" in reason]


@pytest.mark.parametrize(("delay", "is_free"), [("0.15", True), ("0.9", True), ("1", False)])
@pytest.mark.parametrize("who", ["master", "real-server"])
def test_a_datagram_may_be_late_by_all_that_the_prober_waits(who: str, delay: str, is_free: bool) -> None:
    """There is no handshake with a limit of its own, and each way is gone once."""
    assert told(f"network.delay {who}", delay=delay)[0].is_free is is_free


def test_a_delay_that_checks_do_not_mind_costs_a_servers_share_as_long_as_it_lasts() -> None:
    """UDP_CHECK waits 2 s; from there on it has the server removed."""
    assert told("network.delay real-server", delay="1.5")[0].window == "as long as it lasts"
    assert told("network.delay real-server", delay="2")[0].window == "3.00-7.00 s"


def test_what_the_end_of_a_delay_loses_was_sent_as_long_before_it() -> None:
    """One datagram of 0.4 s, not the two of a connection and its page; nobody sends it again."""
    [_, end] = told("network.delay real-server", delay="0.4")
    assert (end.latest, end.under_way, end.share) == (0.4, 0.4, (0, 0.5))


def test_with_nat_the_answer_passes_the_master_as_well() -> None:
    """0.6 s each way is more than the second that the prober waits."""
    nat = by_udp(setup_of(load_lab(LABS / "lvs-nat.yml")))
    service = nat.services[0].name
    assert told("network.delay master", nat, service, delay="0.4")[0].is_free
    assert not told("network.delay master", nat, service, delay="0.6")[0].is_free
    [loss] = told("network.loss master", nat, service, percent="10")
    assert "one that is lost has no answer: 19 %" in "; ".join(loss.reasoning)


def test_loss_loses_its_share_for_nothing_is_sent_again() -> None:
    """Which datagrams it is is chance, so nothing is promised; a check fails as its one answer is lost."""
    [loss] = told("network.loss real-server", percent="20")
    assert loss.untold
    assert "one that is lost has no answer: 20 %" in loss.reasoning[1]
    assert "its one answer is lost, 20 %" in loss.reasoning[2]


def test_the_storage_costs_a_service_by_udp_nothing() -> None:
    """Pages are read from it, and no datagram's answer."""
    of = by_udp(setup_of(LAB))
    words = (STORAGE, "disk.", "nfsd", "rpcbind")
    found = [each for each in predictions(of) if each.subject == "http" and any(word in each.fault for word in words)]
    assert {each.fault for each in found} >= {
        "node.power-off storage",
        "process.stop nfsd",
        "service.restart nfsd",
        "disk.pull",
        "network.partition storage",
        "network.delay storage",
        "network.loss storage",
    }
    assert all(each.is_free for each in found)


def test_arp_that_is_blocked_is_worded_for_datagrams() -> None:
    """They confirm no entry, as the packets of TCP do."""
    [blocked] = told("network.block arp")
    assert "datagrams confirm no ARP entry" in blocked.untold


def test_a_sorry_server_answers_no_datagram() -> None:
    """The directors' own gives a page: when the last real server is gone, so is the service."""
    guarded = load_lab(LABS / "lvs-dr-guarded.yml")
    services = tuple(each.model_copy(update={"protocol": "udp"}) for each in guarded.virtual_services)
    of = setup_of(guarded.model_copy(update={"virtual_services": services}))
    assert not any(each.sorry_server for each in of.services)


CONF = """
virtual_server 192.168.1.150 53 {
    lvs_sched rr
    lvs_method DR
    protocol UDP
    delay_loop 2
    real_server 192.168.1.2 53 {
        UDP_CHECK {
            connect_timeout 2
            require_reply
        }
    }
    real_server 192.168.1.3 53 {
        UDP_CHECK {
            connect_timeout 2
            require_reply
        }
    }
}
"""


@pytest.mark.parametrize(("protocol", "is_udp"), [("UDP", True), ("TCP", False)])
def test_the_protocol_is_read_from_a_keepalived_conf(protocol: str, is_udp: bool) -> None:
    """Of what another daemon does not answer, nothing is lost there either."""
    of = setup_of_conf(parse(CONF.replace("protocol UDP", f"protocol {protocol}"), "keepalived.conf"))
    [service] = of.services
    assert service.is_udp is is_udp
    assert told("process.stop httpd", of, "192.168.1.150 53")[0].is_free is is_udp


def test_a_firewall_mark_has_no_protocol() -> None:
    """What is marked may be asked by either, so it is judged as ever."""
    [service] = setup_of_conf(parse(CONF.replace("192.168.1.150 53", "fwmark 5"), "keepalived.conf")).services
    assert not service.is_udp
