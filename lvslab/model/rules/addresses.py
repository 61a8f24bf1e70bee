"""Rules on networks and addresses: each address once, inside its network, and no networks that overlap."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from itertools import combinations

from lvslab.model.lab import Lab
from lvslab.model.mistake import Mistake, YamlPath
from lvslab.model.node import Node, Role
from lvslab.model.resolve import SPARE
from lvslab.model.rules.words import outside, repeated, unknown

RESERVED = {"management", SPARE, "lo"}
Placed = tuple[YamlPath, IPv4Address | IPv6Address]


def names_are_keys(lab: Lab) -> Iterator[Mistake]:
    """A member's name is its key."""
    for section, members in (("networks", lab.networks), ("nodes", lab.nodes), ("routers", lab.routers)):
        for key, member in members.items():
            if member.name != key:
                yield Mistake((section, key, "name"), f"found {member.name!r}, allowed: nothing, the key is the name")


def client_is_no_node(lab: Lab) -> Iterator[Mistake]:
    """The name client is the client's, which every command can be given beside the nodes."""
    for section, names in (("nodes", lab.nodes), ("routers", lab.routers)):
        if "client" in names:
            yield Mistake((section, "client"), "found the name of the lab's client, allowed: another name")


def routers_are_no_nodes(lab: Lab) -> Iterator[Mistake]:
    """A router is a namespace on the host, and has a name of its own."""
    for name in lab.routers.keys() & lab.nodes.keys():
        yield Mistake(("routers", name), f"found the name of a node, allowed: another than {', '.join(lab.nodes)}")


def networks_leave_reserved_names_alone(lab: Lab) -> Iterator[Mistake]:
    """Some names are taken: of the management network, of unused cards, of the loopback device."""
    for name in RESERVED & lab.networks.keys():
        yield Mistake(("networks", name), f"found {name!r}, which lvslab uses itself; allowed: another name")


def addresses_fit_their_network(lab: Lab) -> Iterator[Mistake]:
    """An address of a node, a router or the client is a host's address in a known network."""
    for path, address in _host_addresses(lab):
        name = str(path[-1])
        network = lab.networks.get(name)
        wrong = outside(address, network.subnet, name) if network else unknown("network", name, lab.networks)
        if wrong:
            yield Mistake(path, wrong)


def only_idle_nodes_are_nowhere(lab: Lab) -> Iterator[Mistake]:
    """A node that has something to do is on a network."""
    for node in lab.nodes.values():
        if not node.addresses and node.role is not Role.IDLE:
            yield Mistake(("nodes", node.name), "addresses: found none, allowed: at least one, or role idle")


def fixed_vips_are_a_directors(lab: Lab) -> Iterator[Mistake]:
    """VIPs for good are for a director without VRRP, and are in a network that it is on."""
    for node in lab.nodes.values():
        for number, vip in enumerate(node.virtual_addresses):
            wrong = _wrong_fixed_vip(lab, node, vip)
            if wrong:
                yield Mistake(("nodes", node.name, "virtual_addresses", number), wrong)


def _wrong_fixed_vip(lab: Lab, node: Node, vip: IPv4Address | IPv6Address) -> str | None:
    if node.role is not Role.DIRECTOR:
        return f"found a VIP of a node with role {node.role}, allowed: of a director"
    if lab.has_keepalived(node):
        return "found a VIP for good beside VRRP, allowed: one of the two"
    network = lab.network_of(vip)
    if network is None or network.name not in node.addresses:
        return f"{vip} is in none of the networks that {node.name} is on ({', '.join(node.addresses)})"
    return outside(vip, network.subnet, network.name)


def gateways_are_neighbours(lab: Lab) -> Iterator[Mistake]:
    """A default route leads to somebody on a network that its owner is on."""
    known = {address for _, address in (*_host_addresses(lab), *_virtual_addresses(lab))}
    for path, addresses, gateway in _gateways(lab):
        network = lab.network_of(gateway)
        if network is None or network.name not in addresses:
            on = ", ".join(addresses) or "none"
            yield Mistake(path, f"{gateway} is in none of the networks that it is to be reached by ({on})")
        elif gateway not in known or gateway in addresses.values():
            yield Mistake(path, f"{gateway} is nobody's address, allowed: a router's, a VIP, or another node's")


def _gateways(lab: Lab) -> Iterator[tuple[YamlPath, Mapping[str, object], IPv4Address | IPv6Address]]:
    if lab.client.gateway:
        yield ("client", "gateway"), lab.client.addresses, lab.client.gateway
    for node in lab.nodes.values():
        if node.gateway:
            yield ("nodes", node.name, "gateway"), node.addresses, node.gateway
    for router in lab.routers.values():
        if router.gateway:
            yield ("routers", router.name, "gateway"), router.addresses, router.gateway


def addresses_are_unique(lab: Lab) -> Iterator[Mistake]:
    """No two of nodes, routers, client and VIPs have the same address."""
    yield from repeated([*_host_addresses(lab), *_virtual_addresses(lab)], "the address")


def macs_are_unique(lab: Lab) -> Iterator[Mistake]:
    """No two interfaces get the same MAC address, which holds only the last two bytes of the IP address."""
    interfaces = {
        node.addresses[network]: (("nodes", node.name, "addresses", network), node.mac(network))
        for node in lab.nodes.values()
        for network in node.addresses
        if network in lab.networks
    }
    yield from repeated(interfaces.values(), "it ends in the same two bytes, and the MAC address")


def networks_do_not_overlap(lab: Lab) -> Iterator[Mistake]:
    """No address is in two networks; the management network counts."""
    subnets: list[tuple[YamlPath, IPv4Network | IPv6Network]] = [
        (("networks", name, "subnet"), network.subnet) for name, network in lab.networks.items()
    ]
    subnets.append((("management", "subnet"), lab.management.subnet))
    for (_, one), (path, other) in combinations(subnets, 2):
        if one.overlaps(other):
            yield Mistake(path, f"{other} overlaps {one}, allowed: subnets without a common address")


def management_has_room(lab: Lab) -> Iterator[Mistake]:
    """The management network has an address for each node."""
    room = lab.management.room
    if room < len(lab.nodes):
        message = f"{lab.management.subnet} has addresses for {room} nodes, the lab has {len(lab.nodes)}"
        yield Mistake(("management", "subnet"), message)


def _host_addresses(lab: Lab) -> Iterator[Placed]:
    for node in lab.nodes.values():
        for network, address in node.addresses.items():
            yield ("nodes", node.name, "addresses", network), address
    for router in lab.routers.values():
        for network, address in router.addresses.items():
            yield ("routers", router.name, "addresses", network), address
    for network, address in lab.client.addresses.items():
        yield ("client", "addresses", network), address


def _virtual_addresses(lab: Lab) -> Iterator[Placed]:
    for index, instance in enumerate(lab.vrrp_instances):
        for number, address in enumerate(instance.virtual_addresses):
            yield ("vrrp_instances", index, "virtual_addresses", number), address
    for node in lab.nodes.values():
        for number, address in enumerate(node.virtual_addresses):
            yield ("nodes", node.name, "virtual_addresses", number), address


RULES = (
    names_are_keys,
    client_is_no_node,
    routers_are_no_nodes,
    networks_leave_reserved_names_alone,
    only_idle_nodes_are_nowhere,
    addresses_fit_their_network,
    fixed_vips_are_a_directors,
    gateways_are_neighbours,
    addresses_are_unique,
    macs_are_unique,
    networks_do_not_overlap,
    management_has_room,
)
