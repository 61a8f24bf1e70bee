"""Real servers with boxes of the user's own: what of them is seen from outside, and what is left to do."""

from lvslab.lifecycle.served import unanswered
from lvslab.lifecycle.status import Status
from lvslab.model import Lab, Node, System
from lvslab.model.table import entry_of, title_of, unmanaged_rows


def left(lab: Lab, seen: Status) -> list[str]:
    """Return what of them does not serve yet, a line each; to be called inside the lab, for the client asks."""
    return [*not_in_tables(lab, seen), *unanswered(lab)]


def not_in_tables(lab: Lab, seen: Status) -> list[str]:
    """Return where a director lacks one of them in its table, or has it with weight 0: the check fails. Pure."""
    found: list[str] = []
    for director, its in seen.ipvs.items():
        table = {(service.protocol, service.address): service for service in its.services or ()}
        for service in lab.virtual_services:
            there = table.get(entry_of(service))
            weights = {row.address: row.weight for row in there.real_servers} if there else {}
            wanted = {server.node: server.weight for server in service.real_servers}
            found += [
                f"{node}: not in {director}'s table of {title_of(service)}, for it does not answer the check"
                for row, node in unmanaged_rows(lab, service).items()
                if not weights.get(row) and wanted[node]
            ]
    return found


def steps(node: Node, lab: str, name: str) -> list[tuple[str, str]]:
    """Return what to type to make a node a real server, each with what it does.

    ``lab`` is the lab as the command line has it, ``name`` the instance.
    """
    written = (f"lvslab render {node.system} {lab} {node.name}", "the files that it needs")
    return [
        *([] if node.system is System.LINUX else [written]),
        (f"lvslab vagrant --name {name} -- ssh {node.name}", "log in as the user that the box names"),
        (f"lvslab client --name {name} -- virsh console {node.name}", "its serial console, if the box has one"),
        (f"lvslab verify --name {name}", "see whether it serves"),
    ]
