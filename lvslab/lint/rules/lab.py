"""Rules on a lab: what its networks make of its forwarding methods, which no keepalived.conf(5) shows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lvslab.lint.finding import Severity
from lvslab.lint.rule import Words, title_of
from lvslab.model import Forwarding, Lab, Node, VirtualService
from lvslab.model.mistake import YamlPath
from lvslab.model.network import ETHERNET_MTU

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


LAB_RULES = (tun_mtu,)
