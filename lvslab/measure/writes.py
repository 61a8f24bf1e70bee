"""Acknowledged writes: files written through the storage node's volume during a run, read back at its end.

What fsync(2) has acknowledged has to be there afterwards, byte for byte, whatever happened to disks in between. The
digest is known before a file is written, from the run's seed, so nothing that reads wrong can pass.
"""

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lvslab.errors import LabError
from lvslab.history import Write
from lvslab.measure import on_node
from lvslab.measure.clock import Clock
from lvslab.measure.on_node.writer import content
from lvslab.measure.samplers import WHOLE_RUN, Connect
from lvslab.model import Storage

SIZE = 65536
EVERY = 0.2
FOLDER = ".lvslab-writes"
READ_LIMIT = 120.0


@dataclass
class Written:
    """A file: when writing it was begun, when that was acknowledged, and what was wrong."""

    begun: int
    acknowledged: int | None = None
    error: str = ""


class Writes:
    """Writes from ``start`` on, in a thread; ``finish`` reads back."""

    def __init__(self, storage: Storage, connect: Connect, clock: Clock, seed: int) -> None:
        self._node, self._connect, self._clock, self._seed = storage.node, connect, clock, seed
        self._folder = f"{storage.volume.mountpoint}/{FOLDER}"
        self._written: dict[int, Written] = {}
        self._remote = connect(self._node)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def has_begun(self) -> bool:
        """Whether a first write was acknowledged."""
        return any(each.acknowledged for each in list(self._written.values()))

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def finish(self, sink: Callable[[Write], None]) -> str:
        """Stop, read everything back and remove it; return what went wrong, if anything did."""
        self._ended.set()
        self._remote.close()
        self._thread.join(5)
        read: dict[int, dict[str, str]] = {}
        asked = {"action": "read", "folder": self._folder}
        remote = self._connect(self._node)
        problem = ""
        try:
            result = remote.run(on_node.command("writer", asked), timeout=READ_LIMIT)
            read = {each.pop("id"): each for each in map(json.loads, result.stdout.splitlines())}
        except LabError as err:
            problem = f"{self._node}: what was written cannot be read back: {err.message}"
        finally:
            remote.close()
        for number, written in sorted(self._written.items()):
            sink(event(self._seed, number, written, read.get(number, {"error": "not there"})))
        return problem

    def _run(self) -> None:
        while not self._ended.is_set():
            asked = {"action": "write", "folder": self._folder, "seed": self._seed, "size": SIZE, "every": EVERY}
            first = max(self._written, default=0) + 1
            try:
                script = on_node.command("writer", {**asked, "first": first})
                self._remote.run(script, timeout=WHOLE_RUN, on_line=self._take)
            except LabError:  # a node that is gone: what it had acknowledged is known, and read at the end
                self._ended.wait(1)
            if not self._ended.is_set():
                self._remote = self._connect(self._node)

    def _take(self, line: str) -> None:
        if self._ended.is_set() or not line.startswith("{"):
            return
        said: dict[str, Any] = json.loads(line)
        if "begun" in said:
            self._written[said["id"]] = Written(self._clock.now())
        elif said["done"]:
            self._written[said["id"]].error = said["done"]
        else:
            self._written[said["id"]].acknowledged = self._clock.now()


def event(seed: int, number: int, written: Written, read: dict[str, str]) -> Write:
    """Return the event of one file."""
    return Write(
        t=written.begun,
        id=number,
        acknowledged=written.acknowledged,
        sha256=hashlib.sha256(content(seed, number, SIZE)).hexdigest(),
        read_back=read.get("sha256", ""),
        error=written.error or read.get("error", ""),
    )
