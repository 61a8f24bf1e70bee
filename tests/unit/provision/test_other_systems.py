"""What FreeBSD and Solaris real servers have in their files; the files were never run by these systems."""

import pytest
import yaml

from lvslab.errors import UsageError
from lvslab.model import Lab
from provision.other_systems import files

BY_NAT = """
lab: nat
networks: {outside: {subnet: 192.168.10.0/24}, inside: {subnet: 192.168.0.0/24}}
nodes:
  director1: {role: director, addresses: {outside: 192.168.10.253, inside: 192.168.0.253}}
  director2: {role: director, addresses: {outside: 192.168.10.252, inside: 192.168.0.252}}
  bsd: {role: web, addresses: {inside: 192.168.0.170}}
  sun: {role: web, addresses: {inside: 192.168.0.180}}
client: {addresses: {outside: 192.168.10.140}}
vrrp_instances:
  - {name: VI_1, network: outside, virtual_router_id: 51, virtual_addresses: [192.168.10.200],
     priorities: {director1: 100, director2: 99}}
  - {name: VI_2, network: inside, virtual_router_id: 52, virtual_addresses: [192.168.0.254],
     priorities: {director1: 100, director2: 99}}
virtual_services:
  - {name: http, address: 192.168.10.200, port: 80, forwarding: NAT, real_servers: [{node: bsd}, {node: sun}]}
"""


def by(method: str, **changes: object) -> Lab:
    """Return the lab with another forwarding method, and parts of it changed."""
    data = yaml.safe_load(BY_NAT)
    data["virtual_services"][0]["forwarding"] = method
    return Lab.model_validate(data | changes)


def rendered(system: str, name: str, lab: Lab) -> dict[str, str]:
    """Return a node's files."""
    return files(system, lab, lab.nodes[name])


def test_freebsd_by_nat_routes_by_the_address_that_moves() -> None:
    """As the document has it, with the directors' floating address in place of its single director's."""
    assert rendered("freebsd", "bsd", by("NAT")) == {
        "/etc/rc.conf": 'hostname="bsd"\n'
        'ifconfig_vtnet0="inet 192.168.0.170 netmask 255.255.255.0"\n'
        'defaultrouter="192.168.0.254"\n'
    }


def test_solaris_by_nat_has_a_file_for_each_thing() -> None:
    """Address and prefix in hostname.e1000g0, so netmasks may stay empty."""
    assert rendered("solaris", "sun", by("NAT")) == {
        "/etc/nodename": "sun\n",
        "/etc/hosts": "127.0.0.1 localhost loghost\n192.168.0.180 sun\n",
        "/etc/hostname.e1000g0": "192.168.0.180/24\n",
        "/etc/defaultrouter": "192.168.0.254\n",
    }


def test_a_single_director_is_the_router_itself() -> None:
    """There is nobody for an address to move to."""
    data = yaml.safe_load(BY_NAT)["nodes"]
    del data["director2"]
    lab = by("NAT", nodes=data, vrrp_instances=[])
    assert 'defaultrouter="192.168.0.253"\n' in rendered("freebsd", "bsd", lab)["/etc/rc.conf"]


def test_by_dr_the_virtual_address_is_on_lo0_and_is_the_services_own() -> None:
    """The document has another subnet's there than on its director."""
    lines = rendered("freebsd", "bsd", by("DR"))["/etc/rc.conf"].splitlines()
    assert lines[2:] == ['ifconfig_lo0_alias0="inet 192.168.10.200 netmask 255.255.255.255"']
    found = rendered("solaris", "sun", by("DR"))
    assert found["/etc/hostname.lo0:1"] == "192.168.10.200/32\n"
    assert "/etc/defaultrouter" not in found


def test_by_tun_each_director_has_a_tunnel() -> None:
    """A tunnel takes packets of one sender only, and after a failover the other director sends."""
    lines = rendered("freebsd", "bsd", by("TUN"))["/etc/rc.conf"].splitlines()
    assert lines[2:] == [
        'cloned_interfaces="gif0 gif1"',
        'ifconfig_gif0="tunnel 192.168.0.170 192.168.0.253 mtu 1480 up"',
        'ifconfig_gif1="tunnel 192.168.0.170 192.168.0.252 mtu 1480 up"',
        'ifconfig_gif0_alias0="inet 192.168.10.200 192.0.2.1 netmask 255.255.255.255"',
    ]
    found = rendered("solaris", "sun", by("TUN"))
    assert found["/etc/hostname.ip.tun0"] == (
        "tsrc 192.168.0.180 tdst 192.168.0.253\n192.168.10.200 192.0.2.1 netmask 255.255.255.255 up\n"
    )
    assert found["/etc/hostname.ip.tun1"].startswith(
        "tsrc 192.168.0.180 tdst 192.168.0.252\n192.168.10.200 192.0.2.2 "
    )


def test_the_interface_is_what_the_user_says() -> None:
    """The document's were lnc0 and pcn0."""
    lab = by("NAT")
    assert "/etc/hostname.pcn0" in files("solaris", lab, lab.nodes["sun"], "pcn0")
    assert 'ifconfig_lnc0="inet' in files("freebsd", lab, lab.nodes["bsd"], "lnc0")["/etc/rc.conf"]


def test_a_node_that_is_no_real_server_is_refused() -> None:
    """With the names of those that are."""
    with pytest.raises(UsageError) as caught:
        rendered("freebsd", "director1", by("DR"))
    assert (caught.value.message[:24], caught.value.hint) == ("director1 is no real ser", "one of: bsd, sun")
