"""MAC addresses follow from the lab file, and no two interfaces of a lab share one."""

import re

from hypothesis import given, settings
from hypothesis import strategies as some

from lvslab.model import Lab

MAC = re.compile("52:54:00(:[0-9a-f]{2}){3}")


def lab_with(hosts: list[int], networks: int) -> Lab:
    """Build a lab whose nodes are on all networks, with these last numbers in their addresses."""
    nodes = {
        f"node{index}": {"role": "web", "addresses": {f"net{n}": f"10.{n}.7.{host}" for n in range(networks)}}
        for index, host in enumerate(hosts)
    }
    subnets = {f"net{n}": {"subnet": f"10.{n}.0.0/16"} for n in range(networks)}
    client = {"addresses": {"net0": "10.0.9.9"}}
    return Lab.model_validate({"lab": "macs", "networks": subnets, "nodes": nodes, "client": client})


def macs_of(lab: Lab) -> list[str]:
    """Return the MAC addresses of all interfaces of a lab."""
    nodes = lab.nodes.values()
    return [node.mac_management for node in nodes] + [node.mac(net) for node in nodes for net in node.addresses]


@settings(max_examples=30)
@given(
    hosts=some.lists(some.integers(1, 254), min_size=1, max_size=40, unique=True),
    networks=some.integers(1, 6),
)
def test_macs_are_unique_in_a_lab(hosts: list[int], networks: int) -> None:
    """Networks differ in the fourth byte, the management network's is ff, and nodes differ in the rest."""
    macs = macs_of(lab_with(hosts, networks))
    assert len(set(macs)) == len(macs)
    assert all(MAC.fullmatch(mac) for mac in macs)


def test_a_mac_shows_its_network_and_address() -> None:
    """The fourth byte is the network's place, the last two are the address's."""
    node = lab_with([31], 2).node("node0")
    assert [node.mac("net0"), node.mac("net1")] == ["52:54:00:00:07:1f", "52:54:00:01:07:1f"]
    assert node.mac_management == "52:54:00:ff:00:0a"


def test_macs_do_not_change_when_a_lab_is_built_again() -> None:
    """A machine keeps its addresses over every raising of the lab."""
    assert macs_of(lab_with([1, 2, 3], 2)) == macs_of(lab_with([1, 2, 3], 2))
