"""Hosts of the lab that are namespaces, as far as they can be told of without root."""

from lvslab.host import namespace
from lvslab.model import Lab


def test_a_namespace_that_is_made_again_has_the_mac_address_that_machines_remember(lab: Lab) -> None:
    """It follows from the address alone, and is that of no machine."""
    assert namespace.mac(["192.168.18.140/24", "192.168.18.141/24"]) == "52:54:00:ef:12:8c"
    assert namespace.mac(["192.168.18.30/24"]) not in {node.mac("lan") for node in lab.nodes.values()}
    assert namespace.mac(["fd00::128c/64"]) == "52:54:00:ef:12:8c"
