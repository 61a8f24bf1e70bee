"""Real servers that are not Linux: what FreeBSD and Solaris 10 have to have in their files.

The files follow from the lab file as those of the Linux nodes do. They are for machines of the user's own: lvslab has
no box of these systems, and nothing here was run on them (docs/other-systems.md).
"""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from lvslab.errors import UsageError
from lvslab.model import Forwarding, Lab, Node
from provision import templates

UNUSED = IPv4Network("192.0.2.0/24")
"""The far ends of the tunnels: addresses that nobody has (RFC 5737, TEST-NET-1)."""
TUNNEL_MTU = 1480
INTERFACES = {"freebsd": "vtnet0", "solaris": "e1000g0"}


@dataclass(frozen=True)
class Tunnel:
    """An IP-in-IP tunnel from a director: outer addresses, and an inner far end that is never asked."""

    number: int
    local: IPv4Address
    director: IPv4Address

    @property
    def far_end(self) -> IPv4Address:
        """The address that the tunnel's other end is said to have."""
        return UNUSED[self.number + 1]


@dataclass(frozen=True)
class RealServer:
    """What a real server's files are made of.

    ``loopback`` are the virtual addresses of its services by DR, ``tunnelled`` those by TUN. ``router`` is its
    default route; None where the lab names none.
    """

    name: str
    interface: str
    address: IPv4Address
    subnet: IPv4Network
    loopback: tuple[IPv4Address, ...]
    tunnelled: tuple[IPv4Address, ...]
    tunnels: tuple[Tunnel, ...]
    router: IPv4Address | None


def files(system: str, lab: Lab, node: Node, interface: str | None = None) -> dict[str, str]:
    """Return the files of a real server by their paths; UsageError where the lab has no use for the node.

    ``interface`` is the name that the system has for the node's interface.
    """
    server = real_server(lab, node, interface or INTERFACES[system])
    return SYSTEMS[system](server)


def real_server(lab: Lab, node: Node, interface: str) -> RealServer:
    """Return what a node's files are made of; UsageError when it is no real server, or not by IPv4."""
    vips = {method: _vips(lab, node, method) for method in Forwarding}
    if not any(vips.values()):
        servers = ", ".join(each.name for each in lab.real_servers)
        raise UsageError(f"{node.name} is no real server of {lab.name} with an IPv4 address", f"one of: {servers}")
    network, address = _own(lab, node)
    tunnels = _tunnels(lab, node, address) if vips[Forwarding.TUN] else ()
    return RealServer(
        node.name,
        interface,
        address,
        network,
        loopback=vips[Forwarding.DR],
        tunnelled=vips[Forwarding.TUN],
        tunnels=tunnels,
        router=_router(lab, node, bool(vips[Forwarding.NAT])),
    )


def _vips(lab: Lab, node: Node, method: Forwarding) -> tuple[IPv4Address, ...]:
    found = (
        service.address
        for service in lab.virtual_services
        if service.forwarding is method and node.name in {server.node for server in service.real_servers}
    )
    return tuple(dict.fromkeys(vip for vip in found if isinstance(vip, IPv4Address)))


def _own(lab: Lab, node: Node) -> tuple[IPv4Network, IPv4Address]:
    for name, address in node.addresses.items():
        subnet = lab.networks[name].subnet
        if isinstance(address, IPv4Address) and isinstance(subnet, IPv4Network):
            return subnet, address
    raise UsageError(f"{node.name} has no IPv4 address", "lvslab validate")


def _tunnels(lab: Lab, node: Node, local: IPv4Address) -> tuple[Tunnel, ...]:
    # a tunnel takes packets of one sender only, so each director has its own
    senders = [_sender(director, node) for director in lab.directors]
    return tuple(Tunnel(number, local, sender) for number, sender in enumerate(filter(None, senders)))


def _sender(director: Node, node: Node) -> IPv4Address | None:
    """Return the address that a director sends from: that on a network of the node's, else its first."""
    shared = [address for name, address in director.addresses.items() if name in node.addresses]
    return next((each for each in (*shared, *director.addresses.values()) if isinstance(each, IPv4Address)), None)


def _router(lab: Lab, node: Node, by_nat: bool) -> IPv4Address | None:
    """Return the default route: with NAT the directors' address that moves, else the gateway the lab names."""
    directors = [address for each in lab.directors for address in each.addresses.values()]
    ways = [*lab.vips, *(directors if len(lab.directors) == 1 else ())]
    near = [way for way in ways if by_nat and _is_near(lab, node, way)]
    named = getattr(node, "gateway", None)
    found = near[0] if near else named
    return found if isinstance(found, IPv4Address) else None


def _is_near(lab: Lab, node: Node, address: object) -> bool:
    return any(address in lab.networks[name].subnet for name in node.addresses)


def freebsd(server: RealServer) -> dict[str, str]:
    """Return /etc/rc.conf's lines (rc.conf(5), gif(4)); the rest of the file stays as it is."""
    return {"/etc/rc.conf": templates.render("freebsd-rc.conf.j2", server=server, mtu=TUNNEL_MTU)}


def solaris(server: RealServer) -> dict[str, str]:
    """Return the files of Solaris 10 (hosts(4), nodename(4), defaultrouter(4), ifconfig(1M), tun(7M))."""
    found = {
        "/etc/nodename": f"{server.name}\n",
        "/etc/hosts": f"127.0.0.1 localhost loghost\n{server.address} {server.name}\n",
        f"/etc/hostname.{server.interface}": f"{server.address}/{server.subnet.prefixlen}\n",
    }
    if server.router:
        found["/etc/defaultrouter"] = f"{server.router}\n"
    for number, vip in enumerate(server.loopback, 1):
        found[f"/etc/hostname.lo0:{number}"] = f"{vip}/32\n"
    for tunnel in server.tunnels:
        found[f"/etc/hostname.ip.tun{tunnel.number}"] = _solaris_tunnel(server, tunnel)
    return found


def _solaris_tunnel(server: RealServer, tunnel: Tunnel) -> str:
    first, *others = (f"{vip} {tunnel.far_end} netmask 255.255.255.255 up\n" for vip in server.tunnelled)
    further = "".join(f"addif {line}" for line in others)
    return f"tsrc {tunnel.local} tdst {tunnel.director}\n{first}{further}"


SYSTEMS: dict[str, Callable[[RealServer], dict[str, str]]] = {"freebsd": freebsd, "solaris": solaris}
