"""Several drills one after the other, each as a command of its own on the lab that it was written for."""

import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from rich.table import Table

from lvslab import console
from lvslab.host import command, state
from lvslab.host.paths import InstancePaths
from lvslab.model import Drill, load_lab

WORDS = {0: ("pass", "green"), 1: ("fail", "red"), 3: ("inconclusive", "yellow")}


@dataclass(frozen=True)
class Made:
    """A drill that was run: its name, the exit code of `lvslab drill`, and how many seconds it took."""

    name: str
    code: int
    seconds: float

    @property
    def word(self) -> str:
        """What the exit code means."""
        return WORDS.get(self.code, (f"exit code {self.code}", "red"))[0]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"drill": self.name, "verdict": self.word, "code": self.code, "seconds": round(self.seconds, 1)}


def campaign(drills: Iterable[tuple[Path, Drill]], name: str, runs: Path, output: TextIO | None = None) -> list[Made]:
    """Run drills, those of one lab after those of another; the lab is switched where a drill wants another one.

    What the commands print goes to ``output`` where it is given.
    """
    made: list[Made] = []
    for path, drill in sorted(drills, key=lambda each: (each[1].lab != _raised(name), each[1].lab, each[1].name)):
        began = time.monotonic()
        code = 0 if _raised(name) == drill.lab else _lvslab("up", drill.lab, "--name", name, output=output)
        if code == 0:
            code = _lvslab("drill", str(path), "--name", name, "--runs", str(runs), output=output)
        made.append(Made(drill.name, code, time.monotonic() - began))
        if code == 130:
            break
    return made


def worst(made: Sequence[Made]) -> int:
    """Return the exit code of a campaign: the worst of its drills', a failure before what could not be told."""
    codes = {each.code for each in made}
    ranked = (130, 4, 2, 1, 3, 0)
    return next((code for code in ranked if code in codes), 4)


def table(made: Sequence[Made]) -> Table:
    """Return what came of each drill, for people."""
    shown = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("DRILL", "VERDICT", "TOOK"):
        shown.add_column(title)
    for each in made:
        style = WORDS.get(each.code, ("", "red"))[1]
        shown.add_row(each.name, f"[{style}]{each.word}[/]", f"{each.seconds:.0f} s")
    total = sum(each.seconds for each in made)
    shown.add_row(f"{len(made)} drills", "", f"{total:.0f} s")
    return shown


def _raised(name: str) -> str:
    paths = InstancePaths(name)
    there = state.read(paths)
    return load_lab(paths.lab_file).name if there and there.is_running and paths.lab_file.exists() else ""


def _lvslab(*words: str, output: TextIO | None) -> int:
    console.err.print(f"lvslab {' '.join(words)}", style="bold", markup=False, soft_wrap=True)
    # Ctrl-C reaches the child as well: it heals what it broke, and tells by its exit code
    process = subprocess.Popen(command.lvslab(*words), stdin=subprocess.DEVNULL, stdout=output)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue
