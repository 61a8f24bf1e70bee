"""Rules on networks and addresses: each address once, inside its network, and no networks that overlap."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from itertools import combinations

from lvslab.model.lab import Lab
from lvslab.model.mistake import Mistake, YamlPath
from lvslab.model.rules.words import outside, repeated, unknown

Placed = tuple[YamlPath, IPv4Address | IPv6Address]


def names_are_keys(lab: Lab) -> Iterator[Mistake]:
    """A member's name is its key."""
    for section, members in (("networks", lab.networks), ("nodes", lab.nodes)):
        for key, member in members.items():
            if member.name != key:
                yield Mistake((section, key, "name"), f"found {member.name!r}, allowed: nothing, the key is the name")


def client_is_no_node(lab: Lab) -> Iterator[Mistake]:
    """The name client is the client's, which every command can be given beside the nodes."""
    if "client" in lab.nodes:
        yield Mistake(("nodes", "client"), "found the name of the lab's client, allowed: another name")


def addresses_fit_their_network(lab: Lab) -> Iterator[Mistake]:
    """An address of a node or the client is a host's address in a known network."""
    for path, address in _host_addresses(lab):
        name = str(path[-1])
        network = lab.networks.get(name)
        wrong = outside(address, network.subnet, name) if network else unknown("network", name, lab.networks)
        if wrong:
            yield Mistake(path, wrong)


def addresses_are_unique(lab: Lab) -> Iterator[Mistake]:
    """No two of nodes, client and VIPs have the same address."""
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
    for network, address in lab.client.addresses.items():
        yield ("client", "addresses", network), address


def _virtual_addresses(lab: Lab) -> Iterator[Placed]:
    for index, instance in enumerate(lab.vrrp_instances):
        for number, address in enumerate(instance.virtual_addresses):
            yield ("vrrp_instances", index, "virtual_addresses", number), address


RULES = (
    names_are_keys,
    client_is_no_node,
    addresses_fit_their_network,
    addresses_are_unique,
    macs_are_unique,
    networks_do_not_overlap,
    management_has_room,
)
