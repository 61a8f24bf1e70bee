"""What became of the array: untouched, or degraded, rebuilt onto a spare, and clean again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lvslab.history import StorageSample
from lvslab.judge import words
from lvslab.judge.finding import Finding, Verdict
from lvslab.judge.sight import Sight
from lvslab.model import Array

CLEAN = ("clean", "active")
SOURCE = "mdadm(8), --detail"


@dataclass(frozen=True)
class Course:
    """What an array went through; moments in ns, None where it did not."""

    degraded: int | None
    rebuilding: int | None
    clean_again: int | None
    """When it had all its members again."""
    spare_used: bool = False
    """Whether a member was seen to fail or a spare to be gone: a small array rebuilds between two samples."""
    whole_at_end: bool = True

    @property
    def took(self) -> int | None:
        """How long it was not whole, in ns."""
        if self.degraded is None or self.clean_again is None:
            return None
        return self.clean_again - self.degraded


def judge(sight: Sight) -> Iterator[Finding]:
    """Judge the array's course by what the drill expects of it."""
    wanted = sight.drill.expect.array
    if sight.lab.storage is None or wanted == "any":
        return
    samples = [each for each in sight.history.of(StorageSample) if not each.error]
    if not samples:
        yield Finding("storage", Verdict.INCONCLUSIVE, "the storage node was not sampled", source=SOURCE)
        return
    array = sight.lab.storage.array
    found = course(samples, array)
    told = _untouched(found) if wanted == "untouched" else _rebuilt(found)
    figures: dict[str, float | int | str | None] = {
        "not_whole_ms": None if found.took is None else words.ms(found.took),
        "spares_before": samples[0].spares,
        "spares_after": samples[-1].spares,
        "failed_after": samples[-1].failed,
    }
    where = (found.degraded, found.clean_again or samples[-1].t) if found.degraded is not None else None
    yield Finding("storage", told, f"{array.device}: {_told(found)}, expected {wanted}", figures, where, SOURCE)


def is_whole(sample: StorageSample, array: Array) -> bool:
    """Whether an array has all its members, none of them on its way."""
    return sample.active >= array.members and sample.rebuild is None and "degraded" not in sample.state


def course(samples: Sequence[StorageSample], array: Array) -> Course:
    """Return what an array went through, from samples in order."""
    degraded = next((each.t for each in samples if not is_whole(each, array)), None)
    rebuilding = next((each.t for each in samples if each.rebuild is not None or "recover" in each.state), None)
    clean = None
    if degraded is not None and is_whole(samples[-1], array):
        last_bad = max(each.t for each in samples if not is_whole(each, array))
        clean = next(each.t for each in samples if each.t > last_bad)
    first = samples[0]
    used = any(each.failed > first.failed or each.spares < first.spares for each in samples)
    return Course(degraded, rebuilding, clean, used, is_whole(samples[-1], array))


def _untouched(found: Course) -> Verdict:
    touched = found.degraded is not None or found.spare_used
    return Verdict.FAIL if touched else Verdict.PASS


def _rebuilt(found: Course) -> Verdict:
    touched = found.degraded is not None or found.spare_used
    return Verdict.PASS if touched and found.whole_at_end else Verdict.FAIL


def _told(found: Course) -> str:
    if found.degraded is None:
        return "whole in every sample, with its spare used" if found.spare_used else "whole all the time"
    rebuild = "seen to rebuild" if found.rebuilding is not None else "not seen to rebuild"
    if found.took is None:
        return f"degraded, {rebuild}, and not whole at the end"
    return f"degraded, {rebuild}, whole again after {words.length(found.took)}"
