"""Questions and wordings that several rules share."""

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from lvslab.model.base import closest_first
from lvslab.model.lab import Lab
from lvslab.model.mistake import Mistake, YamlPath, dotted
from lvslab.model.node import Role


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """Word that a name stands for nothing, and which names there are, the likeliest first."""
    return f"there is no {kind} {name!r}, allowed: {', '.join(closest_first(name, known))}"


def wrong_node(lab: Lab, name: str, role: Role) -> str | None:
    """Say why a name is not that of a node with a role; None when it is."""
    fitting = [node.name for node in lab.with_role(role)]
    if name not in lab.nodes:
        return unknown("node", name, fitting)
    if name not in fitting:
        return f"{name} has role {lab.nodes[name].role}, allowed: role {role} ({', '.join(fitting) or 'none'})"
    return None


def outside(address: IPv4Address | IPv6Address, subnet: IPv4Network | IPv6Network, network: str) -> str | None:
    """Say why an address cannot be a host's in a network; None when it can."""
    where = f"{subnet} (network {network})"
    if address not in subnet:
        return f"{address} is not in {where}"
    # A subnet of one or two addresses has none to spare for itself and for broadcasts (RFC 3021).
    if subnet.num_addresses > 2 and address == subnet.network_address:
        return f"{address} is the subnet's own address, allowed: a host's in {where}"
    if subnet.version == 4 and subnet.num_addresses > 2 and address == subnet.broadcast_address:
        return f"{address} is the broadcast address, allowed: a host's in {where}"
    return None


def repeated(entries: Iterable[tuple[YamlPath, object]], what: str) -> Iterator[Mistake]:
    """Yield a mistake for each value that an earlier path has already."""
    first: dict[object, YamlPath] = {}
    for path, value in entries:
        if value in first:
            yield Mistake(path, f"{what} {value} is taken by {dotted(first[value])}")
        first.setdefault(value, path)


def absolute(command: Sequence[str], path: YamlPath) -> Iterator[Mistake]:
    """Name a command that has no absolute path; none at all is fine."""
    if command and not command[0].startswith("/"):
        yield Mistake((*path, 0), f"found {command[0]!r}, allowed: an absolute path")
