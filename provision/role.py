"""What a role is: what it wants to know of a node, and the steps from there to where the lab wants it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from lvslab.host.certificates import Certificate
from lvslab.model import Lab, Node
from lvslab.nodes.facts import system
from lvslab.nodes.facts.system import File, Interface, Mount, Route, Unit
from lvslab.nodes.probe import NOTHING, Probe, Reading, Readings
from provision.step import Run, Step, Write


@dataclass(frozen=True)
class Wants:
    """What a role has to know of a node before it can plan."""

    packages: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    sysctls: tuple[str, ...] = ()
    probes: tuple[Probe, ...] = ()

    def __add__(self, other: "Wants") -> "Wants":
        return Wants(
            *(
                tuple(dict.fromkeys(getattr(self, name) + getattr(other, name)))
                for name in ("packages", "files", "units", "sysctls", "probes")
            )
        )

    @property
    def all_probes(self) -> list[Probe]:
        """Every probe that this takes."""
        return [
            system.ADDRESSES,
            system.MOUNTS,
            Probe("hostname", ("hostname",)),
            system.files_probe(self.files),
            system.units_probe(self.units),
            system.sysctls_probe(self.sysctls),
            system.packages_probe(self.packages),
            *self.probes,
        ]


@dataclass(frozen=True)
class Facts:
    """What a node said, taken apart where it is asked for; and the certificate that the host has for web servers."""

    readings: Readings = field(default_factory=dict)
    certificate: Certificate | None = None

    def reading(self, name: str) -> Reading:
        """Return a probe's reading; an empty one where it was not asked for."""
        return self.readings.get(name, NOTHING)

    @cached_property
    def files(self) -> dict[str, File]:
        """The files that were asked for and are there."""
        return system.files(self.reading("files"))

    @cached_property
    def interfaces(self) -> tuple[Interface, ...]:
        """The network interfaces."""
        return system.interfaces(self.reading("addresses"))

    @cached_property
    def units(self) -> dict[str, Unit]:
        """The units that were asked for."""
        return system.units(self.reading("units"))

    @cached_property
    def sysctls(self) -> dict[str, str]:
        """The kernel settings that were asked for and are known."""
        return system.sysctls(self.reading("sysctls"))

    @cached_property
    def packages(self) -> frozenset[str]:
        """Which of the packages that were asked for are installed."""
        return system.packages(self.reading("packages"))

    @cached_property
    def mounts(self) -> dict[str, Mount]:
        """What is mounted, by target."""
        return system.mounts(self.reading("mounts"))

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """The routes by a gateway."""
        return system.routes(self.reading("routes"))

    @property
    def hostname(self) -> str:
        """The node's host name."""
        return self.reading("hostname").output.strip()

    def unit(self, name: str) -> Unit:
        """Return a unit's state."""
        return self.units.get(name, Unit("", ""))

    def interface_of(self, node: Node, network: str) -> Interface | None:
        """Return a node's interface in a network: by the MAC address that the lab gives it, or by its card's own."""
        card = node.card(network)
        given = [each for each in self.interfaces if each.mac == node.mac(network)]
        made = [each for each in self.interfaces if card in (each.mac, each.card)]
        return next(iter([*given, *made]), None)

    def has_address(self, interface: str, address: str) -> bool:
        """Whether an interface has ``address/prefix``."""
        return any(each.name == interface and address in each.addresses for each in self.interfaces)


SECRET = 0o600


def write_secret(facts: Facts, path: str, content: str) -> list[Step]:
    """Return the step that makes a file so, for nobody's eyes but its owner's; none when it is so."""
    if facts.files.get(path) == File(content, SECRET):
        return []
    return [Write(path, content, mode=SECRET, secret=True)]


NO_PATTERNS: Mapping[str, str] = {}


def write(facts: Facts, path: str, content: str, mode: int = 0o644, check: tuple[str, ...] = ()) -> list[Step]:
    """Return the step that makes a file so, or none when it is so."""
    there = facts.files.get(path)
    if there == File(content, mode):
        return []
    return [Write(path, content, there.content if there else None, mode, check)]


def started(facts: Facts, unit: str) -> list[Step]:
    """Return the step that has a unit run now and at every boot, or none when it does."""
    state = facts.unit(unit)
    if state.is_active and state.is_enabled:
        return []
    # what systemd does not hold it reads when it starts it, and to read everything anew takes seconds under emulation
    keep = () if _is_held(facts, unit) else ("--no-reload",)
    return [Run(f"start {unit}", ("systemctl", "--quiet", *keep, "enable", "--now", unit))]


def reread(facts: Facts, unit: str) -> list[Step]:
    """Return the step that has systemd read what a unit is made of, where it may hold an older text of it."""
    return [Run("have systemd read its units", ("systemctl", "daemon-reload"))] if _is_held(facts, unit) else []


def _is_held(facts: Facts, unit: str) -> bool:
    """Whether systemd has a unit in its memory: one that runs or has failed, or that a target wants.

    Others are collected (systemd.unit(5), CollectMode=), and read again, drop-ins included, when somebody names them.
    """
    state = facts.unit(unit)
    return state.active not in ("inactive", "") or state.is_enabled


def sysctl(
    facts: Facts, path: str, settings: dict[str, str], why: str, patterns: Mapping[str, str] = NO_PATTERNS
) -> list[Step]:
    """Return the steps that set kernel settings now and at every boot.

    ``patterns`` are set with them (sysctl.d(5)); whether they hold is for whoever gives them to find out.
    """
    content = f"# {why}\n" + "".join(f"{name} = {value}\n" for name, value in (settings | dict(patterns)).items())
    steps = write(facts, path, content)
    if steps or any(facts.sysctls.get(name) != value for name, value in settings.items()):
        steps.append(Run(f"apply {path}", ("sysctl", "--quiet", "--load", path)))
    return steps


def with_line(content: str, key: str, line: str) -> str:
    """Return fstab-like ``content`` with ``line`` as the one whose second field is ``key``."""
    kept = [each for each in content.splitlines() if each.startswith("#") or each.split()[1:2] != [key]]
    return "\n".join([*kept, line]) + "\n"


Planner = Callable[[Lab, Node, Facts], list[Step]]
Wanter = Callable[[Lab, Node], Wants]


@dataclass(frozen=True)
class Role:
    """A part of what a node is for."""

    name: str
    wants: Wanter
    plan: Planner
    is_foundation: bool = False
    """Whether it comes before all others, for what it makes takes long and is good for other labs too."""
