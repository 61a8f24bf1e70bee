"""The client: where requests come from.

It is a namespace: cheap, on the host's own clock, and with room for as many addresses as a test wants.
"""

import errno
import http.client
import socket
import threading
import time
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import TypeVar

from lvslab.host import namespace
from lvslab.model import Lab

NAME = "client"
TRUST = ("CURL_CA_BUNDLE", "SSL_CERT_FILE")
LIMIT = 2.0
"""Seconds that an answer may take."""
FIRST_PORT, PORTS, TRIES = 1024, 9216, 100
PORTS_A_SECOND = 40
"""How many a process may take without meeting those of one that begins later; all are through in 230 s."""
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


class Ports:
    """Source ports, none of which a director can still know.

    It remembers a connection for two minutes after its end (IPVS, FIN_WAIT), and sends a new one from the same port
    to the same real server, out of turn. The kernel draws ports at random, so some would come again within that
    time; these come in turn, and in each process from where the clock says. The prober has its own, above them.
    """

    def __init__(self) -> None:
        self._lock, self._last = threading.Lock(), 0

    def next(self) -> int:
        """Return the next one."""
        with self._lock:
            self._last = max(self._last + 1, int(time.monotonic() * PORTS_A_SECOND))
            return FIRST_PORT + self._last % PORTS


_PORTS = Ports()


def _connected(address: str, port: int, timeout: float) -> socket.socket:
    """Return a new connection from the next port that is free; OSError."""
    for _ in range(TRIES):
        try:
            return socket.create_connection((address, port), timeout, source_address=("", _PORTS.next()))
        except OSError as err:
            if err.errno != errno.EADDRINUSE:
                raise
    raise OSError(errno.EADDRINUSE, f"{TRIES} ports in turn are taken")


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
