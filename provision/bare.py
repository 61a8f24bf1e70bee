"""What is known of a machine that no lab has been put on yet: read once, and good for every lab that comes.

A machine that was put back to its snapshot ``bare`` is, file by file and unit by unit, what it was when the snapshot
was taken. Reading that anew costs an emulated processor a second right after a restore, when none of its code is
translated.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import reduce
from operator import add

from lvslab.model import Lab
from lvslab.nodes.probe import Reading, Readings, read
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
    readings: tuple[tuple[str, int, str], ...] = ()
    """Of each reading, its name, the exit status and the output."""

    def of(self, wanted: Wants) -> Readings:
        """Return the readings, if they tell all that is wanted of their kinds; none otherwise."""
        asked = (wanted.files, self.files), (wanted.units, self.units), (wanted.packages, self.packages)
        if not self.readings or any(set(some) - set(looked) for some, looked in asked):
            return {}
        return {name: Reading(status, output) for name, status, output in self.readings}

    def to_json(self) -> str:
        """Return the text that ``from_json`` reads."""
        return json.dumps(asdict(self), indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Known":
        """Return what was written by ``to_json``; ValueError, TypeError or KeyError where it was not."""
        told = json.loads(text)
        files, units, packages = (tuple(map(str, told[kind])) for kind in ("files", "units", "packages"))
        readings = tuple((str(name), int(status), str(output)) for name, status, output in told["readings"])
        return cls(files, units, packages, readings)


def look(labs: Iterable[Lab], remote: Remote) -> Known:
    """Read of a bare machine what any of the labs wants to know that stays; NodeError when it does not answer."""
    own = (wants(lab, lab.nodes[remote.name]) for lab in labs if remote.name in lab.nodes)
    wanted = reduce(add, own, Wants())
    seen = read(remote, [probe for probe in wanted.all_probes if probe.name in STILL])
    readings = tuple((name, each.status, each.output) for name, each in seen.items())
    return Known(wanted.files, wanted.units, wanted.packages, readings)
