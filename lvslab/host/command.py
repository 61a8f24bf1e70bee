"""Run programs of the host: argument lists only, output kept, failures told with their last lines."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lvslab.errors import HostError, UnusableError

NO_SPACE = "No space left on device"


@dataclass(frozen=True)
class Completed:
    """What a program said: its exit status and both outputs, as text."""

    argv: tuple[str, ...]
    status: int
    stdout: str
    stderr: str


def find(program: str) -> str:
    """Return the path of ``program``, looked for in the system's own folders too.

    Raises HostError when it is not installed.
    """
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin", "/usr/bin"])
    found = shutil.which(program, path=path)
    if found is None:
        raise HostError(f"{program} is not installed", "lvslab doctor")
    return found


def call(
    argv: Sequence[str],
    *,
    timeout: float | None = None,
    stdin: str | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    apart: bool = False,
) -> Completed:
    """Run ``argv`` to its end and return what it said, whatever its exit status.

    ``timeout`` is in seconds; a program that takes longer is killed and UnusableError raised. ``env`` is its whole
    environment, lvslab's own unless told. ``apart`` gives it a session of its own, and so no terminal.
    """
    full = [find(argv[0]), *argv[1:]]
    try:
        done = subprocess.run(
            full,
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            env=None if env is None else dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL if stdin is None else None,
            start_new_session=apart,
        )
    except subprocess.TimeoutExpired as err:
        raise UnusableError(f"{argv[0]}: no answer after {timeout:.0f} s") from err
    return Completed(tuple(argv), done.returncode, done.stdout, done.stderr)


def check(
    argv: Sequence[str],
    *,
    what: str,
    error: type[UnusableError] = UnusableError,
    hint: str = "",
    timeout: float | None = None,
    stdin: str | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    apart: bool = False,
) -> str:
    """Run ``argv`` and return its standard output; raise ``error`` about ``what`` when it fails."""
    done = call(argv, timeout=timeout, stdin=stdin, env=env, cwd=cwd, apart=apart)
    if done.status != 0:
        raise failure(done, what=what, error=error, hint=hint)
    return done.stdout


def failure(done: Completed, *, what: str, error: type[UnusableError], hint: str = "") -> UnusableError:
    """Return the error that tells of a failed program: what, its exit status and its last ten lines."""
    said = (done.stderr + done.stdout).strip().splitlines()
    if any(NO_SPACE in line for line in said):
        return HostError(f"{what}: the disk is full", "df -h /var/lib /var/cache /tmp", said[-3:])
    return error(f"{what}: {done.argv[0]} ended with exit status {done.status}", hint, said[-10:])


def lvslab(*words: str) -> list[str]:
    """Return the command line of lvslab itself, by the interpreter that runs this."""
    return [sys.executable, "-c", "from lvslab.cli import main; main()", *words]
