"""What any node says of itself: files, addresses, units, packages, kernel settings, mounts."""

import base64
import io
import json
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lvslab.model.network import ETHERNET_MTU
from lvslab.nodes.probe import Probe, Reading


@dataclass(frozen=True)
class File:
    """A file's content and permission bits."""

    content: str
    mode: int = 0o644


def files_probe(paths: Iterable[str]) -> Probe:
    """Return the probe that fetches all of ``paths`` at once; those that are not there are left out."""
    command = 'tar -C / -h -cf - --ignore-failed-read -- "$@" 2>/dev/null | base64 -w0'
    return Probe("files", ("sh", "-c", command, "sh", *(path.lstrip("/") for path in paths)))


def files(reading: Reading) -> dict[str, File]:
    """Return the files in the output of ``files_probe``, by absolute path."""
    found: dict[str, File] = {}
    raw = base64.b64decode(reading.output.strip())
    if not raw:
        return found
    with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
        for member in archive.getmembers():
            body = archive.extractfile(member)
            if body is not None:
                found[f"/{member.name}"] = File(body.read().decode(errors="replace"), member.mode & 0o7777)
    return found


@dataclass(frozen=True)
class Interface:
    """A network interface: its name, MAC address, whether it is up, and its addresses as ``address/prefix``.

    ``card`` is the MAC address that the network card was made with, where it was given another one since. ``mtu`` is
    in bytes.
    """

    name: str
    mac: str
    is_up: bool
    addresses: tuple[str, ...]
    card: str = ""
    mtu: int = ETHERNET_MTU


ADDRESSES = Probe("addresses", ("ip", "-j", "address"))


def interfaces(reading: Reading) -> tuple[Interface, ...]:
    """Return the interfaces in the output of ``ip -j address`` (ip-address(8))."""
    rows: list[dict[str, Any]] = json.loads(reading.output) if reading.ok else []
    return tuple(
        Interface(
            row["ifname"],
            row.get("address", ""),
            "UP" in row.get("flags", []),
            tuple(f"{info['local']}/{info['prefixlen']}" for info in row.get("addr_info", [])),
            row.get("permaddr", ""),
            row.get("mtu", ETHERNET_MTU),
        )
        for row in rows
        if row
    )


@dataclass(frozen=True)
class Unit:
    """A systemd unit: its active state (active, inactive, failed, ...) and whether it starts at boot."""

    active: str
    enabled: str

    @property
    def is_active(self) -> bool:
        """Whether the unit runs."""
        return self.active == "active"

    @property
    def is_enabled(self) -> bool:
        """Whether the unit starts at boot."""
        return self.enabled in ("enabled", "alias", "static", "generated")


def units_probe(names: Iterable[str]) -> Probe:
    """Return the probe that asks for the state of units."""
    return Probe("units", ("systemctl", "show", "--property=Names,ActiveState,UnitFileState", "--", *names))


def units(reading: Reading) -> dict[str, Unit]:
    """Return the units in the output of ``systemctl show``, under each of their names."""
    found: dict[str, Unit] = {}
    for block in reading.output.strip().split("\n\n"):
        fields = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        unit = Unit(fields.get("ActiveState", ""), fields.get("UnitFileState", ""))
        found |= dict.fromkeys(fields.get("Names", "").split(), unit)
    return found


WANTS = "/etc/systemd/system/multi-user.target.wants"
"""Where ``systemctl enable`` links most units (systemd.unit(5), WantedBy=)."""


def wanted_probe(units: Iterable[str]) -> Probe:
    """Return the probe that asks which of some units the next boot starts.

    systemd itself tells of a unit that it holds what was so when it last read its units (systemctl(1), --no-reload).
    """
    line = f'for unit; do [ ! -L "{WANTS}/$unit" ] || echo "$unit"; done'
    return Probe("wanted", ("sh", "-c", line, "sh", *units))


def wanted(reading: Reading) -> frozenset[str]:
    """Return the units that the next boot starts."""
    return frozenset(reading.output.split())


def packages_probe(names: Iterable[str]) -> Probe:
    """Return the probe that asks which of some packages are installed."""
    return Probe("packages", ("dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n", *names))


def packages(reading: Reading) -> frozenset[str]:
    """Return the installed packages in the output of ``dpkg-query --show``."""
    rows = (line.split() for line in reading.output.splitlines())
    return frozenset(row[0] for row in rows if len(row) == 2 and row[1] == "installed")


def sysctls_probe(names: Iterable[str]) -> Probe:
    """Return the probe that reads kernel settings; those that the kernel does not know are left out."""
    return Probe("sysctls", ("sysctl", "--ignore", *names))


def sysctls(reading: Reading) -> dict[str, str]:
    """Return the settings in the output of sysctl(8)."""
    rows = (line.partition(" = ") for line in reading.output.splitlines())
    return {name: value.strip() for name, equals, value in rows if equals}


@dataclass(frozen=True)
class Mount:
    """A mounted file system."""

    target: str
    source: str
    kind: str
    options: str


def routes_probe(version: int) -> Probe:
    """Return the probe that asks for the routes of IP version 4 or 6."""
    return Probe("routes", ("ip", f"-{version}", "-j", "route"))


@dataclass(frozen=True)
class Route:
    """A route of the main table: destination (``default`` or a subnet), gateway, interface, advertised MSS."""

    destination: str
    gateway: str
    interface: str
    advmss: int | None = None


def routes(reading: Reading) -> tuple[Route, ...]:
    """Return the routes by a gateway in the output of ``ip -j route`` (ip-route(8))."""
    rows: list[dict[str, Any]] = json.loads(reading.output) if reading.ok and reading.output.strip() else []
    return tuple(
        Route(row["dst"], row["gateway"], row.get("dev", ""), _advmss(row)) for row in rows if row.get("gateway")
    )


def _advmss(row: dict[str, Any]) -> int | None:
    metrics = {key: value for each in row.get("metrics", []) for key, value in each.items()}
    return int(metrics["advmss"]) if "advmss" in metrics else None


MOUNTS = Probe("mounts", ("findmnt", "--json", "--list", "--output", "TARGET,SOURCE,FSTYPE,OPTIONS"))


def mounts(reading: Reading) -> dict[str, Mount]:
    """Return what is mounted, by target, from the output of findmnt(8)."""
    rows = json.loads(reading.output)["filesystems"] if reading.ok else []
    return {row["target"]: Mount(row["target"], row["source"], row["fstype"], row["options"]) for row in rows}
