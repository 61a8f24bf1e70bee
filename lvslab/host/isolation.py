"""The namespaces of a lab: made once, entered by every command that works on the lab.

The lab's processes see a network of their own, folders of their own in place of libvirt's, and only each
other (namespaces(7)). The host sees one process tree and nothing else: no interface, route, mount or link.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from lvslab.errors import HostError
from lvslab.host import keeper
from lvslab.host.paths import InstancePaths

# what libvirt keeps outside /run, which the keeper replaces whole
PRIVATE = ("/etc/libvirt", "/var/lib/libvirt", "/var/log/libvirt", "/var/cache/libvirt")
START_LIMIT = 20.0
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Keeper:
    """The process that holds a lab's namespaces: its PID, and the moment it started, in clock ticks since boot."""

    pid: int
    started: int

    @property
    def is_alive(self) -> bool:
        """Whether this very process still runs; a PID used anew by another does not count."""
        return start_time(self.pid) == self.started


def start_time(pid: int) -> int | None:
    """Return field 22 of /proc/PID/stat (proc(5)), or None when there is no such process or only its corpse."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def start(paths: InstancePaths, record: Callable[[Keeper], None]) -> Keeper:
    """Make the lab's namespaces and return their keeper.

    ``record`` is called before the keeper is let go; should this process be killed before that is done, the
    keeper ends by itself. Raises HostError when the kernel does not allow the namespaces.
    """
    binds = [f"{paths.private(folder)}={folder}" for folder in PRIVATE]
    for folder in PRIVATE:
        paths.private(folder).mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "lvslab.host.keeper", paths.name, *binds]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/", bufsize=0
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        # the first process tells the PID, the second that it is ready, in whatever order
        said = {_line(process), _line(process)}
        pids = [int(line) for line in said if line.isdigit()]
        if "ready" not in said or not pids:
            _give_up(process)
        pid = pids[0]
        kept = Keeper(pid, start_time(pid) or 0)
        record(kept)
        process.stdin.write(b"go\n")
    return kept


def _line(process: subprocess.Popen[bytes]) -> str:
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], START_LIMIT)
    return process.stdout.readline().decode().strip() if ready else ""


def _give_up(process: subprocess.Popen[bytes]) -> NoReturn:
    process.kill()
    _, said = process.communicate()
    raise HostError(
        "the kernel refused the lab's namespaces", "lvslab doctor", said.decode(errors="replace").splitlines()[-5:]
    )


def stop(kept: Keeper) -> None:
    """Kill the keeper and with it every process of the lab; return when they are gone."""
    try:
        descriptor = os.pidfd_open(kept.pid)
    except ProcessLookupError:
        return
    try:
        if kept.is_alive:
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            select.select([descriptor], [], [], START_LIMIT)
    finally:
        os.close(descriptor)


def find_keepers(name: str) -> list[Keeper]:
    """Return every keeper of the lab ``name`` that runs, whether or not anything on disk still knows it."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        started = start_time(int(folder.name))
        ours = str(InstancePaths(name).root).encode()
        if words[1:4] == [b"-m", b"lvslab.host.keeper", name.encode()] and started and words[4].startswith(ours):
            found.append(Keeper(int(folder.name), started))
    return found


def enter(kept: Keeper) -> None:
    """Continue in the lab's namespaces: returns only there, in a child process.

    The process that called stays outside, passes SIGTERM and SIGHUP on, and ends with the child's exit status; the
    child dies with it. Only a process with one thread can do this (setns(2)).
    """
    sys.stdout.flush()
    sys.stderr.flush()
    descriptor = os.pidfd_open(kept.pid)
    flags = keeper.CLONE_NEWNS | keeper.CLONE_NEWNET | keeper.CLONE_NEWPID
    folder = Path.cwd()
    if _libc.setns(descriptor, flags) != 0:
        raise HostError(f"the lab's namespaces cannot be entered: {os.strerror(ctypes.get_errno())}", "lvslab doctor")
    os.close(descriptor)
    child = os.fork()
    if child:
        _stand_in_for(child)
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    os.chdir(folder)


def _stand_in_for(child: int) -> NoReturn:
    signal.setitimer(signal.ITIMER_REAL, 0)
    # the terminal sends SIGINT to the child as well; what it does about it is the child's affair
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda got, _frame: os.kill(child, got))
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    os._exit(128 - code if code < 0 else code)


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends; for Popen's ``preexec_fn``."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
