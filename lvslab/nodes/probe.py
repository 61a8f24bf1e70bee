"""Read many things from a node in one round trip.

A probe is a command and a name; a script runs all of them and marks where the output of each begins and
ends. What comes back is taken apart here, by pure functions.
"""

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lvslab.errors import NodeError
from lvslab.nodes.remote import TIMEOUT, Remote

MARK = "@@lvslab"


@dataclass(frozen=True)
class Probe:
    """A command whose output tells something; it changes nothing on the node."""

    name: str
    argv: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """The output of a probe; when the exit status is not 0, with what it said on stderr."""

    status: int
    output: str

    @property
    def ok(self) -> bool:
        """Whether the command succeeded."""
        return self.status == 0


Readings = Mapping[str, Reading]
NOTHING = Reading(127, "")


def script(probes: Iterable[Probe]) -> str:
    """Return the shell script that runs ``probes`` one after the other.

    Its marks hold the name of a file that mktemp(1) has just made up: no output can look like one of them.
    """
    lines = ["export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin", "e=$(mktemp)"]
    for probe in probes:
        lines.append(f'echo "{MARK} $e {probe.name}"')
        lines.append(f'{shlex.join(probe.argv)} </dev/null 2>"$e"; s=$?; [ $s = 0 ] || cat "$e"')
        lines.append(f'echo; echo "{MARK} $e = $s"')
    lines.append('rm -f "$e"')
    return "\n".join(lines)


def split(output: str) -> dict[str, Reading]:
    """Return the readings in the output of a script that ``script`` made."""
    first = re.search(rf"^{MARK} \S+ ", output, re.MULTILINE)
    if first is None:
        return {}
    readings: dict[str, Reading] = {}
    name, lines = "", list[str]()
    for line in output.split("\n"):
        _, mark, word = line.partition(first[0]) if line.startswith(first[0]) else ("", "", "")
        if word.startswith("= "):
            # the script's echo has ended the last line, whether or not the command did
            readings[name] = Reading(int(word[2:]), "\n".join(lines))
        elif mark:
            name, lines = word, []
        else:
            lines.append(line)
    return readings


def read(remote: Remote, probes: Iterable[Probe], timeout: float = TIMEOUT) -> dict[str, Reading]:
    """Run ``probes`` on a node and return their readings by name; NodeError when the node does not answer."""
    wanted = list(probes)
    result = remote.run(script(wanted), timeout=timeout)
    readings = split(result.stdout)
    missing = [probe.name for probe in wanted if probe.name not in readings]
    if missing:
        raise NodeError(f"{remote.name}: no reading of {', '.join(missing)}", f"lvslab logs {remote.name}")
    return readings
