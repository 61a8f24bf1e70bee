"""What a storage node says of its disks, array, volumes and exports."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lvslab.nodes.probe import Probe, Reading


@dataclass(frozen=True)
class Disk:
    """A disk with its serial, its partition table's type and what its partitions and layers hold."""

    path: str
    serial: str
    table: str
    partitions: tuple[str, ...]


DISKS = Probe("disks", ("lsblk", "--json", "--bytes", "--output", "NAME,PATH,SERIAL,TYPE,PTTYPE,FSTYPE,SIZE"))


def _rows(reading: Reading) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(reading.output)["blockdevices"] if reading.ok else []
    return rows


def _walk(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield row
        yield from _walk(row.get("children", []))


def disks(reading: Reading) -> dict[str, Disk]:
    """Return the disks that have a serial, by serial, from the output of lsblk(8)."""
    return {
        row["serial"]: Disk(
            row["path"],
            row["serial"],
            row.get("pttype") or "",
            tuple(child["path"] for child in row.get("children", []) if child["type"] == "part"),
        )
        for row in _rows(reading)
        if row["type"] == "disk" and row.get("serial")
    }


def filesystems(reading: Reading) -> dict[str, str]:
    """Return the type of file system or layer on each block device, from the output of lsblk(8)."""
    return {row["path"]: row["fstype"] for row in _walk(_rows(reading)) if row.get("fstype")}


@dataclass(frozen=True)
class Array:
    """A RAID array as ``mdadm --detail`` tells it; member states are mdadm's words."""

    level: str
    state: str
    uuid: str
    active: int
    spare: int
    failed: int
    members: tuple[tuple[str, str], ...]

    @property
    def is_started(self) -> bool:
        """Whether the array runs, however few of its members do."""
        return not re.search("Not Started|inactive|broken|^$", self.state)

    @property
    def is_clean(self) -> bool:
        """Whether the array runs and every active device is in sync: neither degraded nor rebuilding."""
        return self.is_started and in_sync(self.state)


def in_sync(state: str) -> bool:
    """Whether an array in this state, in mdadm's words, has all it is made of: neither degraded nor rebuilding."""
    return bool(state) and not re.search("degraded|recover|resync|FAILED|inactive|broken", state)


def array_probe(device: str) -> Probe:
    """Return the probe of one array."""
    return Probe("array", ("mdadm", "--detail", device))


def array(reading: Reading) -> Array | None:
    """Return the array in the output of ``mdadm --detail`` (mdadm(8)), or None when there is none."""
    if not reading.ok:
        return None
    fields = dict(re.findall(r"^ *([A-Z][A-Za-z ]+) : (.*)$", reading.output, re.M))
    members = re.findall(r"^ +\S+ +\d+ +\d+ +\S+ +(\S.*?) +(/dev/\S+)$", reading.output, re.M)
    return Array(
        level=fields.get("Raid Level", ""),
        state=fields.get("State", "").strip(),
        uuid=fields.get("UUID", ""),
        active=int(fields.get("Active Devices", 0)),
        spare=int(fields.get("Spare Devices", 0)),
        failed=int(fields.get("Failed Devices", 0)),
        members=tuple((device, state) for state, device in members),
    )


GROUPS = Probe("groups", ("pvs", "--reportformat", "json", "--options", "pv_name,vg_name"))
VOLUMES = Probe(
    "volumes",
    ("lvs", "--reportformat", "json", "--units", "b", "--nosuffix", "--options", "vg_name,lv_name,lv_size"),
)


def where_there(device: str, probe: Probe) -> Probe:
    """Return a probe that is made where a block device is there: LVM takes its time even where it finds nothing."""
    line = 'test -b "$1" || exit; shift; exec "$@"'
    return Probe(probe.name, ("sh", "-c", line, "sh", device, *probe.argv))


def groups(reading: Reading) -> dict[str, str]:
    """Return the volume group of each physical volume (empty: none), from the output of pvs(8)."""
    rows = json.loads(reading.output)["report"][0]["pv"] if reading.ok else []
    return {row["pv_name"]: row["vg_name"] for row in rows}


def volumes(reading: Reading) -> dict[str, int]:
    """Return the size in bytes of each logical volume, by ``group/name``, from the output of lvs(8)."""
    rows = json.loads(reading.output)["report"][0]["lv"] if reading.ok else []
    return {f"{row['vg_name']}/{row['lv_name']}": int(row["lv_size"]) for row in rows}


EXPORTS = Probe("exports", ("exportfs", "-s"))


@dataclass(frozen=True)
class Export:
    """An exported folder: to whom, and with which options."""

    path: str
    client: str
    options: tuple[str, ...]


def exports(reading: Reading) -> tuple[Export, ...]:
    """Return the exports in the output of ``exportfs -s`` (exportfs(8))."""
    rows = re.findall(r"^(\S+)\s+(\S+)\((.*)\)$", reading.output, re.M)
    return tuple(Export(path, client, tuple(options.split(","))) for path, client, options in rows)
