"""Labs over IPv6: what stands in keepalived.conf, and how bare nodes get their addresses, routes and VIPs."""

from pathlib import Path

import pytest

from lvslab.model import Lab, load_lab
from lvslab.model.table import rules
from provision import director, nginx
from provision.director import keepalived_conf
from provision.provisioner import plan
from provision.role import Facts
from provision.step import Run, Step, Wait, Write
from tests.unit.recorded import FIXTURES, LABS, altered, facts_of


def lab_of(name: str) -> Lab:
    """Return a lab of the repository."""
    return load_lab(LABS / f"{name}.yml")


def steps_of(name: str, node: str) -> list[Step]:
    """Return the plan of a node that has just booted."""
    lab = lab_of(name)
    return plan(lab, lab.node(node), Facts(facts_of("bare", node)))


def written(steps: list[Step], path: str) -> str:
    """Return what a plan writes into a file."""
    (content,) = (step.content for step in steps if isinstance(step, Write) and step.path == path)
    return content


@pytest.mark.parametrize("name", ["lvs-dr-ipv6", "lvs-nat-ipv6"])
@pytest.mark.parametrize("node", ["director1", "director2"])
def test_keepalived_is_configured_as_the_lab_says(name: str, node: str) -> None:
    """The whole file, word for word."""
    lab = lab_of(name)
    said = keepalived_conf(lab, lab.node(node), Facts(facts_of("bare", "director1")))
    assert said == Path(FIXTURES, "golden", f"{name}.{node}.keepalived.conf").read_text()


def test_a_bare_director_has_its_address_at_once_and_a_link_local_one_before_keepalived() -> None:
    """Nobody is asked whether the address is taken; adverts are sent from the link-local one."""
    steps = steps_of("lvs-dr-ipv6", "director1")
    whats = [step.what for step in steps]
    begin = whats.index("set eth1 up")
    assert whats[begin : begin + 3] == [
        "set eth1 up",
        "put 2001:db8:18::31/64 on eth1",
        "wait for the link-local address of eth1",
    ]
    put, waited = steps[begin + 1 : begin + 3]
    assert isinstance(put, Run) and put.argv[-1] == "nodad"
    assert isinstance(waited, Wait) and waited.argv[-1] == "eth1"
    assert whats.index("start keepalived.service") > begin


def test_the_next_boot_finds_the_same() -> None:
    """networkd gives the interface a link-local address only where the lab's network is of IPv6."""
    path = "/etc/systemd/network/05-lan.network"
    ipv6 = written(steps_of("lvs-dr-ipv6", "web1"), path)
    assert "Address=2001:db8:18::32/64\nLinkLocalAddressing=ipv6\nIPv6DuplicateAddressDetection=0\n" in ipv6
    ipv4 = written(steps_of("lvs-dr-nginx", "web1"), path)
    assert "\nLinkLocalAddressing=no\n" in ipv4
    assert "DuplicateAddressDetection" not in ipv4


def test_a_real_server_has_the_vip_on_lo_and_no_arp_settings() -> None:
    """An address on lo is not answered for by neighbour discovery on another interface."""
    steps = steps_of("lvs-dr-ipv6", "web1")
    assert "Address=2001:db8:18::41/128\n" in written(steps, "/etc/systemd/network/05-vip.network")
    assert "put 2001:db8:18::41/128 on lo" in [step.what for step in steps]
    assert not [step.what for step in steps if "sysctl" in step.what]


def test_nginx_listens_on_both_families() -> None:
    """It takes IPv6 only where it is told; a lab without is written as before."""
    assert "    listen 80 default_server;\n    listen [::]:80 default_server;\n" in written(
        steps_of("lvs-dr-ipv6", "web1"), nginx.SITE
    )
    assert "[::]" not in written(steps_of("lvs-dr-nginx", "web1"), nginx.SITE)


def test_a_nat_director_is_a_router_of_ipv6_and_of_nothing_else() -> None:
    """Replies come back through it; a DR director forwards nothing."""
    assert director.settings(lab_of("lvs-nat-ipv6"))["net.ipv6.conf.all.forwarding"] == "1"
    assert director.settings(lab_of("lvs-nat-ipv6"))["net.ipv4.ip_forward"] == "0"
    assert director.settings(lab_of("lvs-dr-ipv6"))["net.ipv6.conf.all.forwarding"] == "0"
    assert "net.ipv6.conf.all.forwarding" not in director.settings(lab_of("lvs-nat"))


def test_a_real_server_behind_nat_gets_a_route_of_ipv6() -> None:
    """By the directors' inside address, now and from the next boot on."""
    steps = steps_of("lvs-nat-ipv6", "web1")
    assert written(steps, "/etc/systemd/network/05-inside.network").endswith("[Route]\nGateway=2001:db8:20::254\n")
    (now,) = (step for step in steps if step.what == "route by 2001:db8:20::254")
    assert isinstance(now, Run)
    assert now.argv == ("ip", "-6", "route", "replace", "default", "via", "2001:db8:20::254", "dev", "eth1")


def test_a_route_of_ipv6_that_is_there_is_found() -> None:
    """It is asked for by its family, and then nothing is to be done about it."""
    lab = lab_of("lvs-nat-ipv6")
    there = (
        '[{"dst":"default","gateway":"2001:db8:20::254","dev":"eth1","protocol":"static","metric":1024,"flags":[]}]'
    )
    seen = facts_of("bare", "web1")
    seen["routes"] = type(seen["addresses"])(0, there)
    whats = [step.what for step in plan(lab, lab.node("web1"), Facts(seen))]
    assert "route by 2001:db8:20::254" not in whats


def test_an_address_that_is_there_is_left_alone() -> None:
    """``ip -j address`` tells addresses of both families in the same way."""
    lab = lab_of("lvs-dr-ipv6")
    seen = altered(facts_of("bare", "web1"), "addresses", '"addr_info":[]', '"addr_info":[ADDRESS]')
    seen = altered(seen, "addresses", "ADDRESS", '{"family":"inet6","local":"2001:db8:18::32","prefixlen":64}')
    whats = [step.what for step in plan(lab, lab.node("web1"), Facts(seen))]
    assert "put 2001:db8:18::32/64 on eth1" not in whats
    assert "wait for the link-local address of eth1" not in whats


def test_ipvsadm_is_told_addresses_in_brackets() -> None:
    """As it prints them (ipvsadm(8))."""
    assert rules(lab_of("lvs-dr-ipv6")).splitlines() == [
        "-A -t [2001:db8:18::41]:80 -s rr",
        "-a -t [2001:db8:18::41]:80 -r [2001:db8:18::32]:80 -g -w 1",
        "-a -t [2001:db8:18::41]:80 -r [2001:db8:18::33]:80 -g -w 1",
    ]
