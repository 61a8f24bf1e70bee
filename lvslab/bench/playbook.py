"""The peer of provision: the same work as a playbook of ansible-core, run inside the lab's namespaces.

The playbook stands in ansible/ beside this module, tuned as somebody who knows Ansible would: no fact gathering,
pipelining, connections that persist, a process for each node, and nodes that do not wait for each other.
"""

import json
import os
import re
import subprocess
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lvslab.bench.variables import Access, contents, inventory
from lvslab.errors import UnusableError
from lvslab.host import certificates
from lvslab.lifecycle import instance
from provision.provisioner import Outcome, provision

SITE = Path(__file__).parent / "ansible" / "site.yml"
RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)
LIMIT = 1800


@dataclass(frozen=True)
class Recap:
    """What a playbook did on a host."""

    ok: int
    changed: int
    failed: int


def write(name: str, folder: str) -> dict[str, int]:
    """Plan the provisioning of the bare lab ``name``, and write the playbook's inventory and files to ``folder``."""
    found = instance.entered(name)
    with instance.connections(found.paths, found.lab) as remotes:
        certificate = certificates.of_lab(found.paths, found.lab)
        outcomes = provision(found.lab, remotes, lambda node, text: None, dry_run=True, certificate=certificate)
    target = Path(folder)
    for outcome in outcomes:
        _write_files(target / "files", outcome)
    access = Access(str(found.paths.key), str(found.paths.known_hosts))
    text = json.dumps(inventory(found.lab, outcomes, access, str(target / "files")), indent=1)
    (target / "inventory.json").write_text(text)
    return {outcome.node: len(outcome.steps) for outcome in outcomes}


def _write_files(folder: Path, outcome: Outcome) -> None:
    for path, content in contents(outcome.steps).items():
        file = folder / outcome.node / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)


def play(name: str, folder: str, program: str, turn: str) -> dict[str, Any]:
    """Run the playbook on the lab ``name``; return the seconds it took, and what it did on each host.

    Connections persist between two runs of the same ``turn``. Raises UnusableError with its last lines when it fails.
    """
    found = instance.entered(name)
    sockets = Path(folder) / turn
    sockets.mkdir(exist_ok=True)
    began = time.monotonic()
    done = subprocess.run(
        [program, "--inventory", str(Path(folder) / "inventory.json"), str(SITE)],
        env={**os.environ, **environment(Path(folder), sockets, len(found.lab.nodes))},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    seconds = time.monotonic() - began
    if done.returncode != 0:
        raise UnusableError("the playbook failed", "", (done.stdout + done.stderr).strip().splitlines()[-12:])
    return {"seconds": seconds, "hosts": {host: asdict(each) for host, each in recap(done.stdout).items()}}


def environment(folder: Path, sockets: Path, forks: int) -> dict[str, str]:
    """Return the settings that differ from lab to lab, and keep Ansible's own files out of the user's home."""
    return {
        "ANSIBLE_CONFIG": str(SITE.with_name("ansible.cfg")),
        "ANSIBLE_FORKS": str(forks),
        "ANSIBLE_HOME": str(folder / "home"),
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(sockets),
        "ANSIBLE_NOCOLOR": "1",
        "LC_ALL": "C.UTF-8",
    }


def recap(output: str) -> Mapping[str, Recap]:
    """Return what ``PLAY RECAP`` says of each host. Pure."""
    found = {}
    for host, *numbers in RECAP.findall(output):
        ok, changed, unreachable, failed = (int(number) for number in numbers)
        found[host] = Recap(ok, changed, unreachable + failed)
    return found
