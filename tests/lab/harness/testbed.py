"""The lab as the tests see it: its model, its nodes, its client."""

from collections import Counter
from collections.abc import Sequence

from pyroute2 import NetNS
from testinfra.host import Host

from harness.asking import Answer, Asking
from harness.backend import FabricBackend
from harness.wire import Wire
from lvslab.host import client, snapshots
from lvslab.lifecycle import instance as instances
from lvslab.lifecycle import status as status_of
from lvslab.lifecycle import up, verify
from lvslab.lifecycle.instance import Instance
from lvslab.lifecycle.status import Status
from lvslab.nodes.fabric_remote import FabricRemote
from lvslab.nodes.facts import director
from lvslab.nodes.facts.director import RealServer, Service
from lvslab.nodes.probe import read
from provision.provisioner import Outcome, provision

AS_EXPECTED = 120.0


class Silence:
    """Progress that nobody hears."""

    def stage(self, title: str) -> None:
        """Say nothing."""

    def say(self, line: str) -> None:
        """Say nothing."""

    def node(self, name: str, text: str) -> None:
        """Say nothing."""


class Testbed:
    """The suite's lab, from inside its namespaces."""

    __test__ = False

    def __init__(self, instance: Instance) -> None:
        self.model = instance.lab
        self.instance = instance
        self.remotes = {name: instances.remote(instance.paths, self.model, name) for name in self.model.nodes}
        self._nodes = {name: Host(FabricBackend(remote)) for name, remote in self.remotes.items()}

    # its nodes

    def node(self, name: str) -> Host:
        """Return a node for testinfra."""
        return self._nodes[self.model.node(name).name]

    def remote(self, name: str) -> FabricRemote:
        """Return a node for lvslab's own functions."""
        return self.remotes[name]

    def address(self, name: str) -> str:
        """Return a node's address in the lan, or the client's."""
        holder = self.model.client if name == client.NAME else self.model.node(name)
        return str(holder.addresses["lan"])

    def mac(self, name: str) -> str:
        """Return the MAC address of a node's interface in the lan."""
        return self.model.node(name).mac("lan")

    def disconnect(self, *names: str) -> None:
        """Let connections go, all of them unless told; the next command makes a new one."""
        for name in names or self.remotes:
            self.remotes[name].close()

    # its services

    @property
    def vip(self) -> str:
        """The address of the one virtual service."""
        return str(self.model.virtual_services[0].address)

    def status(self) -> Status:
        """Return the status, as ``lvslab status`` does."""
        return status_of.current(self.model, self.instance.state, self.remotes)

    def holders(self) -> tuple[str, ...]:
        """Return the directors that hold the VIP."""
        vip = self.status().vip
        assert vip is not None
        return vip.holders

    def table(self, name: str) -> tuple[Service, ...]:
        """Return a director's IPVS table with its counters; empty when there is none."""
        readings = read(self.remote(name), (director.TABLE, director.COUNTERS))
        return director.services(readings["ipvs"], readings["ipvs-counters"])

    def real_servers(self, name: str) -> dict[str, RealServer]:
        """Return the real servers in a director's table, by their nodes' names."""
        names = {f"{self.address(node.name)}:{self.model.web.port}": node.name for node in self.model.web_servers}
        return {names[row.address]: row for service in self.table(name) for row in service.real_servers}

    # its client

    def get(self, count: int = 1, address: str = "", path: str = "/") -> list[Answer]:
        """Ask for a page ``count`` times, a new connection each time: the VIP, or the node at ``address``."""
        where, port = address or self.vip, self.model.virtual_services[0].port
        return client.inside(lambda: [Answer(*client.get(where, port, path)) for _ in range(count)])

    def shares(self, count: int) -> Counter[str]:
        """Ask the VIP ``count`` times and return how many answers each web server gave."""
        return Counter(answer.server for answer in self.get(count))

    def asking(self) -> Asking:
        """Return a client that asks the VIP all the time."""
        return Asking(self.vip, self.model.virtual_services[0].port)

    def wire(self) -> Wire:
        """Return the client's interface in the lan, to listen to."""
        return Wire("lan")

    def neighbour(self, address: str) -> str | None:
        """Return the MAC address that the client has for an address in its ARP cache."""
        with NetNS(client.NAME) as inside:
            entries = list(inside.get_neighbours(dst=address))
        return entries[0].get_attr("NDA_LLADDR") if entries else None

    # what is done to it

    def plan(self, names: Sequence[str] = ()) -> dict[str, Outcome]:
        """Return what provisioning would do, on all nodes unless told, by node."""
        return self.provision(names, dry_run=True)

    def provision(self, names: Sequence[str] = (), dry_run: bool = False) -> dict[str, Outcome]:
        """Provision nodes, all of them unless told, and return what was done, by node."""
        remotes = {name: self.remotes[name] for name in names or self.remotes}
        done = provision(self.model, remotes, Silence().node, dry_run)
        return {outcome.node: outcome for outcome in done}

    def wait_as_expected(self, within: float = AS_EXPECTED) -> Status:
        """Return when the lab is what its file says; ExpectationError names all that is not."""
        return verify.wait_until_as_expected(self.model, self.instance.state, self.remotes, within)

    def reset(self) -> None:
        """Put the lab back to how it was after verification, memory included."""
        self.disconnect()
        up.reset(self.model, snapshots.VERIFIED, Silence())
