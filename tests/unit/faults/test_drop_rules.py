"""Rules between the ports of the lab's bridges, as nft(8) takes them."""

import pytest

from lvslab.faults.kinds import rules
from lvslab.faults.kinds.rules import Way
from lvslab.model import Lab, load_lab
from tests.unit.recorded import LABS


def test_a_table_is_replaced_all_at_once() -> None:
    """Taken away first, there or not, in the same transaction: there is no moment without rules."""
    text = rules.ruleset("lvslab-x", [Way(("vnet1", "vnet2"), None), Way(None, ("vnet1",))], ["ip protocol 112"])
    assert text == (
        "add table bridge lvslab-x\n"
        "delete table bridge lvslab-x\n"
        "table bridge lvslab-x {\n"
        "  chain forward {\n"
        "    type filter hook forward priority filter; policy accept;\n"
        '    iifname { "vnet1", "vnet2" } ip protocol 112 counter drop\n'
        '    oifname { "vnet1" } ip protocol 112 counter drop\n'
        "  }\n"
        "}\n"
    )


def test_all_packets_of_a_way_need_no_match() -> None:
    """From some ports to some others, whatever it is."""
    assert '    iifname { "a" } oifname { "b" } counter drop\n' in rules.ruleset("t", [Way(("a",), ("b",))], [""])


@pytest.mark.parametrize("way", [Way((), ("a",)), Way(("a",), ()), Way((), None)])
def test_a_way_that_nobody_can_take_is_no_rule(way: Way) -> None:
    """A machine that is off has no port; the rule must not become one for every port."""
    assert "drop" not in rules.ruleset("t", [way], [""])


def test_the_protocols(lab: Lab) -> None:
    """VRRP by its number, sync by its multicast group and port, ARP by its type, IPv6's neighbours likewise."""
    assert rules.protocol_matches(lab, "all") == [""]
    assert rules.protocol_matches(lab, "vrrp") == ["ip protocol 112", "ip6 nexthdr 112"]
    assert rules.protocol_matches(lab, "sync") == ["ip daddr 224.0.0.81 udp dport 8848"]
    assert rules.protocol_matches(lab, "arp")[0] == "ether type arp"


def test_health_checks_are_known_by_the_port_that_is_checked() -> None:
    """Not by the service's, which may be every port, or several by a mark."""
    matches = rules.protocol_matches(load_lab(LABS / "lvs-dr-fwmark.yml"), "health-checks")
    assert {match.rpartition(" ")[2] for match in matches} == {"80", "22", "443"}
    assert len(matches) == len(set(matches)) == 12


def test_health_checks_are_known_by_who_asks_whom(lab: Lab) -> None:
    """From a director's own address to a real server's: in direct routing, requests keep the client's address."""
    assert rules.protocol_matches(lab, "health-checks") == [
        "ip saddr 192.168.18.31 ip daddr 192.168.18.32 tcp dport 80",
        "ip saddr 192.168.18.31 ip daddr 192.168.18.33 tcp dport 80",
        "ip saddr 192.168.18.30 ip daddr 192.168.18.32 tcp dport 80",
        "ip saddr 192.168.18.30 ip daddr 192.168.18.33 tcp dport 80",
    ]


def test_health_checks_by_udp_are_known_by_their_datagrams() -> None:
    """UDP_CHECK asks the port of its service; the one by TCP beside it is asked as ever."""
    matches = rules.protocol_matches(load_lab(LABS / "lvs-udp.yml"), "health-checks")
    asked = {match.partition("192.168.18.32 ")[2] for match in matches if "192.168.18.32 " in match}
    assert asked == {"udp dport 7000", "udp dport 7001", "tcp dport 80"}


def test_health_checks_over_ipv6_are_known_by_their_addresses() -> None:
    """nft has another word for the addresses of each family."""
    matches = rules.protocol_matches(load_lab(LABS / "lvs-dr-ipv6.yml"), "health-checks")
    assert "ip6 saddr 2001:db8:18::31 ip6 daddr 2001:db8:18::32 tcp dport 80" in matches
    assert len(matches) == 4
