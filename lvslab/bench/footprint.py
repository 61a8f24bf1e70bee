"""What a lab takes: memory of its processes, disk of its folder."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lvslab.bench.machine import field

MIB = 2**20


@dataclass(frozen=True)
class Memory:
    """Memory in MiB: ``rss`` counts a page in every process that has it, ``pss`` only once (proc(5))."""

    rss: float
    pss: float


def memory(pids: Iterable[int], proc: Path = Path("/proc")) -> Memory:
    """Return the memory of some processes together; one that is gone counts nothing."""
    rss = pss = 0
    for pid in pids:
        try:
            text = (proc / str(pid) / "smaps_rollup").read_text()
        except OSError:
            continue
        rss += _kib(text, "Rss")
        pss += _kib(text, "Pss")
    return Memory(rss / 1024, pss / 1024)


def _kib(text: str, name: str) -> int:
    return int((field(text, name) or "0").split()[0])


def processes_with(keeper: int, proc: Path = Path("/proc")) -> dict[int, str]:
    """Return the processes that live in the PID namespace of ``keeper``, with their names."""
    found: dict[int, str] = {}
    home = (proc / str(keeper) / "ns" / "pid").readlink()
    for folder in proc.glob("[0-9]*"):
        try:
            if (folder / "ns" / "pid").readlink() == home:
                found[int(folder.name)] = (folder / "comm").read_text().strip()
        except OSError:
            continue
    return found


def disk(folder: Path) -> float:
    """Return the disk that the files below ``folder`` take, in MiB; without what is linked elsewhere too: the box."""
    return sum(_blocks(Path(place) / name) for place, _, names in os.walk(folder) for name in names) / MIB


def _blocks(path: Path) -> int:
    try:
        seen = path.lstat()
    except OSError:
        return 0
    return seen.st_blocks * 512 if seen.st_nlink == 1 else 0
