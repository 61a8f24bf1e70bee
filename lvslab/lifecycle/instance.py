"""A lab instance as commands see it: its lab, its state, its folder, its nodes."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lvslab.errors import LabError, NodeError, UsageError
from lvslab.host import isolation, machines, state
from lvslab.host.box import recipe
from lvslab.host.paths import InstancePaths, project_root
from lvslab.host.state import State
from lvslab.model import Lab, Node, load_lab
from lvslab.wait import wait_for

if TYPE_CHECKING:  # fabric takes long to import, and many commands ask no node
    from lvslab.nodes.fabric_remote import FabricRemote

BOOT_LIMIT = 300.0


@dataclass(frozen=True)
class Instance:
    """A running lab."""

    paths: InstancePaths
    lab: Lab
    state: State


def find(name: str) -> Instance:
    """Return the running lab of this name; UsageError when there is none."""
    paths = InstancePaths(name)
    found = state.running(paths)
    return Instance(paths, load_lab(paths.lab_file), found)


def entered(name: str) -> Instance:
    """Return the running lab of this name, and continue inside its namespaces."""
    instance = find(name)
    isolation.enter(instance.state.keeper)
    return instance


def digest(lab: Lab) -> str:
    """Return what an unchanged lab has in common with itself: lab file, provisioning, box."""
    total = hashlib.sha256(lab.model_dump_json().encode())
    for path in sorted((project_root() / "provision").rglob("*")):
        if path.suffix in (".py", ".j2"):
            total.update(path.read_bytes())
    total.update(recipe.digest().encode())
    return total.hexdigest()


def machines_digest(lab: Lab) -> str:
    """Return what makes the machines: two labs that agree in it differ in configuration only."""
    machines = {
        node.name: [node.memory, node.cpus, node.cards, [(disk.serial, disk.size) for disk in node.disks], node.box]
        for node in lab.nodes.values()
    }
    made = {"management": str(lab.management.subnet), "machines": list(machines.items())}
    return hashlib.sha256(json.dumps(made).encode()).hexdigest()


def remote(paths: InstancePaths, lab: Lab, name: str) -> "FabricRemote":
    """Return a node of the lab, not yet connected; UsageError for one that lvslab does not log in to."""
    from lvslab.nodes.fabric_remote import FabricRemote, Login

    address = str(lab.management_address(managed(lab, name)))
    return FabricRemote(name, Login(address, paths.key, paths.known_hosts))


def managed(lab: Lab, name: str) -> Node:
    """Return the node of this name; UsageError where there is none, and for one that lvslab does not log in to."""
    node = lab.node(name)
    if not node.is_managed:
        message = f"{name} has a box of your own ({node.box}), and lvslab does not log in to it"
        raise UsageError(message, f"lvslab vagrant -- ssh {name}")
    return node


@contextmanager
def connections(paths: InstancePaths, lab: Lab) -> Iterator[dict[str, "FabricRemote"]]:
    """Return all nodes of the lab that lvslab logs in to; their connections are closed at the end."""
    remotes = {node.name: remote(paths, lab, node.name) for node in lab.managed}
    try:
        yield remotes
    finally:
        for each in remotes.values():
            each.close()


def wait_for_ssh(paths: InstancePaths, node: "FabricRemote", within: float = BOOT_LIMIT) -> None:
    """Return when a node takes ssh connections; NodeError with the end of its console when it does not."""
    seen = ["nothing on port 22"]

    def answers() -> bool:
        try:
            node.open()
            return True
        except LabError as err:
            seen[0] = str(err)
            return False

    try:
        wait_for(
            answers, within=within, what=f"{node.name}: no ssh", seen=lambda: seen[0], every=0.3, error=NodeError
        )
    except NodeError as err:
        tail = machines.console_tail(paths, node.name)
        raise NodeError(
            f"{node.name} did not come up: {seen[0]} after {within:.0f} s; the end of its console:",
            f"lvslab logs --console {node.name}",
            tail,
        ) from err


def lab_path(word: str) -> Path:
    """Return the lab file that a word on the command line means: a path, or a name below labs/."""
    if "/" in word or word.endswith((".yml", ".yaml")):
        return Path(word)
    return project_root() / "labs" / f"{word}.yml"
