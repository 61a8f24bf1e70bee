"""What tests of judges share: one judge's findings over a run."""

from collections.abc import Iterable

from lvslab.history import Event, History
from lvslab.judge import Finding, judge
from lvslab.model import Drill, Lab
from tests.unit.judge.histories import LAB, Watched, drill


def found(run: Watched | Iterable[Event], name: str, wanted: Drill | None = None, lab: Lab = LAB) -> list[Finding]:
    """Return the findings of the judge of this name, in order."""
    history = run.history() if isinstance(run, Watched) else History(run)
    return [each for each in judge(history, lab, wanted or drill()) if each.judge == name]


def only(run: Watched | Iterable[Event], name: str, wanted: Drill | None = None, lab: Lab = LAB) -> Finding:
    """Return the first finding of the judge of this name."""
    return found(run, name, wanted, lab)[0]


def without(run: Watched, *kinds: type[Event]) -> list[Event]:
    """Return a run's events but for some kinds."""
    return [event for event in run.events() if not isinstance(event, kinds)]
