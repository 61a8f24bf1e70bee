"""The way from one machine to another: straight over a common network, or by the router that one of them asks."""

from collections.abc import Iterator
from dataclasses import replace

from lvslab.model import Client, Lab, Node
from lvslab.report.graph.view import CLIENT, Edge


def hops(lab: Lab, edge: Edge) -> Iterator[Edge]:
    """Yield an edge as it is, or in two parts where a router is on the way; the second part has no label."""
    router = router_between(lab, edge.source, edge.target)
    if router is None:
        yield edge
    else:
        yield replace(edge, target=router)
        yield replace(edge, source=router, label="")


def router_between(lab: Lab, source: str, target: str) -> str | None:
    """Return the router that a packet passes first on its way; None where both are on one network."""
    here, there = _host(lab, source), _host(lab, target)
    if here.addresses.keys() & there.addresses.keys() or source == target:
        return None
    owners = {address: router.name for router in lab.routers.values() for address in router.addresses.values()}
    return owners.get(here.gateway) if here.gateway else None


def _host(lab: Lab, name: str) -> Node | Client:
    return lab.client if name == CLIENT else lab.node(name)
