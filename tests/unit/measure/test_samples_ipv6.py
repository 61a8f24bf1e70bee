"""Samples of nodes with IPv6 VIPs: addresses as /proc/net/if_inet6 has them, tables as the kernel has them."""

from typing import Any

import pytest

from lvslab.history import DirectorSample, WebSample
from lvslab.measure import samples
from lvslab.measure.addresses import network_towards, spare
from lvslab.measure.samples import sample
from lvslab.model import Lab, load_lab
from lvslab.nodes.facts import ipvs
from lvslab.nodes.facts.director import RealServer, Service
from tests.unit.recorded import LABS

# address, interface's number, prefix length, scope, flags, interface (proc(5)); 0x80 is permanent, 0x20 deprecated
OWN = "20010db8001800000000000000000031 03 40 00 80     eth1\n"
VIP = "20010db8001800000000000000000041 03 80 00 a2     eth1\n"
ON_LO = "20010db8001800000000000000000041 01 80 00 80       lo\n"


@pytest.fixture
def lab() -> Lab:
    """Return the lab over IPv6."""
    return load_lab(LABS / "lvs-dr-ipv6.yml")


def seen(addresses: str) -> dict[str, Any]:
    """Return what a node's program saw, with these addresses of IPv6."""
    return {"files": {samples.IPV6: addresses}, "addresses": [["lo", "127.0.0.1"]], "took": 1, "vrrp": "", "ipvs": []}


@pytest.mark.parametrize(
    ("addresses", "holds"), [(OWN + VIP, ("2001:db8:18::41",)), (OWN, ()), (OWN + ON_LO, ()), ("", ())]
)
def test_a_director_holds_a_vip_that_is_on_an_interface(lab: Lab, addresses: str, holds: tuple[str, ...]) -> None:
    """One on lo is a real server's."""
    found = sample(lab, lab.node("director1"), 5, seen(addresses))
    assert isinstance(found, DirectorSample)
    assert found.holds == holds


def test_a_real_server_has_the_vip_on_lo(lab: Lab) -> None:
    """As in IPv4."""
    found = sample(lab, lab.node("web1"), 5, seen(ON_LO))
    assert isinstance(found, WebSample)
    assert found.vips == ("2001:db8:18::41",)


def test_rows_are_told_by_the_names_of_the_lab_file(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses in brackets are those of nodes."""
    rows = (RealServer("[2001:db8:18::32]:80", "DR", 1, 0, 0), RealServer("[2001:db8:18::33]:80", "DR", 1, 0, 0))
    tables = (Service("TCP", "[2001:db8:18::41]:80", "rr", "", rows),)
    monkeypatch.setattr(ipvs, "services", lambda said: tables)
    found = sample(lab, lab.node("director1"), 5, seen(VIP))
    assert isinstance(found, DirectorSample)
    assert [(row.service, row.server) for row in found.rows] == [("http", "web1"), ("http", "web2")]


def test_a_load_gets_more_addresses_of_ipv6(lab: Lab) -> None:
    """Those after the client's own, in the network that leads to the service."""
    assert network_towards(lab, lab.services[0]) == "lan"
    assert spare(lab, "lan", 3) == ["2001:db8:18::140", "2001:db8:18::141", "2001:db8:18::142"]
