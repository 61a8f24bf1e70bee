"""The prober in the tests' own process: so many seconds of attempts, however long the host takes for them."""

from collections.abc import Callable

from lvslab.history import Attempt, Event
from lvslab.measure.clock import Clock
from lvslab.measure.exchange import Target
from lvslab.measure.prober import Plan, Prober

SECOND = 1_000_000_000


def probe(
    target: Target,
    seconds: float,
    rate: float = 100.0,
    sources: tuple[str, ...] = (),
    meanwhile: Callable[[int], None] = lambda seen: None,
) -> list[Event]:
    """Begin all attempts that are due within so many seconds at least, then wait for what is on its way.

    ``meanwhile`` is called after each turn with the number of events so far.
    """
    seen: list[Event] = []
    clock = Clock()
    prober = Prober(Plan(target, rate, sources), clock, seen.append)
    end = prober.next_due + round(seconds * SECOND)
    while prober.next_due < end:
        prober.turn(end)
        meanwhile(len(seen))
    while not prober.is_idle:
        prober.turn(clock.now() + SECOND, begin=False)
    prober.finish()
    return seen


def attempts(events: list[Event]) -> list[Attempt]:
    """Return the attempts, in the order they were due."""
    return sorted((each for each in events if isinstance(each, Attempt)), key=lambda each: each.t)
