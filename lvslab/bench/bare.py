"""Machines that nobody has provisioned: what the first run of a provisioning starts from."""

from pathlib import Path

from lvslab.errors import MachineError
from lvslab.host import snapshots, state
from lvslab.host.paths import InstancePaths
from lvslab.lifecycle import instance
from lvslab.lifecycle import up as lifecycle_up
from lvslab.lifecycle.up import Wishes
from lvslab.model import load_lab
from lvslab.nodes.fabric_remote import FabricRemote
from lvslab.parallel import at_once

BARE = "bare"
STAGE = "provisioning"


class _Reached(Exception):  # noqa: N818 - it is no error
    """lab-up has come to provisioning."""


class _UntilProvisioning:
    """Progress that interrupts lab-up as Ctrl-C would, once the machines run."""

    def stage(self, title: str) -> None:
        """Go no further than provisioning."""
        if title == STAGE:
            raise _Reached

    def say(self, line: str) -> None:
        """Say nothing."""

    def node(self, name: str, text: str) -> None:
        """Say nothing."""


def raise_machines(file: str, name: str, accelerator: str) -> dict[str, float]:
    """Raise the machines of a lab, wait until they have booted to the end, and keep them as the snapshot ``bare``.

    Continues inside the lab's namespaces. The lab's state is that of an interrupted lab-up, and provision goes on
    from there.
    """
    lab, paths = load_lab(Path(file)), InstancePaths(name)

    def booted(remote: FabricRemote) -> None:
        instance.wait_for_ssh(paths, remote)
        remote.run("systemctl is-system-running --wait", timeout=instance.BOOT_LIMIT)

    with state.locked(paths, "bench"):
        try:
            lifecycle_up.up(Path(file), name, Wishes(accelerator), _UntilProvisioning())
        except _Reached:
            with instance.connections(paths, lab) as remotes:
                at_once(booted, remotes.values())
            snapshots.save(lab, BARE)
            return {}
    raise MachineError(f"{name}: lab-up never came to a stage named {STAGE}", "lvslab bench --only up-cold")
