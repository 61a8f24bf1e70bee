"""Labs over IPv6 and services by UDP: what a lab file may not say of them, and what follows from it."""

from ipaddress import ip_address

import pytest

from lvslab.errors import LabFileError
from lvslab.model import Lab, Protocol, load_lab, parse_lab
from lvslab.model.table import flags_of, option_of, rules
from tests.unit.recorded import LABS


def text_of(name: str) -> str:
    """Return a lab file of the repository."""
    return (LABS / f"{name}.yml").read_text()


def mistakes(name: str, *changes: tuple[str, str]) -> list[str]:
    """Return what is wrong with a lab after changes, without line numbers."""
    text = text_of(name)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    with pytest.raises(LabFileError) as caught:
        parse_lab(text, "x.yml")
    return [line.partition(": ")[2] for line in caught.value.details]


def test_version_2_of_vrrp_has_no_ipv6() -> None:
    """RFC 3768 is for IPv4 alone."""
    (found,) = mistakes("lvs-dr-ipv6", ("version: 3 ", "version: 2 "))
    assert found.endswith("found 2001:db8:18::41, allowed: IPv4 addresses in this instance")


def test_no_tunnel_is_of_ipv6() -> None:
    """IP in IP carries IPv4 (RFC 2003)."""
    found = mistakes("lvs-dr-ipv6", ("forwarding: DR", "forwarding: TUN"))
    assert set(found) == {"virtual_services[0].forwarding: found TUN, allowed with an IPv6 address: DR, NAT"}


def test_a_real_server_is_of_the_services_family() -> None:
    """An IPv6 request cannot be answered by a server that has IPv4 alone."""
    change = ('web2: {role: web, addresses: {inside: "2001:db8:20::170"}, gateway: "2001:db8:20::254"}',)
    other = 'web2: {role: web, addresses: {back: 10.0.0.170}, gateway: "2001:db8:20::254"}'
    network = ("networks:\n", "networks:\n  back: {subnet: 10.0.0.0/24}\n")
    found = mistakes("lvs-nat-ipv6", (change[0], other), network)
    wanted = "virtual_services[0].real_servers[1].node: web2 has no IPv6 address, as 2001:db8:10::254 is"
    assert wanted in found


def test_the_sync_daemon_is_on_a_network_of_ipv4() -> None:
    """Its messages go to 224.0.0.81."""
    (found,) = mistakes("lvs-dr-ipv6", ("client:", "sync_daemon: {network: lan, sync_id: 7}\nclient:"))
    assert found == "sync_daemon.network: found lan, allowed: an IPv4 network"


def test_the_export_is_on_a_network_of_ipv4() -> None:
    """Web servers mount it by an address of IPv4."""
    storage = "storage: {node: nfs, array: {spares: 1}, volume: {size: 1GiB}, export: {network: lan}}\nclient:"
    nfs = ("nfs: {role: idle,", 'nfs: {role: nfs, addresses: {lan: "2001:db8:18::34"},')
    (found,) = mistakes("lvs-dr-ipv6", nfs, ("client:", storage))
    assert found == "storage.export.network: found lan, allowed: an IPv4 network"


def test_with_two_families_a_real_server_is_reached_by_the_services_own() -> None:
    """A node with an address of each has two rows in two tables."""
    text = text_of("lvs-dr-nginx").replace("networks:\n", 'networks:\n  six: {subnet: "2001:db8::/64"}\n')
    for last in (51, 52, 71, 72):
        old = f"lan: 192.168.1.1{last}"
        assert old in text
        text = text.replace(old, f'{old}, six: "2001:db8::1{last}"')
    text = text.replace("lan: 192.168.1.140", 'lan: 192.168.1.140, six: "2001:db8::140"')
    six = text[text.index("  - name: VI_1") : text.index("virtual_services:")]
    six = six.replace("VI_1", "VI_6").replace("version: 2", "version: 3").replace("network: lan", "network: six")
    six = six.replace('    auth_pass: "1111"\n', "").replace("192.168.1.150", '"2001:db8::150"')
    service = text[text.index("  - name: http") :].replace("name: http", "name: http6")
    service = service.replace("192.168.1.150", '"2001:db8::150"')
    lab = parse_lab(text.replace("virtual_services:", f"{six}virtual_services:") + service)
    assert [line for line in rules(lab).splitlines() if line.startswith("-a")] == [
        "-a -t 192.168.1.150:80 -r 192.168.1.171:80 -g -w 1",
        "-a -t 192.168.1.150:80 -r 192.168.1.172:80 -g -w 1",
        "-a -t [2001:db8::150]:80 -r [2001:db8::171]:80 -g -w 1",
        "-a -t [2001:db8::150]:80 -r [2001:db8::172]:80 -g -w 1",
    ]


def test_a_mark_of_ipv6_is_told_so(lab: Lab) -> None:
    """IPVS takes a mark for one of IPv4 unless told (ipvsadm(8), -6)."""
    http = lab.virtual_services[0].model_copy(update={"fwmark": 5})
    assert option_of(http) == "-f 5"
    assert option_of(http.model_copy(update={"address": ip_address("2001:db8::41")})) == "-f 5 -6"


def test_one_packet_scheduling_is_told_as_ipvsadm_tells_it() -> None:
    """In its list after the scheduler and persistence; in what it takes, -o."""
    lab = load_lab(LABS / "lvs-udp.yml")
    _, flows, datagrams = lab.virtual_services
    assert (flags_of(flows), flags_of(datagrams)) == ("", "ops")
    assert flags_of(datagrams.model_copy(update={"persistence_timeout": 5})) == "persistent 5 ops"
    heads = [line for line in rules(lab).splitlines() if line.startswith("-A")]
    assert heads == [
        "-A -t 192.168.18.41:80 -s rr",
        "-A -u 192.168.18.41:7000 -s rr",
        "-A -u 192.168.18.41:7001 -s rr -o",
    ]


def test_datagrams_are_answered_where_the_lab_says_so() -> None:
    """Not where some other daemon serves, and not by TCP."""
    lab = load_lab(LABS / "lvs-udp.yml")
    http, flows, datagrams = lab.virtual_services
    assert [lab.datagram_port(each) for each in (flows, datagrams, http)] == [7000, 7001, None]
    dns = http.model_copy(update={"protocol": Protocol.UDP})
    assert lab.datagram_port(dns) is None
