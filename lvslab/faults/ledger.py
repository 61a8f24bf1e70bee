"""The active faults, written down before they are injected, so that a later process can heal what a killed one left.

The ledger is in the lab's own /run: it goes with the lab's namespaces, and so do the faults.
"""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from lvslab.errors import HostError
from lvslab.faults.kind import Memory
from lvslab.faults.order import Order
from lvslab.host.paths import FAULTS

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Active:
    """A fault that was begun and is not healed; moments are CLOCK_MONOTONIC in ns."""

    id: int
    order: Order
    began: int
    """When the injection began."""
    bit: int | None = None
    """When it was in effect; None while it is injected, and for ever when that was cut short."""
    memory: Memory = field(default_factory=dict)
    """What healing needs."""


@dataclass(frozen=True)
class Entries:
    """What is in a ledger: the active faults in the order they were begun, and the id of the next."""

    active: tuple[Active, ...] = ()
    next: int = 1


class Ledger:
    """The file, and the lock beside it that lets one process at a time change it."""

    def __init__(self, path: Path = FAULTS) -> None:
        self.path = path

    def read(self) -> Entries:
        """Return what is written; nothing where there is no ledger. HostError where it cannot be understood."""
        try:
            data: dict[str, Any] = json.loads(self.path.read_text())
            return Entries(tuple(_active(each) for each in data["active"]), data["next"])
        except FileNotFoundError:
            return Entries()
        except (ValueError, TypeError, KeyError) as err:
            raise HostError(f"{self.path}: not a list of faults: {err}", "lvslab reset") from err

    def open(self, order: Order, memory: Memory, began: int, refuse: Callable[[Entries], None]) -> Active:
        """Write down a fault that is about to be injected, unless ``refuse`` raises; return it with its id."""
        with self._locked():
            entries = self.read()
            refuse(entries)
            made = Active(entries.next, order, began, memory=memory)
            self._write(Entries((*entries.active, made), made.id + 1))
        return made

    def bites(self, active: Active, moment: int) -> Active:
        """Write down when a fault was in effect, even if somebody struck it out while it was injected."""
        bitten = replace(active, bit=moment)
        with self._locked():
            entries = self.read()
            others = [each for each in entries.active if each.id != active.id]
            self._write(replace(entries, active=tuple(sorted([*others, bitten], key=lambda each: each.id))))
        return bitten

    def close(self, active: Active) -> None:
        """Strike a fault out; one that is not there stays so."""
        with self._locked():
            entries = self.read()
            self._write(replace(entries, active=tuple(each for each in entries.active if each.id != active.id)))

    def clear(self) -> None:
        """Strike all out; ids go on."""
        with self._locked():
            try:
                following = self.read().next
            except HostError:
                following = 1
            self._write(Entries((), following))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _write(self, entries: Entries) -> None:
        new = self.path.with_suffix(".new")
        with new.open("w") as file:
            json.dump({"schema_version": SCHEMA_VERSION, **asdict(entries)}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        new.rename(self.path)


def _active(data: dict[str, Any]) -> Active:
    order = Order(data["order"]["name"], tuple(data["order"]["targets"]), dict(data["order"]["arguments"]))
    return Active(data["id"], order, data["began"], data["bit"], dict(data["memory"]))
