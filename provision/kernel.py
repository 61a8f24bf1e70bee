"""What a machine's kernel is given before any lab is put on it."""

from lvslab.errors import NodeError
from lvslab.model import Node
from lvslab.model import Role as NodeRole
from lvslab.nodes.remote import Remote

MODULES = {NodeRole.WEB: ("nfsv4",), NodeRole.DIRECTOR: ("ip_vs",), NodeRole.NFS: ("nfsd", "raid456", "dm_mod")}
"""The modules that take an emulated processor long to load (nfsv4 three seconds), by the role that a lab may need
them in. Others are loaded when they are needed, as these are again after a reboot.
"""


def likely_role(node: Node) -> NodeRole:
    """Return what a node is for; of an idle one, what it is for in other labs of the same machines."""
    if node.role is not NodeRole.IDLE:
        return node.role
    return NodeRole.NFS if node.disks else NodeRole.DIRECTOR


def preload(node: Node, remote: Remote) -> None:
    """Have a node's kernel load the modules of its likely role, whether or not the lab of today needs them.

    What is loaded once, before the machine's first snapshot, need not be loaded at each change of labs.
    """
    modules = MODULES[likely_role(node)]
    result = remote.run(f"modprobe --all {' '.join(modules)}")
    if not result.ok:
        raise NodeError(
            f"{node.name}: the kernel does not load {', '.join(modules)}",
            f"lvslab ssh {node.name}",
            result.stderr.splitlines()[-10:],
        )
