"""What is known of a lab instance between two commands: state.json and the lock."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from lvslab.errors import BusyError, HostError, UsageError
from lvslab.host.isolation import Keeper
from lvslab.host.paths import InstancePaths, state_home


class Phase(StrEnum):
    """How far a lab has come. Anything but READY is a lab that a command did not finish."""

    RAISING = "raising"  # the namespaces exist; machines may or may not
    RAISED = "raised"  # all machines run and answer
    PROVISIONED = "provisioned"  # every role is in place
    READY = "ready"  # verified, and kept as a snapshot


@dataclass(frozen=True)
class State:
    """One instance: its lab, how far it has come, who holds its namespaces."""

    name: str
    lab: str
    phase: Phase
    keeper: Keeper
    accelerator: str
    box: str
    digest: str
    verified: dict[str, str] = field(default_factory=dict)
    """The digest of each lab at the moment of its snapshot ``verified``, by the lab's name."""

    @property
    def is_running(self) -> bool:
        """Whether the lab's namespaces, and with them its machines, are there."""
        return self.keeper.is_alive


def read(paths: InstancePaths) -> State | None:
    """Return the instance's state, or None when there is no such instance or what is there cannot be read."""
    try:
        data: dict[str, Any] = json.loads(paths.state.read_text())
        return State(**{**data, "phase": Phase(data["phase"]), "keeper": Keeper(**data["keeper"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write(paths: InstancePaths, state: State) -> None:
    """Replace the instance's state, whole or not at all."""
    new = paths.state.with_suffix(".new")
    with new.open("w") as file:
        json.dump(asdict(state), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    new.rename(paths.state)


def advance(paths: InstancePaths, state: State, phase: Phase) -> State:
    """Record that the instance has come to ``phase``."""
    return record(paths, state, phase=phase)


def record(paths: InstancePaths, state: State, **changes: object) -> State:
    """Record what has changed of the instance."""
    further = replace(state, **changes)  # type: ignore[arg-type]
    write(paths, further)
    return further


def instances() -> list[str]:
    """Return the names of all instances on this host, running or not."""
    home = state_home()
    return sorted(path.name for path in home.iterdir() if path.is_dir()) if home.is_dir() else []


def running(paths: InstancePaths) -> State:
    """Return the state of a running instance; UsageError when there is none."""
    state = read(paths)
    if state is None:
        others = instances()
        known = f"labs here: {', '.join(others)}" if others else "no lab is here"
        raise UsageError(f"no lab named {paths.name}; {known}", "make lab-up")
    if not state.is_running:
        raise UsageError(f"the lab {paths.name} is not running", f"lvslab up --name {paths.name}")
    return state


@contextmanager
def locked(paths: InstancePaths, command: str) -> Iterator[None]:
    """Hold the instance's lock; BusyError names who holds it when it is taken."""
    home = paths.lock.parent
    try:
        home.mkdir(parents=True, exist_ok=True)
        file = _take(paths.lock)
    except PermissionError as err:
        raise HostError(f"{home}: not writable", f"sudo lvslab {command}") from err
    with os.fdopen(file, "r+") as lock:
        lock.truncate()
        lock.write(f"{os.getpid()} {command}")
        lock.flush()
        try:
            yield
        finally:
            _tidy(paths)


def _take(path: Path) -> int:
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as err:
            holder = os.read(file, 200).decode(errors="replace").partition(" ")
            os.close(file)
            raise BusyError(
                f"the lab {path.stem} is being changed by 'lvslab {holder[2]}' (process {holder[0]})",
                f"wait for it, or: ps {holder[0]}",
            ) from err
        # whoever held it before may have removed the file when the lab went away
        if path.exists() and path.stat().st_ino == os.fstat(file).st_ino:
            return file
        os.close(file)


def _tidy(paths: InstancePaths) -> None:
    if paths.root.exists():
        return
    paths.lock.unlink(missing_ok=True)
    try:
        paths.lock.parent.rmdir()
    except OSError:
        return  # other instances live there
