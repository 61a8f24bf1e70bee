"""Every node: its name, the names of the others, its interfaces, and packages where the box lacks them."""

from ipaddress import ip_interface

from lvslab.errors import NodeError
from lvslab.model import Forwarding, Lab, Node
from lvslab.model.network import ETHERNET_MTU
from lvslab.nodes.facts.system import Interface, Route, routes_probe
from provision.role import Facts, Role, Wants, write
from provision.step import Run, Step, Wait

HOSTS = "/etc/hosts"
HOSTNAME = "/etc/hostname"
NETWORKD = "systemd-networkd.service"
# the tunnel's IP header, IP's and TCP's own; bytes
TUNNEL_HEADERS = 60


def network_file(network: str) -> str:
    """Return the path of the networkd configuration of a lab network (systemd.network(5))."""
    return f"/etc/systemd/network/05-{network}.network"


def network_content(face: Interface, mac: str, addresses: list[str], default: Route | None, mtu: int) -> str:
    """Return the configuration of an interface that has its addresses from boot on, whatever its carrier does.

    A card that was not made with the MAC address that the lab wants is given it. ``mtu`` is in bytes.
    """
    made = face.card or face.mac
    given = f"MACAddress={mac}" if made == mac else f"PermanentMACAddress={made}"
    link = f"MACAddress={mac}\n" if made != mac else ""
    link += f"MTUBytes={mtu}\n" if mtu != ETHERNET_MTU else ""
    lines = "".join(f"Address={address}\n" for address in addresses)
    local = _link_local(any(map(_is_ipv6, addresses)))
    network = f"[Network]\n{lines}{local}IPv6AcceptRA=no\nConfigureWithoutCarrier=yes\n"
    link = f"[Link]\n{link}\n" if link else ""
    return f"[Match]\n{given}\n\n{link}{network}{_route_content(default)}"


def _link_local(ipv6: bool) -> str:
    """Return the lines on link-local addresses, which IPv6 has to have, and IPv4 no use for.

    A node asks by one for the MAC address of whom it answers from a VIP on lo, and VRRP adverts come from one. A lab
    gives no address twice, so nobody is asked whether it is taken (RFC 4862, section 5.4).
    """
    return "LinkLocalAddressing=ipv6\nIPv6DuplicateAddressDetection=0\n" if ipv6 else "LinkLocalAddressing=no\n"


def _is_ipv6(address: str) -> bool:
    return ip_interface(address).version == 6


def _route_content(default: Route | None) -> str:
    if default is None:
        return ""
    clamp = f"TCPAdvertisedMaximumSegmentSize={default.advmss}\n" if default.advmss else ""
    return f"\n[Route]\nGateway={default.gateway}\n{clamp}"


def hosts(lab: Lab) -> str:
    """Return /etc/hosts with every address of the lab's nodes, its routers and its client."""
    lines = ["127.0.0.1\tlocalhost", "::1\tlocalhost"]
    holders = {name: node.addresses for name, node in lab.nodes.items()}
    holders |= {name: router.addresses for name, router in lab.routers.items()} | {"client": lab.client.addresses}
    for name, addresses in holders.items():
        lines += [f"{address}\t{name}" for address in addresses.values()]
    return "\n".join(lines) + "\n"


def wants(lab: Lab, node: Node) -> Wants:
    """Return what this role looks at."""
    return Wants(
        files=(HOSTS, HOSTNAME, *(network_file(name) for name in node.addresses)),
        units=(NETWORKD,),
        probes=(routes_probe(node.gateway.version),) if node.gateway else (),
    )


def plan(lab: Lab, node: Node, facts: Facts) -> list[Step]:
    """Return the steps to the node's name and addresses."""
    steps = write(facts, HOSTS, hosts(lab)) + write(facts, HOSTNAME, f"{node.name}\n")
    if facts.hostname != node.name:
        steps.append(Run(f"set the host name to {node.name}", ("hostname", node.name)))
    return steps + _addresses(lab, node, facts)


def _addresses(lab: Lab, node: Node, facts: Facts) -> list[Step]:
    steps: list[Step] = []
    for name in node.addresses:
        steps += _interface(lab, node, facts, name)
    if NETWORKD in facts.units and not facts.unit(NETWORKD).is_enabled:
        steps.append(Run("have networkd configure interfaces at boot", ("systemctl", "--quiet", "enable", NETWORKD)))
    return steps


def _interface(lab: Lab, node: Node, facts: Facts, name: str) -> list[Step]:
    mac, face = node.mac(name), facts.interface_of(node, name)
    if face is None:
        raise NodeError(f"{node.name}: no interface has the MAC address {mac} of {name}", "lvslab vagrant -- reload")
    wanted = addresses_in(lab, node, name)
    default = default_route(lab, node, face.name) if lab.network_of_gateway(node) == name else None
    mtu = lab.networks[name].mtu
    missing = [address for address in wanted if not facts.has_address(face.name, address)]
    if not missing and default is None and face.mtu == mtu and network_file(name) not in facts.files:
        return []  # the provider has configured it
    steps = write(facts, network_file(name), network_content(face, mac, wanted, default, mtu))
    if face.mtu != mtu:
        steps.append(Run(f"have {face.name} send {mtu} bytes", ("ip", "link", "set", face.name, "mtu", str(mtu))))
    if face.mac != mac:
        steps.append(Run(f"give {face.name} the MAC address {mac}", ("ip", "link", "set", face.name, "address", mac)))
    for address in missing:
        steps += now(face.name, address)
    if any(map(_is_ipv6, missing)):
        steps.append(_link_local_is_there(face.name))
    if default and default not in facts.routes:
        steps.append(Run(f"route by {default.gateway}", route_command(default)))
    return steps


def addresses_in(lab: Lab, node: Node, network: str) -> list[str]:
    """Return a node's addresses in a network, ``address/prefix``: its own, then the VIPs that it has for good."""
    subnet = lab.networks[network].subnet
    vips = [vip for vip in node.virtual_addresses if vip in subnet]
    return [f"{node.addresses[network]}/{subnet.prefixlen}", *(f"{vip}/{vip.max_prefixlen}" for vip in vips)]


def default_route(lab: Lab, node: Node, interface: str) -> Route:
    """Return a node's default route.

    A real server in TUN gets its packets with another IP header before theirs. What it tells its peers to send at
    most leaves room for that (20 bytes, RFC 2003) on every network of the directors' and its own, so nothing has to
    be cut on the way to it.
    """
    is_tunnelled = any(service.forwarding is Forwarding.TUN for service in lab.services_of(node))
    crossed = {name for each in (node, *lab.directors) for name in each.addresses}
    most = min(lab.networks[name].mtu for name in crossed) - TUNNEL_HEADERS
    return Route("default", str(node.gateway), interface, most if is_tunnelled else None)


def route_command(route: Route) -> tuple[str, ...]:
    """Return the command that sets a route (ip-route(8))."""
    clamp = ("advmss", str(route.advmss)) if route.advmss else ()
    family = ("-6",) if ":" in route.gateway else ()
    way = ("via", route.gateway, "dev", route.interface)
    return ("ip", *family, "route", "replace", route.destination, *way, *clamp)


def now(interface: str, address: str) -> list[Step]:
    """Return the steps that put an address on an interface at once; the next boot reads networkd's file."""
    at_once = ("nodad",) if _is_ipv6(address) else ()
    return [
        Run(f"set {interface} up", ("ip", "link", "set", interface, "up")),
        Run(f"put {address} on {interface}", ("ip", "address", "replace", address, "dev", interface, *at_once)),
    ]


def _link_local_is_there(interface: str) -> Wait:
    """Return the step that waits for an address that others may be asked from, and adverts sent."""
    listed = 'ip -6 address show dev "$1" scope link -tentative | grep -q inet6'
    return Wait(f"wait for the link-local address of {interface}", ("sh", "-c", listed, "sh", interface))


def install(facts: Facts, wanted: tuple[str, ...]) -> list[Step]:
    """Return the steps that install the packages that the box lacks; none in lvslab's own box."""
    missing = tuple(name for name in wanted if name not in facts.packages)
    if not missing:
        return []
    return [
        Run("update the package lists", ("apt-get", "-qq", "update")),
        Run(f"install {' '.join(missing)}", ("apt-get", "-qq", "-y", "--no-install-recommends", "install", *missing)),
    ]


BASE = Role("base", wants, plan)
