"""The client: a network namespace inside the lab's, attached to the lab's bridges like any other host.

It is where requests come from: cheap, on the host's own clock, and with room for as many addresses as a test
wants.
"""

import http.client
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from ipaddress import IPv4Interface, IPv6Interface, ip_interface
from pathlib import Path
from typing import TypeVar

from pyroute2 import IPRoute, netns
from pyroute2.netlink.exceptions import NetlinkError

from lvslab import interrupt
from lvslab.model import Lab

NAME = "client"
T = TypeVar("T")


def exists() -> bool:
    """Whether the client is there."""
    return Path("/run/netns", NAME).exists()


@interrupt.put_off()
def make(lab: Lab) -> None:
    """Make the client with an interface and an address in each of its networks; one that is there stays."""
    if exists():
        return
    netns.create(NAME)
    inside(lambda: _set_up("lo"))
    for network, address in lab.client.addresses.items():
        attach(lab, network, [f"{address}/{lab.networks[network].subnet.prefixlen}"])


def _set_up(interface: str) -> None:
    with IPRoute() as here:
        here.link("set", index=here.link_lookup(ifname=interface)[0], state="up")


@interrupt.put_off()
def attach(lab: Lab, network: str, addresses: list[str]) -> None:
    """Give the client an interface named after ``network`` on its bridge, with ``addresses`` (``ip/prefix``)."""
    outside = f"client-{network}"[:15]
    with IPRoute() as host:
        host.link("add", ifname=outside, kind="veth", peer={"ifname": network, "net_ns_fd": NAME})
        bridge = host.link_lookup(ifname=lab.networks[network].bridge)[0]
        host.link("set", index=host.link_lookup(ifname=outside)[0], master=bridge, state="up")
    inside(lambda: _set_up(network))
    for address in addresses:
        add_address(network, address)


def add_address(network: str, address: str) -> None:
    """Give the client one more address (``ip/prefix``) in a network."""
    inside(lambda: _add_address(network, ip_interface(address)))


def _add_address(network: str, interface: IPv4Interface | IPv6Interface) -> None:
    with IPRoute() as here:
        index = here.link_lookup(ifname=network)[0]
        here.addr("replace", index=index, address=str(interface.ip), prefixlen=interface.network.prefixlen)


def forget_neighbours() -> None:
    """Empty the client's ARP cache: after a restore, nothing in it need be true."""
    inside(_forget_neighbours)


def _forget_neighbours() -> None:
    with IPRoute() as here:
        for entry in here.get_neighbours(family=socket.AF_INET):
            with suppress(NetlinkError):  # it may have gone by itself
                here.neigh("del", ifindex=entry["ifindex"], dst=entry.get_attr("NDA_DST"))


def inside(function: Callable[[], T]) -> T:
    """Call ``function`` with the client's network, in a thread of its own, and return what it returns.

    Raises FileNotFoundError outside a lab, where there is no client.
    """
    outcome: list[T] = []
    failure: list[BaseException] = []

    def body() -> None:
        try:
            netns.setns(NAME, flags=0)  # pyroute2's default would make a namespace that is not there
            outcome.append(function())
        except BaseException as err:  # handed to the caller whole
            failure.append(err)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return outcome[0]


def get(address: str, port: int, path: str = "/", timeout: float = 2.0) -> tuple[int, str, str]:
    """Ask for a page over a new connection; return status, the X-Real-Server header and the body.

    To be called inside the client. Raises OSError or http.client.HTTPException.
    """
    connection = http.client.HTTPConnection(address, port, timeout=timeout)
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        response = connection.getresponse()
        body = response.read().decode(errors="replace")
        return response.status, response.getheader("X-Real-Server", ""), body
    finally:
        connection.close()
