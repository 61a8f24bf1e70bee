"""Rules on a lab: what its networks make of its forwarding methods, which no keepalived.conf(5) shows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

from lvslab.lint.finding import Severity
from lvslab.lint.rule import Words, title_of
from lvslab.model import Forwarding, Lab, Node, VirtualService
from lvslab.model.mistake import YamlPath
from lvslab.model.network import ETHERNET_MTU

Address = IPv4Address | IPv6Address
LabCheck = Callable[[Lab], Iterator[tuple[YamlPath, str]]]
IPIP_HEADER = 20


@dataclass(frozen=True)
class LabRule(Words):
    """A rule on a lab; its function yields places in the lab file and messages."""

    check: LabCheck = field(compare=False, repr=False)

    @property
    def title(self) -> str:
        """What the rule finds, in one line."""
        return title_of(self.check)


def lab_rule(
    name: str, severity: Severity, *looks_at: str, reason: str, remedy: str, reference: str
) -> Callable[[LabCheck], LabRule]:
    """Make a rule of a function; the function's docstring is the rule's title."""
    return lambda check: LabRule(name, severity, looks_at, reason, remedy, reference, check)


def _services(lab: Lab, method: Forwarding) -> Iterator[tuple[YamlPath, VirtualService, list[Node]]]:
    for index, service in enumerate(lab.virtual_services):
        if service.forwarding is method:
            names = [server.node for server in service.real_servers]
            yield ("virtual_services", index), service, [lab.nodes[name] for name in names if name in lab.nodes]


@lab_rule(
    "lab-nat-client-inside",
    Severity.ERROR,
    "forwarding",
    "client",
    reason="With NAT a reply has to pass the director, which puts the virtual address back in. A client on the real "
    "servers' network gets it directly, from an address that it never asked, and resets the connection.",
    remedy="give the client an address on another network than the real servers",
    reference="LVS-HOWTO, LVS-NAT on one network",
)
def nat_client_inside(lab: Lab) -> Iterator[tuple[YamlPath, str]]:
    """Find NAT with the client in the real servers' network."""
    for path, service, nodes in _services(lab, Forwarding.NAT):
        others = [node for node in nodes if node not in lab.directors]
        shared = sorted({name for node in others for name in node.addresses if name in lab.client.addresses})
        if shared:
            yield (
                (*path, "forwarding"),
                f"{service.name}: found NAT with the client on {shared[0]}, its servers' network",
            )


@lab_rule(
    "lab-nat-no-way-back",
    Severity.ERROR,
    "forwarding",
    "vrrp_instances",
    reason="With NAT the real servers' default route has to be a director, and after a failover the other one: an "
    "address that moves, in their own network.",
    remedy="add a VRRP instance with an address in the real servers' network, and make it their gateway",
    reference="ipvsadm(8), --masquerading",
)
def nat_no_way_back(lab: Lab) -> Iterator[tuple[YamlPath, str]]:
    """Find NAT without an address of the directors in the real servers' network that moves with the master."""
    for path, service, nodes in _services(lab, Forwarding.NAT):
        ways = _inside_addresses(lab)
        for node in nodes:
            reachable = [way for way in ways if _is_near(lab, node, way)]
            if not reachable and node not in lab.directors:
                yield (
                    (*path, "forwarding"),
                    f"{service.name}: found no director's address that {node.name} can route by",
                )
                break


def _inside_addresses(lab: Lab) -> list[Address]:
    if len(lab.directors) == 1:
        return [*lab.vips, *lab.directors[0].addresses.values()]
    return list(lab.vips)


def _is_near(lab: Lab, node: Node, address: Address) -> bool:
    network = lab.network_of(address)
    return network is not None and network.name in node.addresses


@lab_rule(
    "lab-tun-mtu",
    Severity.WARNING,
    "forwarding",
    "networks",
    reason="The tunnel puts 20 bytes before each packet. The real servers tell TCP to leave room for that (advmss), "
    "but a full datagram of the client no longer fits, and depends on ICMP to be made smaller.",
    remedy="give the networks that the tunnel crosses an mtu of 1520",
    reference="RFC 2003 section 5.1; ip-route(8), advmss",
)
def tun_mtu(lab: Lab) -> Iterator[tuple[YamlPath, str]]:
    """Find TUN over a network whose MTU is smaller than usual."""
    for path, service, nodes in _services(lab, Forwarding.TUN):
        for name in sorted({name for node in nodes for name in node.addresses}):
            mtu = lab.networks[name].mtu
            if mtu < ETHERNET_MTU:
                room = mtu - IPIP_HEADER
                message = f"{service.name}: found TUN over {name} with MTU {mtu}, which leaves {room} for a packet"
                yield (*path, "forwarding"), message


LAB_RULES = (nat_client_inside, nat_no_way_back, tun_mtu)
