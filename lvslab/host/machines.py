"""The lab's machines, which come and go through Vagrant.

python-vagrant is wrapped here and nowhere else; it is given what it lacks: exit codes with the output that
explains them, machine names for snapshots, progress, and an end at Ctrl-C.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import vagrant

from lvslab.errors import MachineError
from lvslab.host import keys
from lvslab.host.box.cache import NAME, VERSION, Box
from lvslab.host.command import find
from lvslab.host.libvirtd import POOL, virsh
from lvslab.host.paths import InstancePaths, project_root
from lvslab.model import Lab

VOLUME = f"{NAME.replace('/', '-VAGRANTSLASH-')}_vagrant_box_image_{VERSION}_box.img"


def write_resolved(paths: InstancePaths, lab: Lab, accelerator: str) -> None:
    """Write the resolved lab for the Vagrantfile, with what belongs to this instance alone."""
    data = dict(lab.resolved())
    nodes: list[dict[str, object]] = data["nodes"]  # type: ignore[assignment]
    for node in nodes:
        name = str(node["name"])
        node["console"] = str(paths.console(name))
        node["credentials"] = keys.credentials(paths, name)
    data |= {"name": paths.name, "accelerator": accelerator, "key": str(paths.key)}
    paths.resolved.write_text(json.dumps(data, indent=1) + "\n")
    paths.resolved.chmod(0o600)
    paths.console("x").parent.mkdir(exist_ok=True)


def link_box(paths: InstancePaths, box: Box) -> None:
    """Put the cached box where vagrant and libvirt look for it, without copying it.

    Called outside the lab's namespaces: a hard link does not cross a bind mount.
    """
    boxes = paths.vagrant_home / "boxes" / NAME.replace("/", "-VAGRANTSLASH-") / VERSION
    boxes.mkdir(parents=True, exist_ok=True)
    if not (boxes / "libvirt").exists():
        (boxes / "libvirt").symlink_to(box.folder)
    pool = paths.private("/var/lib/libvirt") / POOL.name
    pool.mkdir(parents=True, exist_ok=True)
    volume = pool / VOLUME
    if volume.exists():
        return
    try:
        os.link(box.disk, volume)
    except OSError:  # another file system
        shutil.copyfile(box.disk, volume)


def environment(paths: InstancePaths) -> dict[str, str]:
    """Return what vagrant needs in its environment to work on this lab and on nothing else."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("VAGRANT_")}
    return kept | {
        "LVSLAB_RESOLVED": str(paths.resolved),
        "VAGRANT_HOME": str(paths.vagrant_home),
        "VAGRANT_DOTFILE_PATH": str(paths.vagrant_dotfile),
        "VAGRANT_CWD": str(project_root()),
        "VAGRANT_DEFAULT_PROVIDER": "libvirt",
        "VAGRANT_CHECKPOINT_DISABLE": "1",
        "VAGRANT_NO_COLOR": "1",
        "VAGRANT_IGNORE_WINRM_PLUGIN": "1",
        "LIBVIRT_DEFAULT_URI": "qemu:///system",
    }


def up(paths: InstancePaths, progress: Callable[[str], None]) -> None:
    """Raise all machines by ``vagrant up``; returns when vagrant is content.

    Raises MachineError with vagrant's last lines.
    """
    paths.vagrant_log.parent.mkdir(parents=True, exist_ok=True)
    with paths.vagrant_log.open("w") as log:
        try:
            for line in _vagrant(paths, log).up(provider="libvirt", stream_output=True):
                log.write(line)
                log.flush()
                progress(line.strip())
        except subprocess.CalledProcessError as err:
            raise MachineError(
                f"vagrant up ended with exit status {err.returncode}", "lvslab logs", last_lines(paths)
            ) from err


def _vagrant(paths: InstancePaths, log: IO[str]) -> vagrant.Vagrant:
    @contextmanager
    def errors() -> Iterator[IO[str]]:
        yield log

    find("vagrant")
    return vagrant.Vagrant(str(project_root()), env=environment(paths), err_cm=errors)


def last_lines(paths: InstancePaths, count: int = 10) -> list[str]:
    """Return the last lines that vagrant printed, without its progress bars."""
    if not paths.vagrant_log.exists():
        return []
    text = paths.vagrant_log.read_text(errors="replace").replace("\r", "\n")
    return [line for line in text.splitlines() if line.strip()][-count:]


def run_vagrant(paths: InstancePaths, arguments: list[str]) -> int:
    """Run any vagrant command on the lab, its output going where ours goes; return its exit status."""
    return subprocess.run([find("vagrant"), *arguments], env=environment(paths), cwd=project_root()).returncode


def states() -> dict[str, str]:
    """Return the state of each machine as libvirt tells it: running, paused, shut off, ..."""
    names = virsh("list", "--all", "--name").split()
    return {name: virsh("domstate", name).strip() for name in names}


def console_tail(paths: InstancePaths, node: str, count: int = 10) -> list[str]:
    """Return the last lines that ``node`` printed on its serial console."""
    path: Path = paths.console(node)
    if not path.exists():
        return ["(nothing on the console)"]
    return [line for line in path.read_text(errors="replace").splitlines() if line.strip()][-count:]
