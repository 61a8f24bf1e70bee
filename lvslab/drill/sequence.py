"""Random sequences of faults: drawn from a seed, kept in a file, shortened while they still fail. Pure."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lvslab import faults
from lvslab.errors import UsageError
from lvslab.model import Drill, Expect, Invariant, Lab, Step
from lvslab.model.drill import Probe

LOG, DEAD = Invariant.LOG, Invariant.DAEMON_DEAD
TWO, NONE = Invariant.TWO_HOLDERS, Invariant.NO_HOLDER


@dataclass(frozen=True)
class Candidate:
    """A fault to draw: what it is, how many seconds it lasts, and what it breaks by its nature."""

    inject: str
    target: str
    shortest: int
    longest: int
    allow: tuple[Invariant, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()


def _process(name: str) -> tuple[tuple[str, str], ...]:
    return (("process", name),)


CANDIDATES = (
    Candidate("node.power-off", "master", 6, 10),
    Candidate("node.power-off", "backup", 4, 8),
    Candidate("node.power-off", "real-server", 10, 15, (LOG,)),
    Candidate("node.pause", "master", 2, 10, (TWO, NONE)),
    Candidate("node.pause", "backup", 2, 10),
    Candidate("node.pause", "real-server", 4, 12, (LOG,)),
    Candidate("node.link-down", "master", 5, 10),
    Candidate("node.link-down", "real-server", 5, 12, (LOG,)),
    Candidate("process.stop", "master", 3, 8, (), _process("keepalived")),
    Candidate("process.stop", "backup", 3, 8, (), _process("keepalived")),
    Candidate("process.kill", "master", 5, 10, (TWO, DEAD), _process("keepalived")),
    Candidate("process.freeze", "master", 5, 10, (TWO, DEAD), _process("keepalived")),
    Candidate("process.stop", "real-server", 4, 10, (), _process("httpd")),
    Candidate("process.kill", "real-server", 4, 10, (DEAD,), _process("httpd")),
    Candidate("process.freeze", "real-server", 4, 10, (), _process("httpd")),
    Candidate("network.block", "directors", 5, 10, (TWO,), (("protocol", "vrrp"),)),
    Candidate("network.block", "master", 4, 10, (), (("protocol", "health-checks"),)),
    Candidate("network.delay", "real-server", 3, 8, (), (("delay", "0.05"),)),
    Candidate("service.weight", "real-server", 3, 8, (), (("weight", "0"),)),
    Candidate("service.reload", "directors", 1, 2, (), _process("keepalived")),
    Candidate("disk.fail", "storage", 5, 10, (LOG,)),
)


def allowed(step: Step) -> tuple[Invariant, ...]:
    """Return what a fault breaks by its nature."""
    return next(
        (each.allow for each in CANDIDATES if (each.inject, (each.target,)) == (step.inject, step.target)), ()
    )


def candidates_of(lab: Lab) -> tuple[Candidate, ...]:
    """Return the faults to draw from that a lab can have: it has their targets, and these run what they break."""
    return tuple(each for each in CANDIDATES if _is_possible(lab, each))


def sequence(lab: Lab, seed: int, count: int) -> tuple[Step, ...]:
    """Return ``count`` faults that a lab can have; the same seed gives the same on the same lab."""
    chance, drawn = random.Random(seed), candidates_of(lab)
    return tuple(_step(chance.choice(drawn), chance) for _ in range(count))


def _is_possible(lab: Lab, drawn: Candidate) -> bool:
    try:
        faults.order(lab, drawn.inject, (drawn.target,), dict(drawn.parameters))
    except UsageError:
        return False
    return True


def _step(drawn: Candidate, chance: random.Random) -> Step:
    lasts = chance.randint(drawn.shortest, drawn.longest)
    values = {"at": 0, "inject": drawn.inject, "target": drawn.target, "with": dict(drawn.parameters), "for": lasts}
    return Step.model_validate(values)


def drill_of(step: Step, lab: Lab) -> Drill:
    """Return the drill that makes one fault, with everything that a lab's configuration promises as expectation."""
    return Drill.model_validate(
        {
            "drill": "soak",
            "title": f"{step.inject} on {', '.join(step.target)}",
            "lab": lab.name,
            "before": 2,
            "for": (step.lasts or 1) + 1,
            "after": 5,  # IPVS takes two seconds to add up what a server got that came back
            "recovery": 150,
            "probe": Probe(rate=50),
            "timeline": (step,),
            "expect": Expect(array="any", allow=allowed(step)),
        }
    )


def shortened(steps: Sequence[Step], fails: Callable[[Sequence[Step]], bool]) -> tuple[Step, ...]:
    """Return a part of ``steps`` that still fails and of which no part half, a quarter... smaller does.

    ``fails`` runs a sequence. The last step is the one that the failure was seen at, so it stays. This is the
    minimizing delta debugging of Zeller and Hildebrandt, by complements.
    """
    kept, last = list(steps[:-1]), steps[-1]
    pieces = 2
    while kept:
        size = max(1, len(kept) // pieces)
        parts = [kept[start : start + size] for start in range(0, len(kept), size)]
        rests = [[step for other in parts if other is not part for step in other] for part in parts]
        smaller = next((rest for rest in rests if fails([*rest, last])), None)
        if smaller is not None:
            kept, pieces = smaller, max(2, pieces - 1)
        elif size == 1:
            break
        else:
            pieces = min(len(kept), 2 * pieces)
    return (*kept, last)
