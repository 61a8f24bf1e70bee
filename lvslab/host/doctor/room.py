"""The room that a lab needs on the host: disk and memory."""

import shutil
from functools import partial
from pathlib import Path

from lvslab.errors import BoxError
from lvslab.host import box
from lvslab.host.box.cache import NEEDED_SPACE
from lvslab.host.doctor.finding import Probe, Verdict, fail, ok, warn
from lvslab.host.paths import cache_home, state_home

GIB = 1024**3
MEMINFO = Path("/proc/meminfo")
# below this not even a raised lab can go on: its disks grow as they are written
LEAST_DISK = GIB
# five nodes' overlays, disks and memory snapshot
LAB_DISK = 4 * GIB
# five nodes of the default lab under TCG, with QEMU's own needs
# 0.5 GiB a machine when fresh; under emulation QEMU keeps what it has translated, up to 1 GiB a machine
LAB_MEMORY = int(6.5 * GIB)


def probes() -> tuple[Probe, ...]:
    """Return the probes of disk and memory."""
    return (
        Probe("disk for labs", "disks and snapshots of the machines", partial(disk, state_home(), LAB_DISK)),
        Probe("disk for the box", "the box, and its parts while it is built", box_disk),
        Probe("memory", "the machines of a lab", memory),
    )


def box_disk() -> Verdict:
    """Look at the space for the box; little is needed once it has been built."""
    return disk(cache_home(), LEAST_DISK if box_is_built() else NEEDED_SPACE)


def box_is_built() -> bool:
    """Whether a whole box is in the cache."""
    try:
        return box.cached() is not None
    except (BoxError, OSError):
        return False


def disk(folder: Path, wanted: int) -> Verdict:
    """Look at the free space where ``folder`` is or will be; ``wanted`` is in bytes."""
    return disk_verdict(folder, shutil.disk_usage(existing(folder)).free, wanted)


def existing(folder: Path) -> Path:
    """Return ``folder``, or the nearest folder above it that is there."""
    return next(path for path in (folder, *folder.parents) if path.is_dir())


def disk_verdict(folder: Path, free: int, wanted: int) -> Verdict:
    """Return what follows from ``free`` bytes where ``wanted`` are needed."""
    seen, remedy = f"{folder}: {free / GIB:.1f} GiB free", f"df -h {existing(folder)}"
    if free < LEAST_DISK:
        return fail(f"{seen}, expected {max(wanted, LEAST_DISK) / GIB:.0f} GiB", remedy)
    if free < wanted:
        return warn(f"{seen}, expected {wanted / GIB:.0f} GiB", remedy)
    return ok(seen)


def memory() -> Verdict:
    """Look at the memory that can be had without swapping."""
    return memory_verdict(available(MEMINFO.read_text()))


def available(text: str) -> int:
    """Return MemAvailable of /proc/meminfo (proc(5)), in bytes."""
    fields = dict(line.split(":", 1) for line in text.splitlines())
    return int(fields["MemAvailable"].split()[0]) * 1024


def memory_verdict(free: int) -> Verdict:
    """Return what follows from ``free`` bytes of memory."""
    seen = f"{free / GIB:.1f} GiB available"
    if free < LAB_MEMORY:
        return warn(f"{seen}; five machines need {LAB_MEMORY / GIB:.1f} GiB", "lvslab status; free -h")
    return ok(seen)
