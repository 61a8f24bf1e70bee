"""Load on the host: processes that do nothing, busily, beside the machines; they end with the lab at the latest."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from lvslab.faults.ground import Ground
from lvslab.faults.kind import Kind, Memory, Takes
from lvslab.faults.order import Order
from lvslab.faults.values import Parameter, whole
from lvslab.host.command import find
from lvslab.wait import wait_for

MARK = "lvslab-host-load"
BUSY = "while True: pass"
LIMIT = 5.0


class HostLoad(Kind):
    """The host has other things to do."""

    name = "host.load"
    does = "The host's processors are shared with processes that only burn time, so that every machine is slower."
    takes = Takes(most=0)
    parameters = (
        Parameter("processes", "NUMBER", "how many; as many as processors unless told", "0", whole(0, 256)),
        Parameter("nice", "NUMBER", "their niceness, by which they give way to others (nice(1))", "0", whole(0, 19)),
    )

    def inject(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Start the processes, in the lab's PID namespace: when the lab goes, they go."""
        wanted = int(order.arguments["processes"]) or os.cpu_count() or 1
        for _ in range(wanted):
            begin(order.arguments["nice"])
        wait_for(lambda: count() >= wanted, within=LIMIT, what="host.load", seen=lambda: f"{count()} of {wanted} run")

    def heal(self, ground: Ground, order: Order, memory: Memory) -> None:
        """End them."""
        end_all()


def begin(nice: str = "0") -> None:
    """Start one process, a child of nobody here: the lab's PID 1 takes it on."""
    subprocess.run(
        [find("setsid"), "--fork", find("nice"), "-n", nice, sys.executable, "-S", "-E", "-c", BUSY, MARK],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        check=True,
    )


def count() -> int:
    """Return how many such processes this process can see: inside a lab, those of the lab."""
    found = list(_found())
    for descriptor in found:
        os.close(descriptor)
    return len(found)


def end_all() -> None:
    """End every such process that this process can see; return when they are gone."""
    for descriptor in _found():
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        select.select([descriptor], [], [], LIMIT)
        os.close(descriptor)


def _found() -> Iterator[int]:
    """Return a descriptor of each; what is looked at after it was opened cannot be another (pidfd_open(2))."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            descriptor = os.pidfd_open(int(folder.name))
        except OSError:  # it has ended meanwhile
            continue
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            words = []
        if words[-3:] == [BUSY.encode(), MARK.encode(), b""] and words[0].rpartition(b"/")[2].startswith(b"python"):
            yield descriptor
        else:
            os.close(descriptor)
