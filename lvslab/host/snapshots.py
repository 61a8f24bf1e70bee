"""Snapshots of the whole lab, memory included: all machines at one moment, and all of them back."""

import json
import time
from collections.abc import Callable, Iterable
from functools import partial

from lvslab.errors import MachineError, UsageError
from lvslab.host import client
from lvslab.host.libvirtd import virsh
from lvslab.model import Lab
from lvslab.parallel import at_once
from lvslab.wait import wait_for

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


def restore(lab: Lab, name: str, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Put all machines back to a snapshot, as they were at that moment, with the right time of day.

    ``meanwhile`` is called when they run again, beside the setting of their clocks. Connections to the nodes that
    were open before are dead afterwards. Raises UsageError when there is no such snapshot.
    """
    known = common(lab)
    if name not in known:
        raise UsageError(f"no snapshot named {name}; there are: {', '.join(known) or 'none'}", "lvslab snapshot")
    _each(lab, lambda node: ("snapshot-revert", node, name, "--paused", "--force"))
    _each(lab, lambda node: ("resume", node))
    client.forget_neighbours()
    works: list[Callable[[], None]] = [meanwhile, *(partial(set_clock, node) for node in lab.nodes)]
    at_once(_call, works)


def _call(work: Callable[[], None]) -> None:
    work()


def set_clock(node: str) -> None:
    """Set a machine's clock by its guest agent: after a restore it stands where it stood."""

    def is_set() -> bool:
        # virsh domtime would round to seconds
        order = {"execute": "guest-set-time", "arguments": {"time": time.time_ns()}}
        try:
            virsh("qemu-agent-command", node, json.dumps(order), timeout=AGENT_LIMIT)
        except MachineError:
            return False
        return True

    wait_for(is_set, within=AGENT_LIMIT, what=f"{node}: its clock", seen=lambda: "not set", error=MachineError)
