"""What a director's table is to hold, as ipvsadm would save it."""

from ipaddress import ip_address

import pytest

from lvslab.model import Forwarding, Lab, Scheduler, SchedulerFlag, load_lab
from lvslab.model.table import endpoint, flags_of, rows_of, rules
from tests.unit.recorded import LABS


def test_rules_are_what_ipvsadm_saves() -> None:
    """The service first, then its real servers, each with its weight."""
    assert rules(load_lab(LABS / "lvs-dr-ipvsadm.yml")).splitlines() == [
        "-A -t 192.168.18.41:80 -s rr",
        "-a -t 192.168.18.41:80 -r 192.168.18.32:80 -g -w 1",
        "-a -t 192.168.18.41:80 -r 192.168.18.33:80 -g -w 1",
    ]


def test_a_director_is_one_row_among_others() -> None:
    """Its own address, on a network of its own, is a real server's like any other."""
    lab = load_lab(LABS / "lvs-nat-local.yml")
    assert rows_of(lab, lab.virtual_services[0]) == {
        "192.168.0.160:80": ("NAT", 1),
        "192.168.0.170:80": ("NAT", 1),
        "192.168.0.180:80": ("NAT", 1),
        "192.168.0.253:80": ("NAT", 1),
    }


@pytest.mark.parametrize(("method", "flag"), [("DR", "-g"), ("TUN", "-i"), ("NAT", "-m")])
def test_each_forwarding_method_has_its_flag(lab: Lab, method: str, flag: str) -> None:
    """As ipvsadm's manual page names them."""
    service = lab.virtual_services[0].model_copy(update={"forwarding": Forwarding(method)})
    assert f" {flag} -w 1\n" in rules(lab.model_copy(update={"virtual_services": (service,)}))


def test_an_ipv6_address_is_in_brackets() -> None:
    """Else its port would be part of it."""
    assert endpoint(ip_address("2001:db8::41"), 80) == "[2001:db8::41]:80"
    assert endpoint(ip_address("192.168.18.41"), 80) == "192.168.18.41:80"


@pytest.mark.parametrize(
    ("timeout", "bits", "flags", "words"),
    [
        (None, None, "", "-s rr"),
        (5, None, "persistent 5", "-s rr -p 5"),
        (5, 32, "persistent 5", "-s rr -p 5"),
        (300, 24, "persistent 300 mask 255.255.255.0", "-s rr -p 300 -M 255.255.255.0"),
    ],
)
def test_persistence_is_told_as_ipvsadm_tells_it(
    lab: Lab, timeout: int | None, bits: int | None, flags: str, words: str
) -> None:
    """In its list after the scheduler, and in what it saves; a mask only where it leaves bits out."""
    changes = {"persistence_timeout": timeout, "persistence_granularity": bits}
    service = lab.virtual_services[0].model_copy(update=changes)
    assert flags_of(service) == flags
    assert rules(lab.model_copy(update={"virtual_services": (service,)})).splitlines()[0].endswith(f":80 {words}")


@pytest.mark.parametrize(
    ("scheduler", "flags", "kept", "listed", "words"),
    [
        ("sh", ("sh-port",), None, "(sh-port)", "-s sh -b sh-port"),
        ("sh", ("sh-port", "sh-fallback"), None, "(sh-fallback,sh-port)", "-s sh -b sh-fallback,sh-port"),
        ("mh", ("mh-fallback",), 5, "(mh-fallback) persistent 5", "-s mh -p 5 -b mh-fallback"),
    ],
)
def test_scheduler_flags_are_told_as_ipvsadm_tells_them(
    lab: Lab, scheduler: str, flags: tuple[str, ...], kept: int | None, listed: str, words: str
) -> None:
    """In its own order, whatever that of the lab file; before persistence in its list, after it in what it saves."""
    changes = {
        "scheduler": Scheduler(scheduler),
        "scheduler_flags": tuple(map(SchedulerFlag, flags)),
        "persistence_timeout": kept,
    }
    service = lab.virtual_services[0].model_copy(update=changes)
    assert flags_of(service) == listed
    assert rules(lab.model_copy(update={"virtual_services": (service,)})).splitlines()[0].endswith(f":80 {words}")
