"""What raises the machines: the lab's networks, nodes and disks with every value written out.

The Vagrantfile reads this as JSON, so it needs no address, default or rule of its own.
"""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the lab hands itself over, so importing it here would go round in a circle
    from lvslab.model.lab import Lab
    from lvslab.model.node import Node

Json = dict[str, object]
SPARE = "spare"


def resolved(lab: "Lab") -> Json:
    """Return the lab as plain dicts, lists, texts and numbers."""
    return {
        "lab": lab.name,
        "title": lab.title,
        "networks": [
            {**_subnet(net.subnet), "name": net.name, "bridge": net.bridge} for net in lab.networks.values()
        ],
        "management": {**_subnet(lab.management.subnet), "gateway": str(lab.management.gateway)},
        "nodes": [_node(lab, node) for node in lab.nodes.values()],
        "client": {"interfaces": _interfaces(lab, lab.client.addresses)},
        "routers": [
            {"name": router.name, "interfaces": _interfaces(lab, router.addresses)} for router in lab.routers.values()
        ],
    }


def _netmask(subnet: IPv4Network | IPv6Network) -> str:
    """Return a netmask as Vagrant takes it for a private network: of IPv6, the length of the prefix."""
    return str(subnet.netmask if isinstance(subnet, IPv4Network) else subnet.prefixlen)


def _subnet(subnet: IPv4Network | IPv6Network) -> Json:
    return {"subnet": str(subnet), "netmask": _netmask(subnet), "prefix": subnet.prefixlen}


def _node(lab: "Lab", node: "Node") -> Json:
    return {
        "name": node.name,
        "role": node.role.value,
        "box": node.box,
        "memory": node.memory,
        "cpus": node.cpus,
        "mac_management": node.mac_management,
        "management_address": str(lab.management_address(node)),
        "interfaces": [
            {**interface, "mac": node.mac(str(interface["network"]))}
            for interface in _interfaces(lab, node.addresses)
        ],
        "cards": [{"mac": mac, "network": network} for mac, network in plugs(node).items()],
        "disks": [{"serial": disk.serial, "size_bytes": int(disk.size)} for disk in node.disks],
    }


def plugs(node: "Node") -> dict[str, str]:
    """Return the network of each network card by the card's MAC address; ``spare`` is where unused ones are."""
    networks = [*node.addresses, *[SPARE] * len(node.cards)]
    return dict(zip(node.cards, networks, strict=False))


def _interfaces(lab: "Lab", addresses: Mapping[str, IPv4Address | IPv6Address]) -> list[Json]:
    return [
        {
            "network": name,
            "address": str(address),
            "prefix": lab.networks[name].subnet.prefixlen,
            "netmask": _netmask(lab.networks[name].subnet),
        }
        for name, address in addresses.items()
    ]
