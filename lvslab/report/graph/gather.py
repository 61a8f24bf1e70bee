"""Gather from a lab, and its state, what a picture of it shows."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address

from lvslab.model import (
    Forwarding,
    Lab,
    Node,
    Role,
    Router,
    VirtualService,
    VrrpInstance,
    VrrpState,
)
from lvslab.report.graph.services import DEVICES, endpoint, holder_of
from lvslab.report.graph.steps import steps_of
from lvslab.report.graph.view import CLIENT, RUNNING, Card, Edge, Flow, GraphState, View
from lvslab.report.graph.ways import hops


def view_of(lab: Lab, state: GraphState | None = None) -> View:
    """Gather what a picture of the lab shows; without a state, all are well."""
    return View(
        name=lab.name,
        title=lab.title,
        networks=tuple((net.name, str(net.subnet)) for net in lab.networks.values()),
        client=Card(CLIENT, CLIENT, tuple(lab.client.addresses), _addresses(lab, lab.client.addresses)),
        cards=(
            *(_router(lab, router) for router in lab.routers.values()),
            *(_card(lab, node, state) for node in lab.nodes.values()),
        ),
        edges=tuple(dict.fromkeys(_edges(lab, state))),
        steps=tuple(steps_of(lab, state)),
    )


def _router(lab: Lab, router: Router) -> Card:
    return Card(router.name, "router", tuple(router.addresses), _addresses(lab, router.addresses))


def _card(lab: Lab, node: Node, state: GraphState | None) -> Card:
    storage = lab.storage if lab.storage and lab.storage.node == node.name else None
    members = storage.array.members if storage else len(node.disks)
    return Card(
        name=node.name,
        kind=node.role.value,
        networks=tuple(node.addresses),
        lines=(*_addresses(lab, node.addresses), *_duties(lab, node, state)),
        held=tuple(str(vip) for vip in lab.vips if holder_of(lab, vip, state) == node.name),
        hidden=_hidden(lab, node),
        stack=_stack(lab) if storage else (),
        disks=tuple((disk.serial, index >= members) for index, disk in enumerate(node.disks)),
        state=state.nodes.get(node.name, "") if state else "",
    )


def _addresses(lab: Lab, addresses: Mapping[str, IPv4Address | IPv6Address]) -> tuple[str, ...]:
    several = len(lab.networks) > 1
    return tuple(f"{name} {address}" if several else str(address) for name, address in addresses.items())


def _duties(lab: Lab, node: Node, state: GraphState | None) -> Iterator[str]:
    for instance in lab.vrrp_instances:
        if node.name in instance.priorities:
            name = f"{instance.name} " if len(lab.vrrp_instances) > 1 else ""
            yield f"{name}priority {instance.priorities[node.name]}{_vrrp_state(lab, instance, node, state)}"
    if node in lab.web_servers:
        yield f"{lab.web_server_of(node)}, port {' and '.join(map(str, lab.web.ports))}"
        if lab.web.udp_ports:
            yield f"UDP port {' and '.join(map(str, lab.web.udp_ports))}"
    if node.box:
        yield f"{node.system}, a box of your own"
    weights = _weights(lab, node.name, state)
    if weights:
        yield f"weight {', '.join(weights)}"
    elif node in lab.real_servers:
        yield "removed from the table"


def _vrrp_state(lab: Lab, instance: VrrpInstance, node: Node, state: GraphState | None) -> str:
    if state is None:
        return f", {instance.state_of(node.name)}"
    if state.nodes.get(node.name, RUNNING) != RUNNING:
        return ""
    holds = any(holder_of(lab, vip, state) == node.name for vip in instance.virtual_addresses)
    return f", {VrrpState.MASTER if holds else VrrpState.BACKUP}"


def _weights(lab: Lab, name: str, state: GraphState | None) -> list[str]:
    if state is not None and state.weights is not None:
        return [str(state.weights[name])] if name in state.weights else []
    servers = [server for service in lab.virtual_services for server in service.real_servers]
    return list(dict.fromkeys(str(server.weight) for server in servers if server.node == name))


def _hidden(lab: Lab, node: Node) -> tuple[str, ...]:
    if node.role is Role.DIRECTOR and len(lab.directors) == 1:
        return ()
    hiding = [
        f"{service.address} on {DEVICES[service.forwarding]}"
        for service in lab.services_of(node)
        if service.forwarding in DEVICES
    ]
    return tuple(dict.fromkeys(hiding))


def _stack(lab: Lab) -> tuple[str, ...]:
    if lab.storage is None:
        return ()
    array, volume = lab.storage.array, lab.storage.volume
    return (
        f"NFS export {volume.mountpoint}",
        f"{volume.group}/{volume.name} {volume.size.text} {volume.filesystem}",
        f"RAID{array.level} {array.device}",
    )


def _edges(lab: Lab, state: GraphState | None) -> Iterator[Edge]:
    for service in lab.virtual_services:
        holder = holder_of(lab, service.address, state)
        if holder:
            yield from _flows(lab, service, holder, state)
    for local in lab.local_services:
        holder = holder_of(lab, local.address, state)
        if holder:
            yield from hops(lab, Edge(CLIENT, holder, Flow.REQUEST, endpoint(local), returns=True))
    for instance in lab.vrrp_instances:
        master = holder_of(lab, instance.virtual_addresses[0], state)
        if master in instance.priorities:
            yield from (Edge(master, one, Flow.ADVERT, "VRRP") for one in instance.priorities if one != master)
    if lab.storage:
        for web in lab.web_servers:
            yield Edge(lab.storage.node, web.name, Flow.MOUNT, "NFS")


def _flows(lab: Lab, service: VirtualService, holder: str, state: GraphState | None) -> Iterator[Edge]:
    through = service.forwarding is Forwarding.NAT
    yield from hops(lab, Edge(CLIENT, holder, Flow.REQUEST, endpoint(service), returns=through))
    for server in service.real_servers:
        seen = state.weights if state else None
        weight = server.weight if seen is None else seen.get(server.node, 0)
        forward = Edge(holder, server.node, Flow.FORWARD, service.forwarding, idle=weight == 0, returns=through)
        yield from hops(lab, forward)
        if weight and not through:
            yield from hops(lab, Edge(server.node, CLIENT, Flow.REPLY, "reply"))
