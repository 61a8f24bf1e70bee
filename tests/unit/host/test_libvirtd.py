"""The networks that the lab's libvirt is told of."""

from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from lvslab.host.libvirtd import management_xml, network_xml
from lvslab.model import Lab


@pytest.fixture
def management(lab: Lab) -> Element:
    """Return the management network's definition."""
    return ElementTree.fromstring(management_xml(lab))


def test_a_lab_network_is_a_bridge_and_nothing_more(lab: Lab) -> None:
    """No address of the host's, no DHCP and no way out: what is on it is the lab's alone."""
    lan = lab.networks["lan"]
    root = ElementTree.fromstring(network_xml(lan.name, lan.bridge))
    assert root.findtext("name") == "lan"
    assert [child.tag for child in root] == ["name", "bridge"]
    bridge = root.find("bridge")
    assert bridge is not None
    assert bridge.attrib == {"name": "lab-lan", "stp": "off", "delay": "0"}


def test_the_management_network_has_no_way_out(management: Element) -> None:
    """A network without a forward element is isolated (libvirt's network format)."""
    assert management.find("forward") is None
    ip = management.find("ip")
    assert ip is not None
    assert ip.attrib == {"address": "192.168.121.1", "netmask": "255.255.255.0"}


def test_every_node_has_a_fixed_address(lab: Lab, management: Element) -> None:
    """By its MAC address, the same each time; the range holds these and no others."""
    hosts = [host.attrib for host in management.iter("host")]
    assert [host["name"] for host in hosts] == list(lab.nodes)
    assert hosts[0] == {"mac": "52:54:00:ff:00:0a", "name": "director1", "ip": "192.168.121.10"}
    (dhcp,) = management.iter("range")
    assert (dhcp.get("start"), dhcp.get("end")) == (hosts[0]["ip"], hosts[-1]["ip"])


def test_a_lab_of_one_node_has_a_range_of_one(lab: Lab) -> None:
    """First and last are then the same."""
    alone = lab.model_copy(update={"nodes": {"nfs": lab.nodes["nfs"]}})
    (dhcp,) = ElementTree.fromstring(management_xml(alone)).iter("range")
    assert dhcp.get("start") == dhcp.get("end") == "192.168.121.10"


def test_bridges_have_names_that_linux_takes(lab: Lab, management: Element) -> None:
    """At most fifteen characters, and no two alike."""
    bridge = management.find("bridge")
    assert bridge is not None
    names = [bridge.attrib["name"], *(network.bridge for network in lab.networks.values())]
    assert all(len(name) <= 15 for name in names)
    assert len(names) == len(set(names))
