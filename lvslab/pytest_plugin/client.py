"""The client as tests see it: requests, commands, and what passes on its wire."""

import subprocess
from collections import Counter
from dataclasses import dataclass
from os import environ
from pathlib import Path

from pyroute2 import NetNS

from lvslab.host import client
from lvslab.host.command import find
from lvslab.model import Lab
from lvslab.pytest_plugin.wire import Wire

LIMIT = 60.0
PATIENCE = 5.0
"""Seconds that an answer may take: a busy host may stand still for one or two."""


@dataclass(frozen=True)
class Answer:
    """What a client got: the status, the X-Real-Server header and the body."""

    status: int
    server: str
    body: str


class Client:
    """The lab's client, a network namespace on the host."""

    def __init__(self, model: Lab, authority: Path) -> None:
        self._model = model
        self._environment = environ | client.trusting(authority)

    def get(self, count: int = 1, address: str = "", path: str = "/", port: int = 0) -> list[Answer]:
        """Ask for a page ``count`` times, a new connection each time: the first service's VIP, or ``address``.

        Raises OSError or http.client.HTTPException when a request is not answered.
        """
        service = self._model.services[0]
        where, door = address or str(service.address), port or self._model.page_port(service) or service.port
        return client.inside(lambda: [Answer(*client.get(where, door, path, PATIENCE)) for _ in range(count)])

    def ask(self, count: int, address: str, port: int) -> list[str]:
        """Send datagrams from a new port each, and return who answered them."""
        return client.inside(lambda: [name for _ in range(count) for name in client.ask(address, port)])

    def ask_from_one_port(self, count: int, address: str, port: int) -> list[str]:
        """Send datagrams from one port, each after the answer to the one before, and return who answered them."""
        return client.inside(lambda: client.ask(address, port, count))

    def shares(self, count: int) -> Counter[str]:
        """Ask the VIP ``count`` times and return how many answers each real server gave."""
        return Counter(answer.server for answer in self.get(count))

    def run(self, *command: str, timeout: float = LIMIT) -> "subprocess.CompletedProcess[str]":
        """Run a command in the client's network: ``lab.client.run("curl", "-si", f"http://{lab.vip}/")``.

        It trusts the lab's own authority.
        """
        words = [find("ip"), "netns", "exec", client.NAME, *command]
        return subprocess.run(
            words,
            capture_output=True,
            text=True,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            env=self._environment,
        )

    def wire(self, network: str = "", host: str | None = client.NAME) -> Wire:
        """Return the interface of the client or a router in a network, to listen to; or the bridge that it is."""
        name = network or next(iter(self._model.client.addresses))
        return Wire(name if host else self._model.networks[name].bridge, host)

    def neighbour(self, address: str) -> str | None:
        """Return the MAC address that the client has for an address in its ARP cache."""
        with NetNS(client.NAME) as inside:
            entries = list(inside.get_neighbours(dst=address))
        return entries[0].get_attr("NDA_LLADDR") if entries else None
