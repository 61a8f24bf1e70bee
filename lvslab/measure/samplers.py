"""Look at every node once a second over connections of their own, and at the host.

On each node a program of measure/on_node prints what it sees; a line that does not come makes nobody wait. A node
that has been silent for a while gets a new connection, in the background, for as long as it takes.
"""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lvslab.errors import LabError
from lvslab.history import Event
from lvslab.measure import on_node
from lvslab.measure.clock import Clock
from lvslab.measure.samples import asks, host_sample, sample, silence, ticks
from lvslab.model import Lab, Node
from lvslab.nodes.remote import Remote
from lvslab.wait import wait_for

SECOND = 1_000_000_000

SILENT_AFTER = 2.5
"""Looks that may be missing before a node counts as silent."""
RECONNECT_AFTER = 6.0
"""Seconds of silence before a connection is given up."""
FIRST_LIMIT = 40.0
WHOLE_RUN = 86400.0
Connect = Callable[[str], Remote]


class NodeSampler:
    """Keeps a program running on one node, in a thread, over whatever connection can be had."""

    def __init__(self, lab: Lab, node: Node, connect: Connect, every: float, clock: Clock) -> None:
        self.lab, self.node, self.clock = lab, node, clock
        self.first: dict[str, Any] | None = None
        """What was seen first."""
        self.heard = self._begun = clock.now()
        self.error = "no connection yet"
        self._connect, self._every = connect, every
        self._ended = threading.Event()
        self._remote: Remote | None = None
        self._sink: Callable[[Event], None] = lambda event: None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self, sink: Callable[[Event], None]) -> None:
        """Begin to hand samples to ``sink``."""
        self._sink = sink
        self._thread.start()

    def stop(self) -> None:
        """End; a connection that hangs is left to itself."""
        self._ended.set()
        self.drop()
        self._thread.join(1)

    def drop(self) -> None:
        """Let the connection go; unless this is the end, a new one is made."""
        if self._remote:
            self._remote.close()

    def remote(self) -> Remote:
        """Return a connection for something else: the one that stands if the node answers, else a new one."""
        answers = self.clock.now() - self.heard < SILENT_AFTER * self._every * SECOND
        return self._remote if answers and self._remote else self._connect(self.node.name)

    def check(self) -> None:
        """Tell of a silent node, and give its connection up when that has lasted."""
        now = self.clock.now()
        silent = (now - self.heard) / SECOND
        if silent < SILENT_AFTER * self._every:
            return
        told = silence(self.lab, self.node, now, f"{self.error}, silent for {silent:.1f} s")
        if told:
            self._sink(told)
        # a connection that has not brought a line yet may be to a node that is still booting
        patience = RECONNECT_AFTER if self.heard > self._begun else FIRST_LIMIT
        if (now - max(self.heard, self._begun)) / SECOND > patience:
            self.drop()

    def _run(self) -> None:
        script = on_node.command("sampler", asks(self.lab, self.node, self._every))
        while not self._ended.is_set():
            self._remote, self._begun = self._connect(self.node.name), self.clock.now()
            try:
                self._remote.run(script, timeout=WHOLE_RUN, on_line=self._take)
            except LabError as err:
                self.error = err.message
            self._remote.close()
            self._ended.wait(1)

    def _take(self, line: str) -> None:
        if not line.startswith("{") or self._ended.is_set():
            return
        seen = json.loads(line)
        self.heard = self.clock.now()
        self.error = "no answer"
        self.first = self.first or seen
        event = sample(self.lab, self.node, self.heard, seen)
        if event:
            self._sink(event)


class Samplers:
    """The samplers of all nodes that lvslab logs in to, and a thread that looks at the host and minds the silent."""

    def __init__(self, lab: Lab, connect: Connect, clock: Clock, every: float, sink: Callable[[Event], None]) -> None:
        self.nodes = {node.name: NodeSampler(lab, node, connect, every, clock) for node in lab.managed}
        self._clock, self._every, self._sink = clock, every, sink
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._mind, daemon=True)

    def start(self) -> None:
        """Begin; returns when every node has been seen, UnusableError when one cannot be."""
        for each in self.nodes.values():
            each.start(self._sink)
        wait_for(
            lambda: all(each.first for each in self.nodes.values()),
            within=FIRST_LIMIT,
            what="not every node can be looked at",
            seen=lambda: "; ".join(f"{name}: {each.error}" for name, each in self.nodes.items() if not each.first),
            hint="lvslab status",
        )
        self._thread.start()

    def stop(self) -> None:
        """End all."""
        self._ended.set()
        for each in self.nodes.values():
            each.stop()
        if self._thread.is_alive():
            self._thread.join(self._every + 1)

    def _mind(self) -> None:
        before = ticks(Path("/proc/stat").read_text())
        while not self._ended.wait(self._every):
            after = ticks(Path("/proc/stat").read_text())
            self._sink(host_sample(self._clock.now(), before, after, Path("/proc/loadavg").read_text()))
            before = after
            for each in self.nodes.values():
                each.check()
