"""The machine that the figures were measured on, and whether it was at rest."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from lvslab.host.accelerator import QEMU, Choice
from lvslab.host.command import check

# above this share of its processors' time, a machine has other things to do
BUSY = 0.1


@dataclass(frozen=True)
class Machine:
    """What a figure depends on."""

    cores: int
    processor: str
    memory_mib: int
    kernel: str
    qemu: str
    accelerator: str
    reason: str
    busy: float

    @property
    def is_quiet(self) -> bool:
        """Whether nothing else ran when the measurements began."""
        return self.busy <= BUSY


def describe(choice: Choice) -> Machine:
    """Return this machine; takes a second, to see how busy it is."""
    proc = Path("/proc")
    return Machine(
        cores=len(os.sched_getaffinity(0)),
        processor=field((proc / "cpuinfo").read_text(), "model name"),
        memory_mib=int(field((proc / "meminfo").read_text(), "MemTotal").split()[0]) // 1024,
        kernel=os.uname().release,
        qemu=check([QEMU, "--version"], what="qemu", timeout=10).partition("\n")[0].rpartition("version ")[2],
        accelerator=choice.accelerator.value,
        reason=choice.reason,
        busy=round(measure_busy(proc / "stat"), 2),
    )


def field(text: str, name: str) -> str:
    """Return the value of the first ``name: value`` line in the text of a file of /proc, or an empty string."""
    for line in text.splitlines():
        key, found, value = line.partition(":")
        if found and key.strip() == name:
            return value.strip()
    return ""


def measure_busy(stat: Path, seconds: float = 1.0) -> float:
    """Return the share of all processors' time that was not idle, over ``seconds``."""
    before = stat.read_text()
    time.sleep(seconds)
    return busy_share(before, stat.read_text())


def busy_share(before: str, after: str) -> float:
    """Return the share of time that was not idle between two looks at /proc/stat (proc(5)); 0.0 to 1.0."""
    old, new = (_ticks(text) for text in (before, after))
    total = sum(new) - sum(old)
    idle = sum(new[3:5]) - sum(old[3:5])  # idle and iowait
    return 1 - idle / total if total > 0 else 0.0


def _ticks(text: str) -> list[int]:
    # the last two, guest and guest_nice, are contained in user and nice
    return [int(word) for word in text.splitlines()[0].split()[1:9]]
