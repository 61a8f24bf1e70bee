"""More addresses for the client, as long as a load needs them."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

from lvslab.host import client
from lvslab.model import AnyService, Lab


def network_towards(lab: Lab, service: AnyService) -> str:
    """Return the client's network that requests for a service leave by."""
    network = lab.network_of(service.address)
    if network and network.name in lab.client.addresses:
        return network.name
    version = service.address.version
    return next(name for name, address in lab.client.addresses.items() if address.version == version)


def spare(lab: Lab, network: str, count: int) -> list[str]:
    """Return the client's address in a network and others after it that nobody in the lab has. Pure."""
    own, subnet = lab.client.addresses[network], lab.networks[network].subnet
    taken = {address for node in lab.nodes.values() for address in node.addresses.values()} | {*lab.vips}
    after = (own + step for step in range(1, 1 << 16))
    free = (each for each in after if each in subnet and each not in taken and each != subnet.broadcast_address)
    return [str(own), *map(str, islice(free, count - 1))]


@contextmanager
def addresses(lab: Lab, service: AnyService, count: int) -> Iterator[tuple[str, ...]]:
    """Give the client ``count`` addresses in all, and take the new ones away at the end."""
    network = network_towards(lab, service)
    wanted = spare(lab, network, count)
    length = lab.networks[network].subnet.prefixlen
    try:
        for address in wanted[1:]:
            client.add_address(network, f"{address}/{length}")
        yield tuple(wanted)
    finally:
        for address in wanted[1:]:
            client.remove_address(network, f"{address}/{length}")
