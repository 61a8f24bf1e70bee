"""Where nodes and client are plugged in: the ports of the lab's bridges, links, and rules between the ports."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from pyroute2 import IPRoute

from lvslab.errors import HostError
from lvslab.host import client, namespace
from lvslab.host.command import check
from lvslab.host.libvirtd import virsh
from lvslab.model import Lab, Node

INTERFACES = Path("/sys/class/net")


def ports(lab: Lab, names: Iterable[str], networks: Iterable[str]) -> tuple[str, ...]:
    """Return the bridge ports of nodes, and of the client, in networks; what is not plugged in has none."""
    there = dict(_interfaces())
    taps = {address: name for name, address in there.items()}
    found: list[str] = []
    for name in names:
        for network in networks:
            if name in lab.nodes:
                if network in lab.nodes[name].addresses:
                    found.append(taps.get(tap_address(made_with(lab.nodes[name], network)), ""))
            elif client.port(network) in there:
                found.append(client.port(network))
    return tuple(port for port in found if port)


def tap_address(mac: str) -> str:
    """Return the MAC address of a tap: libvirt gives it that of the card behind it, with fe as the first byte."""
    return f"fe{mac[2:]}"


def made_with(node: Node, network: str) -> str:
    """Return the MAC address that libvirt knows a node's card by: the card's own, or the lab's, if made with that."""
    own = node.card(network)
    return own if tap_address(own) in dict(_interfaces()).values() else node.mac(network)


def _interfaces() -> Iterator[tuple[str, str]]:
    """Return each interface with its MAC address."""
    for path in INTERFACES.iterdir():
        with suppress(OSError):  # gone with its machine
            yield path.name, (path / "address").read_text().strip()


def set_mtus(lab: Lab) -> None:
    """Have every network carry packets of its size: the bridge, what is plugged into it, client and routers.

    libvirt gives the tap of a machine that is started later the MTU of its bridge. A node's own interface is for
    provisioning.
    """
    with IPRoute() as host:
        links = list(host.get_links())
        for network in lab.networks.values():
            bridge = host.link_lookup(ifname=network.bridge)[0]
            plugged = [link for link in links if bridge in (link["index"], link.get_attr("IFLA_MASTER"))]
            for link in plugged:
                if link.get_attr("IFLA_MTU") != network.mtu:
                    host.link("set", index=link["index"], mtu=network.mtu)
    others = {client.NAME: lab.client.addresses} | {each.name: each.addresses for each in lab.routers.values()}
    for name, addresses in others.items():
        for network_name in addresses:
            namespace.set_mtu(name, network_name, lab.networks[network_name].mtu)


def set_link(node: str, mac: str, is_up: bool) -> None:
    """Plug or unplug a machine's cable: its interface has carrier, or has none; until the machine is started anew."""
    virsh("domif-setlink", node, mac, "up" if is_up else "down")


def nft(ruleset: str) -> None:
    """Load an nftables ruleset, whole or not at all (nft(8)); HostError with what nft said."""
    check(["nft", "--file", "-"], what="rules between the lab's ports", error=HostError, stdin=ruleset, timeout=20)


def tables(prefix: str) -> list[str]:
    """Return the names of the tables of the bridge family that begin with ``prefix``."""
    listed = check(["nft", "list", "tables", "bridge"], what="the lab's rules", error=HostError, timeout=20)
    names = [line.split()[-1] for line in listed.splitlines() if line.strip()]
    return [name for name in names if name.startswith(prefix)]
