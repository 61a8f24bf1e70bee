"""A RAID array as the kernel tells it below /sys/block/DEVICE/md (md(4)), in the words of ``mdadm --detail``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

ACTIONS = {"recover": "recovering", "resync": "resyncing", "reshape": "reshaping", "check": "checking"}
# what mdadm calls the states in between
STATES = {"write-pending": "clean", "active-idle": "active"}
# sync_completed in /sys stands still between two checkpoints; this does not
MDSTAT = "/proc/mdstat"
# how many members may be missing before the array has failed; the others may lose all but one
TOLERATED = {0: 0, 5: 1, 6: 2}


@dataclass(frozen=True)
class ArrayNow:
    """An array at one moment; ``rebuild`` in per cent while it rebuilds."""

    state: str
    active: int
    failed: int
    spares: int
    rebuild: float | None


def patterns(device: str) -> tuple[str, ...]:
    """Return the files that ``array`` reads, for an array such as ``/dev/md5``."""
    folder = _folder(device)
    words = ("level", "raid_disks", "array_state", "degraded", "sync_action", "dev-*/state")
    return (MDSTAT, *(f"{folder}/{word}" for word in words))


def _folder(device: str) -> str:
    return f"/sys/block/{device.rpartition('/')[2]}/md"


def array(device: str, files: Mapping[str, str]) -> ArrayNow:
    """Return the array in these files, by path; one that is not there has the state ``""``."""
    folder = _folder(device)

    def word(name: str) -> str:
        return files.get(f"{folder}/{name}", "").strip()

    members = [set(text.strip().split(",")) for path, text in files.items() if path.startswith(f"{folder}/dev-")]
    active = sum("in_sync" in each and "faulty" not in each for each in members)
    missing = int(word("degraded") or 0)
    tolerated = TOLERATED.get(int(word("level").removeprefix("raid") or 0), int(word("raid_disks") or 1) - 1)
    state = word("array_state")
    words = [STATES.get(state, state), *_health(missing, tolerated)]
    if word("sync_action") in ACTIONS and missing <= tolerated:
        words.append(ACTIONS[word("sync_action")])
    return ArrayNow(
        state=", ".join(words) if state else "",
        active=active,
        failed=sum("faulty" in each for each in members),
        spares=sum("spare" in each and "faulty" not in each for each in members),
        rebuild=_share(device, files.get(MDSTAT, "")),
    )


def _health(missing: int, tolerated: int) -> list[str]:
    if not missing:
        return []
    return ["degraded" if missing <= tolerated else "FAILED"]


def _share(device: str, mdstat: str) -> float | None:
    name = re.escape(device.rpartition("/")[2])
    found = re.search(rf"^{name} :.*\n(?:.+\n)*?.*(?:recovery|resync|reshape) *= *([\d.]+)%", mdstat, re.M)
    return float(found[1]) if found else None
