"""The lvslab program as a user runs it, and what it must not leave behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from lvslab.host import isolation
from lvslab.host.paths import InstancePaths

PROGRAM = [str(Path(sys.executable).with_name("lvslab"))]
SMALL = Path(__file__).with_name("small.yml")
LIMIT = 300


def run(*words: str, env: dict[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """Run lvslab to its end."""
    return subprocess.run(
        [*PROGRAM, *words],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **(env or {})},
    )


def start(*words: str) -> "subprocess.Popen[str]":
    """Start lvslab in a process group of its own, as a shell would."""
    return subprocess.Popen(
        [*PROGRAM, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        process_group=0,
    )


def interrupt(process: "subprocess.Popen[str]") -> None:
    """Do what a terminal does at Ctrl-C: SIGINT to the whole process group."""
    os.killpg(process.pid, signal.SIGINT)


def processes_of(name: str) -> list[str]:
    """Return the command lines of all processes that have to do with the instance ``name``."""
    marks = (str(InstancePaths(name).root).encode(), f"guest={name}".encode())
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if any(mark in command for mark in marks):
            found.append(command.replace(b"\0", b" ").decode(errors="replace"))
    return found


def leftovers(name: str) -> list[str]:
    """Return what is left of the instance ``name`` on this host."""
    paths = InstancePaths(name)
    files = [str(path) for path in (paths.root, paths.lock) if path.exists()]
    mounts = [line for line in Path("/proc/self/mounts").read_text().splitlines() if str(paths.root) in line]
    return [*files, *mounts, *processes_of(name), *(str(keeper) for keeper in isolation.find_keepers(name))]
