"""What became of the long connections that were open when the fault came."""

from collections import Counter
from collections.abc import Iterator

from lvslab.history import Download
from lvslab.judge import words
from lvslab.judge.finding import Finding, Verdict
from lvslab.judge.sight import Sight
from lvslab.model.drill import Survival

SURVIVED = "survived"
SOURCE = "the drill's expect.connections"


def judge(sight: Sight) -> Iterator[Finding]:
    """Judge the downloads: only those that were open at the first fault tell anything."""
    wanted = sight.drill.expect.connections
    downloads = sight.history.of(Download)
    if not downloads:
        if sight.drill.downloads or wanted is not Survival.ANY:
            yield Finding("connections", Verdict.INCONCLUSIVE, "no long connection is in the history", source=SOURCE)
        return
    first = sight.history.faults[0].start if sight.history.faults else 0
    held = [each for each in downloads if each.began <= first <= each.t]
    if not held:
        yield Finding(
            "connections", Verdict.INCONCLUSIVE, "no connection was open when the fault came", source=SOURCE
        )
        return
    outcomes = Counter(each.outcome for each in held)
    told = _verdict(wanted, outcomes[SURVIVED], len(held))
    message = f"of {words.counted(len(held), 'connection')}: {words.listed(tuple(outcomes.most_common()))}"
    silence = max(each.longest_silence for each in held)
    figures: dict[str, float | int | str | None] = {**outcomes, "longest_silence_ms": words.ms(silence)}
    where = (min(each.began for each in held), max(each.t for each in held))
    yield Finding("connections", told, f"{message}; expected {EXPECTED[wanted]}", figures, where, SOURCE)


EXPECTED = {
    Survival.ALL: "that all survive",
    Survival.NONE: "that none survives",
    Survival.ANY: "nothing of them",
}


def _verdict(wanted: Survival, survived: int, held: int) -> Verdict:
    fine = {Survival.ALL: survived == held, Survival.NONE: survived == 0, Survival.ANY: True}
    return Verdict.PASS if fine[wanted] else Verdict.FAIL
