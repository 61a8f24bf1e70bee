"""The lab's machines, which come and go through Vagrant.

python-vagrant is wrapped here and nowhere else; it is given what it lacks: exit codes with the output that
explains them, progress, and an end at Ctrl-C.
"""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import vagrant

from lvslab.errors import MachineError
from lvslab.host import keys
from lvslab.host.box import recipe
from lvslab.host.box.cache import NAME, VERSION, Box
from lvslab.host.command import find
from lvslab.host.isolation import die_with_parent
from lvslab.host.libvirtd import POOL, virsh
from lvslab.host.paths import InstancePaths, project_root
from lvslab.model import Lab
from lvslab.wait import wait_for

VOLUME = f"{NAME.replace('/', '-VAGRANTSLASH-')}_vagrant_box_image_{VERSION}_box.img"
BOOT = Path("/var/lib/libvirt/boot")
"""Where the box's kernel and initramfs are inside the lab: QEMU loads them, which is quicker than GRUB by seconds."""
UP_LIMIT = 180.0
OWN_UP_LIMIT = 900.0
"""Seconds in which all machines run where a box of the user's own has to be copied into libvirt's pool first."""
UNFAVOURED = 10
PIDS = Path("/run/libvirt/qemu")


def write_resolved(paths: InstancePaths, lab: Lab, accelerator: str) -> None:
    """Write the resolved lab for the Vagrantfile, with what belongs to this instance alone."""
    data = dict(lab.resolved())
    nodes: list[dict[str, object]] = data["nodes"]  # type: ignore[assignment]
    for node in nodes:
        name = str(node["name"])
        if lab.node(name).is_managed:
            node["console"] = str(paths.console(name))
            node["credentials"] = keys.credentials(paths, name)
            node["boot"] = {
                "kernel": str(BOOT / "vmlinuz"),
                "initrd": str(BOOT / "initrd.img"),
                "arguments": recipe.kernel_arguments(),
            }
    data |= {"name": paths.name, "accelerator": accelerator, "key": str(paths.key)}
    paths.resolved.write_text(json.dumps(data, indent=1) + "\n")
    paths.resolved.chmod(0o600)
    paths.console("x").parent.mkdir(exist_ok=True)


def link_box(paths: InstancePaths, box: Box) -> None:
    """Put the cached box where vagrant and libvirt look for it, without copying its disk.

    Called outside the lab's namespaces: a hard link does not cross a bind mount.
    """
    home = paths.vagrant_home / "boxes" / NAME.replace("/", "-VAGRANTSLASH-") / VERSION / "libvirt"
    home.mkdir(parents=True, exist_ok=True)
    for name in ("metadata.json", "Vagrantfile"):
        shutil.copyfile(box.folder / name, home / name)
    pool, boot = (paths.private(str(BOOT.parent)) / folder for folder in (POOL.name, BOOT.name))
    pool.mkdir(parents=True, exist_ok=True)
    boot.mkdir(exist_ok=True)
    # copies: libvirt makes them QEMU's own for as long as a machine runs
    for file in (box.kernel, box.initrd):
        shutil.copyfile(file, boot / file.name)
    for link in (home / box.disk.name, pool / VOLUME):
        try:
            os.link(box.disk, link)
        except OSError:  # another file system
            shutil.copyfile(box.disk, link)


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


class Vagrant(vagrant.Vagrant):
    """python-vagrant with a log, a handle on the running command, and an end to it."""

    def __init__(self, paths: InstancePaths) -> None:
        find("vagrant")
        super().__init__(str(project_root()), env=environment(paths))  # type: ignore[no-untyped-call]
        self.log = paths.vagrant_log
        self.log.parent.mkdir(parents=True, exist_ok=True)

    def begin(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a vagrant command in a process group of its own, its output going to the log."""
        command = self._make_vagrant_command(list(arguments))  # type: ignore[no-untyped-call]
        with self.log.open("wb") as log:
            return subprocess.Popen(
                command,
                cwd=self.root,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
                preexec_fn=die_with_parent,
            )


def up(paths: InstancePaths, lab: Lab, progress: Callable[[str], None]) -> None:
    """Create and start all machines by ``vagrant up``; return when each of them runs.

    Vagrant itself would go on to poll libvirt and ssh until every machine answers, which costs a processor that
    the machines need to boot. All that it does to a machine is done by then, so it is let go; whoever needs a machine
    waits for that one. Raises MachineError with vagrant's last lines.
    """
    process = Vagrant(paths).begin("up", "--provider=libvirt")
    seen: set[str] = set()

    def all_run() -> bool:
        new = _started(paths, lab) - seen
        seen.update(new)
        for name in sorted(new):
            progress(f"{name} starts")
        if process.poll() not in (None, 0):
            raise MachineError(
                f"vagrant up ended with exit status {process.returncode}", "lvslab logs", last_lines(paths)
            )
        return len(seen) == len(lab.nodes)

    try:
        missing = lambda: f"only {', '.join(sorted(seen)) or 'none'} started"  # noqa: E731
        within = OWN_UP_LIMIT if lab.unmanaged else UP_LIMIT
        wait_for(all_run, within=within, what="vagrant up", seen=missing, every=0.3, error=MachineError)
    finally:
        _end(process)


def _started(paths: InstancePaths, lab: Lab) -> set[str]:
    """Return the machines that vagrant knows by an id and that libvirt runs."""
    known = {name for name in lab.nodes if (paths.vagrant_dotfile / "machines" / name / "libvirt" / "id").exists()}
    return known & set(virsh("list", "--state-running", "--name").split()) if known else set()


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


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


def state(name: str) -> str:
    """Return the state of one machine."""
    return virsh("domstate", name).strip()


def power_off(name: str) -> None:
    """Take the power from a machine, as it stands; one that is off stays off."""
    if state(name) != "shut off":
        virsh("destroy", name)


def start(name: str) -> None:
    """Give a machine power; it boots."""
    virsh("start", name)


def press_reset(name: str) -> None:
    """Press a machine's reset button: it boots anew, with nothing written down."""
    virsh("reset", name)


def pause(name: str) -> None:
    """Stop a machine's processors; one that is paused stays so."""
    if state(name) == "running":
        virsh("suspend", name)


def resume(name: str) -> None:
    """Let a paused machine run on; one that runs stays so."""
    if state(name) == "paused":
        virsh("resume", name)


def have_run(name: str) -> None:
    """Have a machine run, whether it is off or paused."""
    if state(name) == "shut off":
        start(name)
    resume(name)


def favour(lab: Lab, names: Iterable[str]) -> None:
    """Give the processor to these machines of the lab first, to others what is left; all alike when all are named.

    For as long as machines compete for few processors, whoever the others wait for should come up first.
    """
    favoured = set(names)
    for name in lab.nodes:
        _renice(name, 0 if name in favoured else UNFAVOURED)


@contextmanager
def giving_way(name: str) -> Iterator[None]:
    """Have a machine take the processor that others leave, as while it boots: real ones do not share theirs."""
    _renice(name, UNFAVOURED)
    try:
        yield
    finally:
        _renice(name, 0)


def _renice(name: str, nice: int) -> None:
    with suppress(OSError, ValueError):  # a machine may be gone by now
        # not every file of that folder is a machine's: driver.pid is libvirtd's own
        process = Path(f"/proc/{int((PIDS / f'{name}.pid').read_text())}")
        # niceness belongs to threads, and each virtual processor is one
        for thread in (process / "task").iterdir():
            os.setpriority(os.PRIO_PROCESS, int(thread.name), nice)
        # it counts only among threads of one autogroup, which each machine has of its own (sched(7))
        (process / "autogroup").write_text(str(nice))


def resume_paused() -> None:
    """Let machines run on that a command left paused when it was killed in the middle of a snapshot."""
    for name, seen in states().items():
        if seen == "paused":
            virsh("resume", name)


def console_tail(paths: InstancePaths, node: str, count: int = 10) -> list[str]:
    """Return the last lines that ``node`` printed on its serial console."""
    path: Path = paths.console(node)
    if not path.exists():
        return ["(nothing on the console)"]
    lines = [line for line in path.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-count:] or ["(nothing on the console since the machine was last started or restored)"]
