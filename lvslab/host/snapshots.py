"""Snapshots of the whole lab, memory included: all machines at one moment, and all of them back.

A snapshot belongs to the lab that it was taken of: the same machines may be another lab later, and have snapshots of
both. Two belong to a machine alone: ``bare``, when no lab has been put on it yet; and, of the storage node, one with
the array and the volume on its disks and nothing else done.

A machine with a box of the user's own is in no snapshot: what it was configured to by hand is not taken back. When
the others are put back, it is made to run, with its cables in.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from functools import partial

from lvslab.errors import MachineError, UsageError
from lvslab.host import machines, makeup, routers, wiring
from lvslab.host.libvirtd import virsh, virsh_in_turn
from lvslab.model import Lab, Node, Storage
from lvslab.parallel import at_once
from lvslab.wait import wait_for

VERIFIED = "verified"
BARE = "bare"
AGENT_LIMIT = 10.0
# where machines boot side by side, an agent may come long after sshd
CLOCK_LIMIT = 30.0


def names(node: str) -> list[str]:
    """Return the names of a machine's snapshots."""
    return virsh("snapshot-list", node, "--name").split()


def stored(lab: Lab, name: str) -> str:
    """Return the name that libvirt has for a snapshot of the lab."""
    return f"{lab.name}.{name}"


def common(lab: Lab) -> list[str]:
    """Return the lab's snapshots that every machine has: only those can be restored."""
    prefix = stored(lab, "")
    each = [told.split() for told in virsh_in_turn(*(("snapshot-list", node, "--name") for node in _kept(lab)))]
    whole = [name for name in each[0] if all(name in others for others in each)]
    return [name.removeprefix(prefix) for name in whole if name.startswith(prefix)]


def has_bare(node: str) -> bool:
    """Whether a machine has its snapshot ``bare``."""
    return BARE in names(node)


def save_bare(node: str) -> None:
    """Take the snapshot ``bare`` of one machine."""
    virsh("snapshot-create-as", node, BARE)


def have_bare(lab: Lab) -> bool:
    """Whether every machine has its snapshot ``bare``."""
    return all(at_once(has_bare, _kept(lab)))


def save_storage(lab: Lab, node: str) -> None:
    """Take the snapshot of a machine with the lab's storage on its disks, if it is the one with the storage."""
    if lab.storage and lab.storage.node == node and with_storage(lab.storage) not in names(node):
        virsh("snapshot-create-as", node, with_storage(lab.storage))


def with_storage(storage: Storage) -> str:
    """Return the name of the snapshot with this array and volume; what is exported to whom is no matter."""
    made = storage.model_dump_json(include={"array", "volume"})
    return f"storage-{hashlib.sha256(made.encode()).hexdigest()[:12]}"


def restore_bare(lab: Lab) -> frozenset[str]:
    """Put every machine back to when it had just booted, and the storage node to where it had the lab's storage.

    Return the names of those that have nothing of any lab.
    """
    kept = dict.fromkeys(_kept(lab), BARE)
    if lab.storage and with_storage(lab.storage) in names(lab.storage.node):
        kept[lab.storage.node] = with_storage(lab.storage)
    _revert(lab, kept)
    at_once(set_clock, _kept(lab))
    return frozenset(name for name, snapshot in kept.items() if snapshot == BARE)


def _kept(lab: Lab) -> list[str]:
    """Return the names of the machines that snapshots are taken of."""
    return [node.name for node in lab.managed]


def save(lab: Lab, name: str) -> None:
    """Take a snapshot of all machines at one moment; one of that name is replaced."""
    kept = stored(lab, name)
    for node in _kept(lab):
        if kept in names(node):
            virsh("snapshot-delete", node, kept)
    try:
        _all("suspend", _kept(lab))
        at_once(lambda node: virsh("snapshot-create-as", node, kept), _kept(lab))
    finally:
        _all("resume", _kept(lab))
    at_once(set_clock, _kept(lab))


def restore(lab: Lab, name: str, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Put all machines back to a snapshot, as they were at that moment, with the right time of day.

    ``meanwhile`` is called when they run again, beside the setting of their clocks. Connections to the nodes that
    were open before are dead afterwards. Raises UsageError when there is no such snapshot.
    """
    known = common(lab)
    if name not in known:
        raise UsageError(f"no snapshot named {name}; there are: {', '.join(known) or 'none'}", "lvslab snapshot")
    _revert(lab, dict.fromkeys(_kept(lab), stored(lab, name)))
    works: list[Callable[[], None]] = [meanwhile, *(partial(set_clock, node) for node in _kept(lab))]
    works += [partial(stand_up, node) for node in lab.unmanaged]
    at_once(_call, works)


def _revert(lab: Lab, kept: Mapping[str, str]) -> None:
    """Put machines back, each to its own snapshot, paused; then let all of them run.

    Where a machine runs with the devices that it had, its process takes the memory and the disks back in place: a
    third of the time that a new process takes, which is for the others.
    """
    nodes = list(kept)
    in_place = makeup.unchanged(kept)
    _all("suspend", in_place)
    at_once(lambda node: _put_back(node, kept[node], in_place=node in in_place), nodes)
    # one that was booting when lvslab was killed still gives way to the others
    machines.favour(lab, nodes)
    _all("resume", nodes)
    routers.forget_neighbours(lab)


def _put_back(node: str, kept: str, *, in_place: bool) -> None:
    # the monitor tells of a failure in words only, and of a success in none
    if in_place and not virsh("qemu-monitor-command", node, "--hmp", f"loadvm {kept}").strip():
        return
    virsh("snapshot-revert", node, kept, "--paused", "--force")


def _all(verb: str, nodes: list[str]) -> None:
    virsh_in_turn(*((verb, node) for node in nodes))


def stand_up(node: Node) -> None:
    """Have a machine that is in no snapshot run, with its cables in, whatever was done to it from outside."""
    machines.have_run(node.name)
    for network in node.addresses:
        wiring.set_link(node.name, wiring.made_with(node, network), is_up=True)


def _call(work: Callable[[], None]) -> None:
    work()


def set_clock(node: str, ahead: float = 0.0) -> None:
    """Set a machine's clock by its guest agent: after a restore it stands where it stood.

    ``ahead`` is in seconds: how far from the host's time it is to be.
    """

    def is_set() -> bool:
        # virsh domtime would round to seconds
        order = {"execute": "guest-set-time", "arguments": {"time": time.time_ns() + round(ahead * 1e9)}}
        try:
            virsh("qemu-agent-command", node, json.dumps(order), timeout=AGENT_LIMIT)
        except MachineError:
            return False
        return True

    wait_for(is_set, within=CLOCK_LIMIT, what=f"{node}: its clock", seen=lambda: "not set", error=MachineError)
