"""The client: where requests come from.

It is a namespace: cheap, on the host's own clock, and with room for as many addresses as a test wants.
"""

import http.client
import socket
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import TypeVar

from lvslab.host import namespace, source_ports
from lvslab.host.source_ports import SourcePorts
from lvslab.model import Lab

NAME = "client"
TRUST = ("CURL_CA_BUNDLE", "SSL_CERT_FILE")
LIMIT = 2.0
"""Seconds that an answer may take."""
T = TypeVar("T")


def exists() -> bool:
    """Whether the client is there."""
    return namespace.exists(NAME)


def make(lab: Lab) -> None:
    """Make the client with an interface and an address in each of its networks; one that is there stays."""
    namespace.make(lab, NAME, lab.client.addresses, lab.client.gateway)


def port(network: str) -> str:
    """Return the name of the client's end on the bridge of a network."""
    return namespace.outer(NAME, network)


def attach(lab: Lab, network: str, addresses: list[str]) -> None:
    """Give the client an interface named after ``network`` on its bridge, with ``addresses`` (``ip/prefix``)."""
    namespace.attach(lab, NAME, network, addresses)


def add_address(network: str, address: str) -> None:
    """Give the client one more address (``ip/prefix``) in a network."""
    namespace.add_address(NAME, network, address)


def remove_address(network: str, address: str) -> None:
    """Take an address (``ip/prefix``) from the client; one that is not there is fine."""
    namespace.remove_address(NAME, network, address)


def forget_neighbours() -> None:
    """Empty the client's ARP cache: after a restore, nothing in it need be true."""
    namespace.forget_neighbours(NAME)


def inside(function: Callable[[], T]) -> T:
    """Call ``function`` with the client's network, in a thread of its own, and return what it returns.

    Raises FileNotFoundError outside a lab, where there is no client.
    """
    return namespace.inside(NAME, function)


def trusting(authority: Path) -> dict[str, str]:
    """Return the environment that has curl(1) and OpenSSL trust an authority alone; none where there is none.

    curl looks at CURL_CA_BUNDLE first, and somebody may have set that on the host.
    """
    return dict.fromkeys(TRUST, str(authority)) if authority.exists() else {}


def ask(address: str, port: int, count: int = 1, timeout: float = LIMIT) -> list[str]:
    """Send ``count`` datagrams from one port, each after the answer to the one before; return the answers.

    What comes from another address than was asked is no answer (udp(7), connected sockets). To be called inside the
    client. Raises OSError.
    """
    family = socket.AF_INET6 if ip_address(address).version == 6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as asking:
        asking.settimeout(timeout)
        asking.connect((address, port))
        return [_exchange(asking) for _ in range(count)]


def _exchange(asking: socket.socket) -> str:
    asking.send(b"who is there?")
    return asking.recv(65535).decode(errors="replace")


_PORTS = SourcePorts(source_ports.CLIENT, per_second=40)


def _connected(address: str, port: int, timeout: float) -> socket.socket:
    """Return a new connection from the next port that is free; OSError."""
    made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    try:
        made.settimeout(timeout)
        source_ports.bind(made, "", _PORTS)
        made.connect((address, port))
    except OSError:
        made.close()
        raise
    return made


def get(address: str, port: int, path: str = "/", timeout: float = LIMIT) -> tuple[int, str, str]:
    """Ask for a page over a new connection; return status, the X-Real-Server header and the body.

    To be called inside the client. Raises OSError or http.client.HTTPException.
    """
    connection = http.client.HTTPConnection(address, port, timeout=timeout)
    try:
        connection.sock = _connected(address, port, timeout)
        connection.request("GET", path, headers={"Connection": "close"})
        response = connection.getresponse()
        body = response.read().decode(errors="replace")
        return response.status, response.getheader("X-Real-Server", ""), body
    finally:
        connection.close()
