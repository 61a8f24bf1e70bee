"""Run what is measured as a process of its own, with a clock on what it says."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any

from lvslab.errors import UnusableError
from lvslab.host import command
from lvslab.host.command import find

GRACE = 3.0
# a child that believes it speaks to a terminal would draw instead of telling its stages
DRAWING = ("FORCE_COLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE", "TTY_INTERACTIVE")


@dataclass(frozen=True)
class Timed:
    """A process that ended well: how long it took, its output, and when each line of its errors came, in seconds."""

    seconds: float
    output: str
    lines: tuple[tuple[float, str], ...]

    def moment(self, words: str) -> float:
        """Return when it first said ``words``, or when it ended where it never did."""
        return next((moment for moment, line in self.lines if words in line), self.seconds)


def lvslab(*words: str, fine: Container[int] = (0,)) -> Timed:
    """Run a command of lvslab as a user would, and time it whole, Python's start included."""
    return timed(command.lvslab(*words), f"lvslab {' '.join(words)}", fine)


def inside(verb: str, *words: str) -> dict[str, Any]:
    """Have lvslab.bench.inside do something, and return what it found out."""
    done = timed([sys.executable, "-m", "lvslab.bench.inside", verb, *words], f"bench: {verb}")
    found: dict[str, Any] = json.loads(done.output)
    return found


def timed(argv: Sequence[str], what: str, fine: Container[int] = (0,)) -> Timed:
    """Run ``argv`` to its end; UnusableError with its last lines unless its exit status is one of ``fine``.

    The process dies with this one, whatever ends it.
    """
    env = {key: value for key, value in os.environ.items() if key not in DRAWING}
    lines: list[tuple[float, str]] = []
    with tempfile.TemporaryFile("w+") as output:
        began = time.monotonic()
        process = subprocess.Popen(
            [find("setpriv"), "--pdeathsig", "KILL", *argv],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        try:
            assert process.stderr is not None
            lines.extend((time.monotonic() - began, line.rstrip()) for line in process.stderr)
            process.wait()
            seconds = time.monotonic() - began
        finally:
            end(process)
        output.seek(0)
        text = output.read()
    if process.returncode not in fine:
        said = [line for _, line in lines[-15:]]
        raise UnusableError(f"{what}: exit status {process.returncode}", "", said)
    return Timed(seconds, text, tuple(lines))


def parsed(text: str, what: str) -> Any:
    """Return JSON as plain data; UnusableError about ``what`` when it is none."""
    try:
        return json.loads(text)
    except ValueError as err:
        raise UnusableError(f"{what}: no JSON: {err}", "", text.splitlines()[-5:]) from err


def end(process: "subprocess.Popen[Any]") -> None:
    """Have a process end: by SIGTERM, and by SIGKILL when it does not listen."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stderr:
        process.stderr.close()
