"""The lab as tests see it: its model, its nodes for testinfra, its client, its faults, its domain facts."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from testinfra.host import Host

from lvslab import faults
from lvslab.faults import Active, Faults, Ground
from lvslab.host import certificates, client, snapshots
from lvslab.lifecycle import instance as instances
from lvslab.lifecycle import reset, verify
from lvslab.lifecycle import status as status_of
from lvslab.lifecycle.instance import Instance
from lvslab.lifecycle.progress import Silence
from lvslab.lifecycle.status import Status, StorageStatus
from lvslab.measure.wishes import Wishes
from lvslab.model.table import rows_of
from lvslab.nodes.fabric_remote import FabricRemote
from lvslab.nodes.facts import director
from lvslab.nodes.facts.director import RealServer, Service
from lvslab.nodes.probe import read
from lvslab.pytest_plugin.backend import FabricBackend
from lvslab.pytest_plugin.client import Client
from lvslab.pytest_plugin.probe import Probe, probing
from lvslab.wait import wait_for
from provision.provisioner import Outcome, provision

AS_EXPECTED = 120.0
COUNTED_AFTER = 2.2
"""Seconds after which counters that stand still have been added up."""


class LabUnderTest:
    """A running lab, from inside its namespaces."""

    __test__ = False

    def __init__(self, instance: Instance) -> None:
        self.model = instance.lab
        self.instance = instance
        managed = [node.name for node in self.model.managed]
        self.remotes = {name: instances.remote(instance.paths, self.model, name) for name in managed}
        self.client = Client(self.model, instance.paths.authority)
        self._nodes = {name: Host(FabricBackend(remote)) for name, remote in self.remotes.items()}
        self._faults = Faults(Ground(instance.paths, self.model, self.remotes))
        self.is_as_verified = True
        """Whether no test has been on it since it was verified or put back."""

    # its nodes

    def node(self, name: str) -> Host:
        """Return a node for testinfra; UsageError where lvslab does not log in to one of that name."""
        return self._nodes[instances.managed(self.model, name).name]

    def remote(self, name: str) -> FabricRemote:
        """Return the held connection to a node, for lvslab's own functions."""
        return self.remotes[instances.managed(self.model, name).name]

    def address(self, name: str, network: str = "") -> str:
        """Return a node's address in a network, the first of the lab unless told; or the client's."""
        holder = self.model.client if name == client.NAME else self.model.node(name)
        return str(holder.addresses[network or next(iter(holder.addresses))])

    def mac(self, name: str, network: str = "") -> str:
        """Return the MAC address of a node's interface in a network, the node's first unless told."""
        node = self.model.node(name)
        return node.mac(network or next(iter(node.addresses)))

    def disconnect(self, *names: str) -> None:
        """Let connections go, all of them unless told; the next command makes a new one."""
        for name in names or self.remotes:
            self.remotes[name].close()

    # domain facts

    @property
    def vip(self) -> str:
        """The address of the first service."""
        return str(self.model.services[0].address)

    def status(self) -> Status:
        """Return the status, as ``lvslab status`` does."""
        return status_of.current(self.model, self.instance.state, self.remotes)

    def holders(self, vip: str = "") -> tuple[str, ...]:
        """Return the directors that hold a VIP, the first service's unless told."""
        seen = {each.address: each.holders for each in self.status().vips}
        return seen[vip or self.vip]

    def vrrp(self) -> dict[str, dict[str, str] | None]:
        """Return the state of each VRRP instance on each director; None where keepalived does not run."""
        return {name: each.vrrp for name, each in self.status().ipvs.items()}

    def ipvs(self, name: str) -> tuple[Service, ...]:
        """Return a director's IPVS table with its counters; empty when there is none."""
        readings = read(self.remote(name), (director.TABLE, director.COUNTERS))
        return director.services(readings["ipvs"], readings["ipvs-counters"])

    def real_servers(self, name: str) -> dict[str, RealServer]:
        """Return the real servers in a director's table, by their nodes' names."""
        names = {
            row: server.node
            for service in self.model.virtual_services
            for server, row in zip(service.real_servers, rows_of(self.model, service), strict=True)
        }
        return {names[row.address]: row for service in self.ipvs(name) for row in service.real_servers}

    def counted(self, name: str) -> dict[str, int]:
        """Return how many connections a director has passed on to each real server, once the kernel has counted them.

        IPVS adds its counters up every two seconds (ip_vs_est.c); so long do they have to stand still.
        """
        seen: dict[str, int] = {}
        since = time.monotonic()

        def settled() -> bool:
            nonlocal since
            # what is read is at least as new as this, however long the reading takes
            asked = time.monotonic()
            now = {server: row.connections for server, row in self.real_servers(name).items()}
            if now != seen:
                seen.clear()
                seen.update(now)
                since = time.monotonic()
            return asked - since > COUNTED_AFTER

        wait_for(settled, within=AS_EXPECTED, what=f"{name}: the counters move", seen=lambda: str(seen), every=0.2)
        return seen

    @property
    def storage(self) -> StorageStatus:
        """The array (``.array``), the volume, the mount and the export; AssertionError in a lab that has none."""
        seen = self.status().storage
        assert seen is not None, f"{self.model.name} has no storage"
        return seen

    # what is done to it

    @contextmanager
    def fault(self, name: str, *targets: str, **parameters: object) -> Iterator[Active]:
        """Break something for as long as the block lasts: ``lab.fault("network.loss", "web1", percent=10)``.

        Names, targets and parameters are those of ``lvslab fault list``. UsageError for one that is none.
        """
        active = self.inject(name, *targets, **parameters)
        try:
            yield active
        finally:
            self._faults.heal(active)

    def inject(self, name: str, *targets: str, **parameters: object) -> Active:
        """Break something and leave it so: ``reset`` puts the lab back, which is sooner than a machine boots.

        Names, targets and parameters are those of ``fault``. UsageError for one that is none.
        """
        told = {key.replace("_", "-"): str(value) for key, value in parameters.items()}
        return self._faults.inject(faults.order(self.model, name, targets, told))

    @contextmanager
    def probe(self, rate: int = 100, service: str = "") -> Iterator[Probe]:
        """Ask a service ``rate`` times a second while the block lasts; then tell how it went.

        It is the first service with pages unless told, else the first that answers datagrams; ``service`` names one,
        by TCP or UDP. UsageError where there is none of that name that can be asked.
        """
        wishes = Wishes(rate=rate, service=service, sample_every=0)
        with probing(self.model, Path(mkdtemp(prefix="lvslab-probe-")), self._connect, wishes) as probe:
            yield probe

    def plan(self, names: Sequence[str] = ()) -> dict[str, Outcome]:
        """Return what provisioning would do, on all nodes unless told, by node."""
        return self.provision(names, dry_run=True)

    def provision(self, names: Sequence[str] = (), dry_run: bool = False) -> dict[str, Outcome]:
        """Provision nodes, all of them unless told, and return what was done, by node."""
        remotes = {name: self.remotes[name] for name in names or self.remotes}
        certificate = certificates.of_lab(self.instance.paths, self.model)
        done = provision(self.model, remotes, Silence().node, dry_run, certificate=certificate)
        return {outcome.node: outcome for outcome in done}

    def wait_as_expected(self, within: float = AS_EXPECTED) -> Status:
        """Return when the lab is what its file says; ExpectationError names all that is not."""
        return verify.wait_until_as_expected(self.model, self.instance.state, self.remotes, within)

    def reset(self) -> None:
        """Put the lab back to how it was after verification, memory included."""
        self.disconnect()
        reset.reset(self.model, snapshots.VERIFIED, Silence())
        self.is_as_verified = True

    def put_back(self) -> None:
        """Do what ``reset`` does, unless no test has been on the lab since."""
        if not self.is_as_verified:
            self.reset()

    def _connect(self, name: str) -> FabricRemote:
        return instances.remote(self.instance.paths, self.model, name)
