"""Every node: its name, the names of the others, its interfaces, and packages where the box lacks them."""

from lvslab.errors import NodeError
from lvslab.model import Lab, Node
from provision.role import Facts, Role, Wants, write
from provision.step import Run, Step

HOSTS = "/etc/hosts"
HOSTNAME = "/etc/hostname"
NETWORKD = "systemd-networkd.service"


def network_file(network: str) -> str:
    """Return the path of the networkd configuration of a lab network (systemd.network(5))."""
    return f"/etc/systemd/network/05-{network}.network"


def network_content(mac: str, address: str) -> str:
    """Return the configuration of an interface that has one address, from boot on, whatever its carrier does."""
    return (
        f"[Match]\nMACAddress={mac}\n\n"
        f"[Network]\nAddress={address}\nLinkLocalAddressing=no\nIPv6AcceptRA=no\nConfigureWithoutCarrier=yes\n"
    )


def hosts(lab: Lab) -> str:
    """Return /etc/hosts with every address of the lab's nodes and its client."""
    lines = ["127.0.0.1\tlocalhost", "::1\tlocalhost"]
    holders = {name: node.addresses for name, node in lab.nodes.items()} | {"client": lab.client.addresses}
    for name, addresses in holders.items():
        lines += [f"{address}\t{name}" for address in addresses.values()]
    return "\n".join(lines) + "\n"


def wants(lab: Lab, node: Node) -> Wants:
    """Return what this role looks at."""
    return Wants(
        files=(HOSTS, HOSTNAME, *(network_file(name) for name in node.addresses)),
        units=(NETWORKD,),
    )


def plan(lab: Lab, node: Node, facts: Facts) -> list[Step]:
    """Return the steps to the node's name and addresses."""
    steps = write(facts, HOSTS, hosts(lab)) + write(facts, HOSTNAME, f"{node.name}\n")
    if facts.hostname != node.name:
        steps.append(Run(f"set the host name to {node.name}", ("hostname", node.name)))
    return steps + _addresses(lab, node, facts)


def _addresses(lab: Lab, node: Node, facts: Facts) -> list[Step]:
    steps: list[Step] = []
    for name, address in node.addresses.items():
        mac, full = node.mac(name), f"{address}/{lab.networks[name].subnet.prefixlen}"
        interface = facts.interface_with(mac)
        if interface is None:
            raise NodeError(
                f"{node.name}: no interface has the MAC address {mac} of {name}", "lvslab vagrant -- reload"
            )
        has_address = facts.has_address(interface, full)
        if has_address and network_file(name) not in facts.files:
            continue  # the provider has configured it
        steps += write(facts, network_file(name), network_content(mac, full))
        if not has_address:
            steps += now(interface, full)
    if NETWORKD in facts.units and not facts.unit(NETWORKD).is_enabled:
        steps.append(Run("have networkd configure interfaces at boot", ("systemctl", "--quiet", "enable", NETWORKD)))
    return steps


def now(interface: str, address: str) -> list[Step]:
    """Return the steps that put an address on an interface at once; the next boot reads networkd's file."""
    return [
        Run(f"set {interface} up", ("ip", "link", "set", interface, "up")),
        Run(f"put {address} on {interface}", ("ip", "address", "replace", address, "dev", interface)),
    ]


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
