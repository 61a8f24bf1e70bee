"""A soak: one random fault after the other on a running lab, everything judged after each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

from lvslab.drill import runner
from lvslab.drill.runner import Outcome, Progress
from lvslab.drill.sequence import drill_of
from lvslab.errors import UsageError
from lvslab.history import RunFolder
from lvslab.judge.finding import Verdict
from lvslab.lifecycle.instance import Instance
from lvslab.model import Step

STEPS = TypeAdapter(tuple[Step, ...])


@dataclass(frozen=True)
class Soaked:
    """What came of a soak: the outcome of each fault that was made, in order."""

    steps: tuple[Step, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def failed(self) -> bool:
        """Whether the last fault's outcome was a failure, which ends a soak."""
        return bool(self.outcomes) and self.outcomes[-1].verdict is Verdict.FAIL


def soak(found: Instance, steps: Sequence[Step], folder: Path, progress: Progress) -> Soaked:
    """Make the faults one after the other, without restoring the lab between them, until one fails or all are made.

    Each is a drill of its own, kept below ``folder``. Called with the lock held, inside the lab's namespaces.
    """
    outcomes: list[Outcome] = []
    for number, step in enumerate(steps, start=1):
        drill = drill_of(step, found.lab)
        progress.stage(f"{number}/{len(steps)}: {drill.title} for {step.lasts} s")
        there = RunFolder.make(folder, f"{number:03}")
        outcomes.append(runner.run(found, drill, there, progress))
        if outcomes[-1].verdict is Verdict.FAIL:
            break
    return Soaked(tuple(steps[: len(outcomes)]), tuple(outcomes))


def write_sequence(path: Path, steps: Sequence[Step]) -> None:
    """Keep a sequence, for ``lvslab soak --replay``."""
    plain = STEPS.dump_python(tuple(steps), mode="json", by_alias=True, exclude_defaults=True)
    path.write_text(yaml.safe_dump(plain, sort_keys=False))


def read_sequence(path: Path) -> tuple[Step, ...]:
    """Return a kept sequence; UsageError when the file is none."""
    try:
        return STEPS.validate_python(yaml.safe_load(path.read_text()))
    except (OSError, yaml.YAMLError, ValidationError, UnicodeDecodeError) as err:
        said = str(err).splitlines()
        raise UsageError(f"{path}: this is no sequence of faults", "lvslab soak writes one", said[:5]) from err


def fails_again(
    found: Instance, folder: Path, progress: Progress, restore: Callable[[], None]
) -> Callable[[Sequence[Step]], bool]:
    """Return what tries a shorter sequence on the restored lab and says whether it fails too."""
    tries: list[Soaked] = []

    def fails(steps: Sequence[Step]) -> bool:
        restore()
        tries.append(soak(found, steps, folder / f"try-{len(tries) + 1}", progress))
        return tries[-1].failed and len(tries[-1].steps) == len(steps)

    return fails
