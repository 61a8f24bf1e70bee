"""What the playbook is told: taken from the plans that provision makes for the very same machines. Pure.

So no path, address or command line is written twice, and a change of a role is a change of the playbook's input.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lvslab.model import Lab, Node
from provision import provisioner
from provision.provisioner import Outcome
from provision.step import Run, Step, Write
from provision.storage import FSTAB

Variables = dict[str, Any]


@dataclass(frozen=True)
class Access:
    """How the nodes are logged in to."""

    key: str
    known_hosts: str


def inventory(lab: Lab, outcomes: Sequence[Outcome], access: Access, files: str) -> Variables:
    """Return an Ansible inventory with a host for each node; ``files`` is the folder of the files to copy."""
    hosts = {each.node: of_node(lab, lab.node(each.node), each.steps, files) for each in outcomes}
    options = f"-F /dev/null -o IdentitiesOnly=yes -o UserKnownHostsFile={access.known_hosts}"
    common = {
        "ansible_user": "root",
        "ansible_ssh_private_key_file": access.key,
        "ansible_ssh_common_args": f"{options} -o GlobalKnownHostsFile=/dev/null",
    }
    return {"all": {"vars": common, "hosts": hosts}}


def of_node(lab: Lab, node: Node, steps: Sequence[Step], files: str) -> Variables:
    """Return the variables of one node, from the plan for it when it is bare."""
    return {
        "ansible_host": str(lab.management_address(node)),
        "roles_of_node": [role.name for role in provisioner.roles(lab, node)],
        "packages": list(provisioner.wants(lab, node).packages),
        "files": f"{files}/{node.name}",
        "paths": sorted(contents(steps)),
        "fstab_line": fstab_line(steps),
        "addresses": addresses(steps),
        "commands": commands(steps),
        "document_root": lab.web.document_root,
        "storage": _storage(lab),
    }


def contents(steps: Sequence[Step]) -> Mapping[str, str]:
    """Return the files that a plan writes whole, by path; of fstab Ansible is told a line."""
    return {step.path: step.content for step in steps if isinstance(step, Write) and step.path != FSTAB}


def fstab_line(steps: Sequence[Step]) -> str:
    """Return the line that a plan adds to fstab, or an empty string."""
    written = [step.content for step in steps if isinstance(step, Write) and step.path == FSTAB]
    return written[-1].splitlines()[-1] if written else ""


def addresses(steps: Sequence[Step]) -> list[dict[str, str]]:
    """Return the addresses that a plan puts on interfaces."""
    wanted = [step.argv for step in steps if isinstance(step, Run) and step.argv[:3] == ("ip", "address", "replace")]
    return [{"address": argv[3], "interface": argv[5]} for argv in wanted]


def commands(steps: Sequence[Step]) -> dict[str, list[dict[str, Any]]]:
    """Return the commands of a plan, by program."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for step in steps:
        if isinstance(step, Run):
            found[step.argv[0].replace(".", "_")].append({"argv": list(step.argv), "stdin": step.stdin})
    return dict(found)


def _storage(lab: Lab) -> dict[str, Any] | None:
    if lab.storage is None:
        return None
    return {
        "array": lab.storage.array.device,
        "volume": lab.storage.volume.device,
        "mountpoint": lab.storage.volume.mountpoint,
        "server": str(lab.node(lab.storage.node).addresses[lab.storage.export.network]),
    }
