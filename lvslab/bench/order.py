"""What a run of the bench is asked to do, and what has come out so far."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from lvslab.bench import LAB, NAME
from lvslab.bench.ledger import Ledger
from lvslab.bench.subjects import NAMES
from lvslab.host.paths import InstancePaths
from lvslab.lifecycle import instance
from lvslab.model import Lab, load_lab

QUICK_RUNS, COLD_RUNS, EVERY_RUNS = 3, 1, 20


class Progress(Protocol):
    """Where news of the work goes."""

    def stage(self, title: str) -> None:
        """Tell that a new stage begins."""

    def say(self, line: str) -> None:
        """Tell something of the stage."""


@dataclass(frozen=True)
class Bench:
    """A run of the bench: what is wanted, how often, and what has come out so far."""

    progress: Progress
    accelerator: str
    wanted: tuple[str, ...] = NAMES
    runs: int | None = None
    name: str = NAME
    ledger: Ledger = field(default_factory=Ledger)
    kept: Path = field(default_factory=lambda: Path("runs").absolute())
    """Where the runs of drills are kept."""

    @property
    def paths(self) -> InstancePaths:
        """The lab that is measured."""
        return InstancePaths(self.name)

    @property
    def other(self) -> InstancePaths:
        """The folder of what is measured beside the lab."""
        return InstancePaths(f"{self.name}-floor")

    @property
    def lab(self) -> Lab:
        """What is raised."""
        return load_lab(instance.lab_path(LAB))

    @property
    def quick_runs(self) -> int:
        """How often a short thing is measured."""
        return self.runs or QUICK_RUNS

    @property
    def cold_runs(self) -> int:
        """How often a long thing is measured."""
        return self.runs or COLD_RUNS

    @property
    def every_runs(self) -> int:
        """How often that is measured which has to be right every time."""
        return self.runs or EVERY_RUNS

    def wants(self, *names: str) -> bool:
        """Whether any of these subjects is to be measured."""
        return any(name in self.wanted for name in names)
