"""Hosts of the lab that are namespaces, not machines (network_namespaces(7)): the client and the routers.

Each is attached to the lab's bridges like any other host, by a veth(4) pair for each of its networks.
"""

import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface, ip_interface
from pathlib import Path
from typing import TypeVar

from pyroute2 import IPRoute, netns
from pyroute2.netlink.exceptions import NetlinkError

from lvslab import interrupt
from lvslab.model import Lab
from lvslab.model.node import mac_address

FOLDER = Path("/run/netns")
NODAD = 0x02
"""IFA_F_NODAD (linux/if_addr.h): an IPv6 address is there at once, nobody is asked first whether it is taken."""
OCTET = 0xEF
"""What the MAC addresses of namespaces have where those of machines have something else."""
T = TypeVar("T")
IPAddress = IPv4Address | IPv6Address


def exists(name: str) -> bool:
    """Whether the namespace is there."""
    return (FOLDER / name).exists()


@interrupt.put_off()
def make(lab: Lab, name: str, addresses: Mapping[str, IPAddress], gateway: IPAddress | None) -> None:
    """Make a namespace with an interface and an address in each of its networks; one that is there stays."""
    if exists(name):
        return
    netns.create(name)
    inside(name, lambda: set_up("lo"))
    for network, address in addresses.items():
        attach(lab, name, network, [f"{address}/{lab.networks[network].subnet.prefixlen}"])
    if gateway is not None:
        inside(name, lambda: _route_by(gateway))


@interrupt.put_off()
def remove(name: str) -> None:
    """Take a namespace away with its interfaces; those of the host are gone when this returns."""
    if not exists(name):
        return
    with IPRoute() as host:
        for link in host.get_links(kind="veth"):
            if (link.get_attr("IFLA_IFALIAS") or "").startswith(f"{name} "):
                host.link("del", index=link["index"])
    netns.remove(name)


@interrupt.put_off()
def attach(lab: Lab, name: str, network: str, addresses: list[str]) -> None:
    """Give a namespace an interface named after ``network`` on its bridge, with ``addresses`` (``ip/prefix``)."""
    outside = outer(name, network)
    with IPRoute() as host:
        mtu = lab.networks[network].mtu
        peer = {"ifname": network, "net_ns_fd": name, "address": mac(addresses), "mtu": mtu}
        host.link("add", ifname=outside, kind="veth", mtu=mtu, peer=peer)
        bridge = host.link_lookup(ifname=lab.networks[network].bridge)[0]
        index = host.link_lookup(ifname=outside)[0]
        host.link("set", index=index, master=bridge, state="up", ifalias=f"{name} {network}")
    inside(name, lambda: set_up(network))
    for address in addresses:
        add_address(name, network, address)


def mac(addresses: Sequence[str]) -> str:
    """Return the MAC address of an interface, which follows from its first address (``ip/prefix``).

    The machines' memory outlives a namespace: what their ARP caches know of it in a snapshot is true of the next one.
    """
    return mac_address(OCTET, ip_interface(addresses[0]).packed)


def outer(name: str, network: str) -> str:
    """Return the name of the host's end of an interface; Linux allows it fifteen characters."""
    return f"{name}-{network}"[:15]


def set_up(interface: str) -> None:
    """Set an interface up; to be called inside."""
    with IPRoute() as here:
        here.link("set", index=here.link_lookup(ifname=interface)[0], state="up")


def set_mtu(name: str, network: str, mtu: int) -> None:
    """Set how many bytes a packet may have on a namespace's interface in a network."""
    inside(name, lambda: _set_mtu(network, mtu))


def _set_mtu(interface: str, mtu: int) -> None:
    with IPRoute() as here:
        here.link("set", index=here.link_lookup(ifname=interface)[0], mtu=mtu)


def add_address(name: str, network: str, address: str) -> None:
    """Give a namespace one more address (``ip/prefix``) in a network."""
    inside(name, lambda: _add_address(network, ip_interface(address)))


def _add_address(network: str, interface: IPv4Interface | IPv6Interface) -> None:
    with IPRoute() as here:
        index = here.link_lookup(ifname=network)[0]
        flags = {"flags": NODAD} if interface.version == 6 else {}
        length = interface.network.prefixlen
        here.addr("replace", index=index, address=str(interface.ip), prefixlen=length, **flags)


def remove_address(name: str, network: str, address: str) -> None:
    """Take an address (``ip/prefix``) from a namespace; one that is not there is fine."""
    inside(name, lambda: _remove_address(network, ip_interface(address)))


def _remove_address(network: str, interface: IPv4Interface | IPv6Interface) -> None:
    with IPRoute() as here, suppress(NetlinkError):
        index = here.link_lookup(ifname=network)[0]
        here.addr("del", index=index, address=str(interface.ip), prefixlen=interface.network.prefixlen)


def _route_by(gateway: IPAddress) -> None:
    family = socket.AF_INET6 if gateway.version == 6 else socket.AF_INET
    with IPRoute() as here:
        here.route("replace", family=family, dst="default", gateway=str(gateway))


def forget_neighbours(name: str) -> None:
    """Empty a namespace's neighbour caches, ARP's and IPv6's: after a restore, nothing in them need be true."""
    inside(name, _forget_neighbours)


def _forget_neighbours() -> None:
    with IPRoute() as here:
        for family in (socket.AF_INET, socket.AF_INET6):
            for entry in here.get_neighbours(family=family):
                with suppress(NetlinkError):  # it may have gone by itself
                    here.neigh("del", family=family, ifindex=entry["ifindex"], dst=entry.get_attr("NDA_DST"))


def inside(name: str, function: Callable[[], T]) -> T:
    """Call ``function`` with a namespace's network, in a thread of its own, and return what it returns.

    Raises FileNotFoundError outside a lab, where there is no such namespace.
    """
    outcome: list[T] = []
    failure: list[BaseException] = []

    def body() -> None:
        try:
            netns.setns(name, flags=0)  # pyroute2's default would make a namespace that is not there
            outcome.append(function())
        except BaseException as err:  # handed to the caller whole
            failure.append(err)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return outcome[0]
