"""Rules on virtual services and their real servers."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

from lvslab.model.lab import Lab
from lvslab.model.local import AnyService
from lvslab.model.mistake import Mistake, YamlPath
from lvslab.model.node import Node, Role
from lvslab.model.rules.because import because
from lvslab.model.rules.words import repeated, wrong_node
from lvslab.model.service import Forwarding, RealServer, VirtualService


def lab_serves_something(lab: Lab) -> Iterator[Mistake]:
    """A lab has a director, and a service for it to answer for."""
    if not lab.directors:
        yield Mistake(("nodes",), "no node has role director, allowed: at least one")
    if not lab.services:
        message = "found none, allowed: at least one, with a real server, or one of local_services"
        yield Mistake(("virtual_services",), message)


def names_are_unique(lab: Lab) -> Iterator[Mistake]:
    """Each service has a name of its own."""
    named = [((*path, "name"), service.name) for path, service in _services(lab)]
    yield from repeated(named, "the name")


def endpoints_are_unique(lab: Lab) -> Iterator[Mistake]:
    """No two services answer for the same address, port and protocol."""
    endpoints = [
        (path, f"{service.protocol} {service.address} port {port}")
        for path, service in _services(lab)
        for port in service.ports
    ]
    yield from repeated(endpoints, "the endpoint")


def addresses_are_virtual(lab: Lab) -> Iterator[Mistake]:
    """A service's address is a VIP, so that it moves when the master dies."""
    allowed = ", ".join(map(str, lab.vips)) or "none yet"
    for path, service in _services(lab):
        if service.address not in lab.vips:
            message = f"{service.address} is no virtual address of a VRRP instance or a director, allowed: {allowed}"
            yield Mistake((*path, "address"), message)


def real_servers_are_web_nodes(lab: Lab) -> Iterator[Mistake]:
    """A real server is a node of role web, or a director: the only one, or each of several, which then is quiet."""
    for path, service, server in _real_servers(lab):
        node = lab.nodes.get(server.node)
        wrong = _wrong_director(lab, service) if node in lab.directors else wrong_node(lab, server.node, Role.WEB)
        if wrong:
            yield Mistake((*path, "node"), wrong)


def _wrong_director(lab: Lab, service: VirtualService) -> str | None:
    """Say why a director cannot be a real server; None when it can."""
    if len(lab.directors) == 1:
        return None
    alone = "found a director, allowed: only where it is the one director"
    if service.forwarding is Forwarding.NAT:
        return f"{alone}; the backup would answer past the master"
    if service.forwarding is Forwarding.TUN:
        return f"{alone}, or with DR; the VIP would have to be on tunl0 as well, and that is not built"
    if lab.sync_daemon is None:
        return (
            f"{alone}, or with sync_daemon; the backup would balance what the master has balanced, and backup_only "
            "keeps it from that only while its sync daemon is the backup's"
        )
    return _unsynced(lab) or _missing(lab, service)


def _unsynced(lab: Lab) -> str | None:
    """Say what the sync daemon's state does not go with, where backup_only goes by it; None when all is well."""
    instance = lab.sync_instance
    if instance is None:
        return None
    outside = [node.name for node in lab.directors if node.name not in instance.priorities]
    if outside:
        return f"found a director, allowed: only with all of them in {instance.name}, and {outside[0]} is not"
    other = [each.address for each in lab.virtual_services if each.address not in instance.virtual_addresses]
    if other:
        return (
            f"found a director, allowed: only with every VIP in {instance.name}, whose backup leaves IPVS alone "
            f"(backup_only), and {other[0]} is not"
        )
    return None


def _missing(lab: Lab, service: VirtualService) -> str | None:
    """Name a director that is no real server of a service, while others are; None when all are."""
    servers = {server.node for server in service.real_servers}
    missing = [node.name for node in lab.directors if node.name not in servers]
    return f"found a director, allowed: only with all of them, and {missing[0]} is missing" if missing else None


@because(
    "lab-nat-no-way-back",
    "forwarding",
    "gateway",
    finds="NAT with a real server whose default route is no director's address that moves with the master",
    reason="With NAT a reply has to pass the director, which puts the virtual address back in: the real servers' "
    "default route is a director, and after a failover the other one. So it is an address that moves, in their own "
    "network.",
    remedy="add a VRRP instance with an address in the real servers' network, and make it their gateway",
    reference="ipvsadm(8), --masquerading",
)
def translated_replies_pass_a_director(lab: Lab) -> Iterator[Mistake]:
    """With NAT a reply passes the director, which is the real server's default route."""
    for _, node in _translated(lab):
        if node.gateway not in _ways_back(lab):
            found = f"found {node.gateway}" if node.gateway else "is missing"
            message = f"{found}, allowed with NAT: a director's ({_ways_from(lab, node)})"
            yield Mistake(("nodes", node.name, "gateway"), message)


@because(
    "lab-nat-client-inside",
    "forwarding",
    "client",
    "addresses",
    finds="NAT with the client in the real servers' network",
    reason="With NAT a reply has to pass the director, which puts the virtual address back in. A client on the real "
    "servers' network gets it directly, from an address that it never asked, and resets the connection.",
    remedy="give the client an address on another network than the real servers; or forward by DR",
    reference="LVS-HOWTO, LVS-NAT on one network",
)
def translation_has_the_client_outside(lab: Lab) -> Iterator[Mistake]:
    """With NAT the client is on another network than the real server, which would answer it past the director."""
    for path, node in _translated(lab):
        shared = [name for name in node.addresses if name in lab.client.addresses]
        if shared:
            message = f"{node.name} is on network {shared[0]} as the client is, and would answer it past the director"
            yield Mistake((*path, "node"), message)


def _translated(lab: Lab) -> Iterator[tuple[YamlPath, Node]]:
    """Yield the real servers by NAT that are no directors, and their places."""
    for path, service, server in _real_servers(lab):
        node = lab.nodes.get(server.node)
        if service.forwarding is Forwarding.NAT and node is not None and node.role is Role.WEB:
            yield path, node


def _ways_from(lab: Lab, node: Node) -> str:
    """Word the addresses that replies of a node may go back by."""
    near = [way for way in _ways_back(lab) if (net := lab.network_of(way)) and net.name in node.addresses]
    return ", ".join(map(str, near)) or f"none is in a network that {node.name} is on"


def _ways_back(lab: Lab) -> tuple[IPv4Address | IPv6Address, ...]:
    """Return the addresses that replies may go back by: the VIPs, and the director's own where there is only one."""
    own = [*lab.directors[0].addresses.values()] if len(lab.directors) == 1 else []
    return (*lab.vips, *own)


@because(
    "lab-tun-no-way",
    "forwarding",
    "addresses",
    "gateway",
    finds="TUN with a director that does not reach a real server",
    reason="With TUN the director sends the packet on in an outer one, to the real server's own address, which it "
    "reaches by a common network or by its default route.",
    remedy="put both on one network, or give the director a gateway",
    reference="ipvsadm(8), --ipip; RFC 2003 section 1",
)
def tunnels_have_a_way(lab: Lab) -> Iterator[Mistake]:
    """With TUN the director reaches the real server, by a common network or by a default route."""
    for path, service, server in _real_servers(lab):
        node = lab.nodes.get(server.node)
        if service.forwarding is not Forwarding.TUN or node is None:
            continue
        for director in lab.directors:
            if not director.gateway and not director.addresses.keys() & node.addresses.keys():
                message = f"{director.name} shares no network with {node.name} and has no gateway"
                yield Mistake((*path, "node"), message)


@because(
    "lab-reply-no-way",
    "forwarding",
    "gateway",
    "client",
    finds="DR or TUN with a real server that does not reach the client",
    reason="With DR and TUN the real server answers the client itself, past the director: without a way to it the "
    "connection never opens, while checks from the director look well.",
    remedy="give the real server a gateway that leads to the client, or put both on one network",
    reference="ipvsadm(8), --gatewaying, --ipip",
)
def replies_have_a_way(lab: Lab) -> Iterator[Mistake]:
    """With DR and TUN the real server answers the client, by a common network or by a default route."""
    for path, service, server in _real_servers(lab):
        node = lab.nodes.get(server.node)
        if service.forwarding is Forwarding.NAT or node is None or node.gateway or not _is_placed(lab, service):
            continue
        is_placed = service.forwarding is Forwarding.TUN or _network(lab, service) in node.addresses
        if is_placed and not node.addresses.keys() & lab.client.addresses.keys():
            message = f"{node.name} shares no network with the client, which it answers, and has no gateway"
            yield Mistake((*path, "node"), message)


def requests_have_a_way(lab: Lab) -> Iterator[Mistake]:
    """The client reaches each VIP, by its network or by a default route."""
    for path, service in _services(lab):
        network = _network(lab, service)
        if _is_placed(lab, service) and network not in lab.client.addresses and not lab.client.gateway:
            message = f"{service.address} is on network {network}, where the client is not and has no gateway to"
            yield Mistake((*path, "address"), message)


def _network(lab: Lab, service: AnyService) -> str | None:
    return next((key for key, network in lab.networks.items() if service.address in network.subnet), None)


def _is_placed(lab: Lab, service: AnyService) -> bool:
    """Whether service and client are where the lab's networks are, so that it can be said who reaches whom."""
    return service.address in lab.vips and lab.client.addresses.keys() <= lab.networks.keys()


def real_servers_are_unique(lab: Lab) -> Iterator[Mistake]:
    """A service has each real server once."""
    for index, service in enumerate(lab.virtual_services):
        path = ("virtual_services", index, "real_servers")
        servers = [
            ((*path, number), f"{server.node} port {service.port_of(server)}")
            for number, server in enumerate(service.real_servers)
        ]
        yield from repeated(servers, "the real server")


@because(
    "lab-port-kept",
    "forwarding",
    "port",
    finds="a real server on another port with DR or TUN",
    reason="With DR and TUN the packet reaches the real server as the client sent it, port included; only NAT writes "
    "its headers anew. Nobody would listen on the port that it arrives at.",
    remedy="take the real server's port out and let the service have the one that the web servers listen on, or use "
    "NAT",
    reference="ipvsadm(8), --gatewaying, --ipip",
)
def only_nat_changes_the_port(lab: Lab) -> Iterator[Mistake]:
    """With DR and TUN the packet reaches the real server as it is, port included."""
    for path, service, server in _real_servers(lab):
        if service.forwarding is not Forwarding.NAT and service.port and server.port not in (None, service.port):
            allowed = f"{service.port}, the service's, for {service.forwarding} leaves the port as it is"
            yield Mistake((*path, "port"), f"found {server.port}, allowed: {allowed}")


@because(
    "lab-real-server-family",
    "address",
    "forwarding",
    "addresses",
    finds="a real server of another address family than its service, or TUN with IPv6",
    reason="A packet is handed on as it is, or with another address of its own family; and the tunnel is IP in IP, "
    "which is IPv4.",
    remedy="give the node an address of the service's family; with IPv6 use DR or NAT",
    reference="keepalived.conf(5), virtual_server: Note on address families; RFC 2003 section 1",
)
def real_servers_are_of_the_family(lab: Lab) -> Iterator[Mistake]:
    """A real server has an address of the service's family; tunnels are IP in IP, which is IPv4 (RFC 2003)."""
    for path, service, server in _real_servers(lab):
        version, node = service.address.version, lab.nodes.get(server.node)
        if node and node.addresses and version not in {each.version for each in node.addresses.values()}:
            yield Mistake((*path, "node"), f"{node.name} has no IPv{version} address, as {service.address} is")
        elif service.forwarding is Forwarding.TUN and version == 6:
            yield Mistake((*path[:2], "forwarding"), "found TUN, allowed with an IPv6 address: DR, NAT")


@because(
    "lab-dr-other-network",
    "forwarding",
    "addresses",
    finds="DR with a real server that is not on the virtual address's network",
    reason="With DR the director changes the frame's destination and nothing of the packet: whoever is to get it is "
    "on the same network, for a router would send it back to the virtual address.",
    remedy="give the real server an address on that network, or use TUN",
    reference="ipvsadm(8), --gatewaying",
)
def direct_routing_stays_on_one_network(lab: Lab) -> Iterator[Mistake]:
    """With DR the frame goes straight to the real server, which so is on the VIP's network."""
    for path, service, server in _real_servers(lab):
        network = lab.network_of(service.address)
        node = lab.nodes.get(server.node)
        servers = (*lab.web_servers, *lab.unmanaged)
        if service.forwarding is not Forwarding.DR or network is None or node not in servers:
            continue
        if node and network.name not in node.addresses:
            message = f"{node.name} has no address on network {network.name}, where DR needs one"
            yield Mistake((*path, "node"), message)


def _services(lab: Lab) -> Iterator[tuple[YamlPath, AnyService]]:
    yield from ((("virtual_services", index), service) for index, service in enumerate(lab.virtual_services))
    yield from ((("local_services", index), service) for index, service in enumerate(lab.local_services))


def _real_servers(lab: Lab) -> Iterator[tuple[YamlPath, VirtualService, RealServer]]:
    for index, service in enumerate(lab.virtual_services):
        for number, server in enumerate(service.real_servers):
            yield ("virtual_services", index, "real_servers", number), service, server


RULES = (
    lab_serves_something,
    names_are_unique,
    endpoints_are_unique,
    addresses_are_virtual,
    real_servers_are_web_nodes,
    translated_replies_pass_a_director,
    translation_has_the_client_outside,
    tunnels_have_a_way,
    replies_have_a_way,
    requests_have_a_way,
    real_servers_are_unique,
    only_nat_changes_the_port,
    real_servers_are_of_the_family,
    direct_routing_stays_on_one_network,
)
