"""What is known of a machine that no lab has been put on yet: read once, and good for every lab that comes.

A machine that was put back to its snapshot ``bare`` is, file by file and unit by unit, what it was when the snapshot
was taken. Reading that anew costs an emulated processor a second right after a restore, when none of its code is
translated.
"""

import json
import shlex
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import reduce
from operator import add

from lvslab.model import Lab
from lvslab.nodes.probe import Probe, Reading, Readings, read
from lvslab.nodes.remote import Remote
from provision.provisioner import wants
from provision.role import Wants

STILL = ("mounts", "hostname", "files", "units", "packages")
"""The readings that stay; addresses and kernel settings change with the cards that are plugged in after a restore."""


@dataclass(frozen=True)
class Known:
    """Which files, units and packages were looked at, and what was read."""

    files: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    readings: tuple[tuple[str, str, int, str], ...] = ()
    """Of each reading, its name, the command, the exit status and the output."""

    def of(self, wanted: Wants) -> Readings:
        """Return the readings, if they tell all that is wanted of their kinds; none otherwise.

        Readings by commands of another version of lvslab tell nothing.
        """
        asked = (wanted.files, self.files), (wanted.units, self.units), (wanted.packages, self.packages)
        commands = _commands(Wants(files=self.files, units=self.units, packages=self.packages))
        is_ours = {name: command for name, command, *_ in self.readings} == commands
        if not is_ours or any(set(some) - set(looked) for some, looked in asked):
            return {}
        return {name: Reading(status, output) for name, _, status, output in self.readings}

    def to_json(self) -> str:
        """Return the text that ``from_json`` reads."""
        return json.dumps(asdict(self), indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Known":
        """Return what was written by ``to_json``; ValueError, TypeError or KeyError where it was not."""
        told = json.loads(text)
        files, units, packages = (tuple(map(str, told[kind])) for kind in ("files", "units", "packages"))
        readings = tuple((str(name), str(word), int(s), str(output)) for name, word, s, output in told["readings"])
        return cls(files, units, packages, readings)


def look(labs: Iterable[Lab], remote: Remote) -> Known:
    """Read of a bare machine what any of the labs wants to know that stays; NodeError when it does not answer."""
    own = (wants(lab, lab.nodes[remote.name]) for lab in labs if remote.name in lab.nodes)
    wanted = reduce(add, own, Wants())
    seen = read(remote, _still(wanted))
    readings = tuple((name, word, seen[name].status, seen[name].output) for name, word in _commands(wanted).items())
    return Known(wanted.files, wanted.units, wanted.packages, readings)


def _still(wanted: Wants) -> list[Probe]:
    return [probe for probe in wanted.all_probes if probe.name in STILL]


def _commands(wanted: Wants) -> dict[str, str]:
    return {probe.name: shlex.join(probe.argv) for probe in _still(wanted)}
