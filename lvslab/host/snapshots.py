"""Snapshots of the whole lab, memory included: all machines at one moment, and all of them back."""

import time
from collections.abc import Callable, Iterable

from lvslab.errors import MachineError, UsageError
from lvslab.host import client
from lvslab.host.libvirtd import virsh
from lvslab.model import Lab
from lvslab.parallel import at_once

VERIFIED = "verified"
AGENT_LIMIT = 10.0


def names(node: str) -> list[str]:
    """Return the names of a machine's snapshots."""
    return virsh("snapshot-list", node, "--name").split()


def common(lab: Lab) -> list[str]:
    """Return the snapshots that every machine has: only those can be restored."""
    each = at_once(names, lab.nodes)
    return [name for name in each[0] if all(name in others for others in each)]


def _each(lab: Lab, *commands: Callable[[str], Iterable[str]]) -> None:
    """Run virsh commands, made from a node's name, on all machines: each command everywhere, then the next."""
    for command in commands:
        at_once(lambda node, command=command: virsh(*command(node)), lab.nodes)  # type: ignore[misc]


def save(lab: Lab, name: str) -> None:
    """Take a snapshot of all machines at one moment; one of that name is replaced."""
    for node in lab.nodes:
        if name in names(node):
            virsh("snapshot-delete", node, name)
    try:
        _each(lab, lambda node: ("suspend", node), lambda node: ("snapshot-create-as", node, name))
    finally:
        _each(lab, lambda node: ("resume", node))
    at_once(set_clock, lab.nodes)


def restore(lab: Lab, name: str) -> None:
    """Put all machines back to a snapshot, as they were at that moment, with the right time of day.

    Connections to the nodes that were open before are dead afterwards. Raises UsageError when there is no such
    snapshot.
    """
    known = common(lab)
    if name not in known:
        raise UsageError(f"no snapshot named {name}; there are: {', '.join(known) or 'none'}", "lvslab snapshot")
    _each(lab, lambda node: ("snapshot-revert", node, name, "--paused", "--force"))
    _each(lab, lambda node: ("resume", node))
    client.forget_neighbours()
    at_once(set_clock, lab.nodes)


def set_clock(node: str) -> None:
    """Set a machine's clock by its guest agent: after a restore it stands where it stood."""
    deadline = time.monotonic() + AGENT_LIMIT
    while True:
        now = time.time()
        try:
            virsh("domtime", node, "--time", str(round(now)), timeout=AGENT_LIMIT)
            return
        except MachineError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
