"""A probe: the prober and the capture around a block of a test, and what they saw of it."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from lvslab.history import Attempt, History, Phase, Run, RunFolder
from lvslab.judge.outages import Outage, outages
from lvslab.measure.clock import Clock
from lvslab.measure.watch import Watch
from lvslab.measure.wishes import Wishes
from lvslab.model import Lab
from lvslab.nodes.fabric_remote import FabricRemote

MILLISECOND = 1_000_000


class Probe:
    """What a probe saw; to be looked at after its block."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder

    @cached_property
    def history(self) -> History:
        """Everything that happened, for lvslab.judge or for a look of one's own."""
        return self._folder.read()

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """The attempts, in order."""
        phase = self.history.phases[0]
        return tuple(each for each in self.history.attempts if phase.holds(each.t))

    @property
    def failed(self) -> tuple[Attempt, ...]:
        """Those that were not answered well."""
        return tuple(each for each in self.attempts if not each.ok)

    @property
    def shares(self) -> Counter[str]:
        """How many good answers each real server gave."""
        return Counter(each.server for each in self.attempts if each.ok)

    @property
    def outages(self) -> tuple[Outage, ...]:
        """The stretches without a good answer."""
        return outages(self.attempts)

    @property
    def longest_outage_ms(self) -> float:
        """The longest of them in milliseconds, from its first failed attempt to the next good one; 0 without any."""
        return max((each.length for each in self.outages), default=0) / MILLISECOND


@contextmanager
def probing(lab: Lab, path: Path, connect: Callable[[str], FabricRemote], wishes: Wishes) -> Iterator[Probe]:
    """Probe a lab for as long as the block lasts; then the history is read, and the folder goes."""
    folder, clock = RunFolder(path), Clock()
    started = datetime.fromtimestamp(clock.realtime_ns / 1e9, UTC).isoformat(timespec="milliseconds")
    probe = Probe(folder)
    try:
        with Watch(lab, folder, connect, clock, wishes) as watch:
            watch.record(Run("probe", lab.name, "", started, clock.realtime_ns, clock.monotonic_ns, rate=wishes.rate))
            watch.record(Phase(watch.now(), "probe"))
            yield probe
            watch.record(Phase(watch.now(), "end"))
        _ = probe.history
    finally:
        shutil.rmtree(path, ignore_errors=True)
