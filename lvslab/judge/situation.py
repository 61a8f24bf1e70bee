"""The moments of a run's faults, each with what is predicted for it."""

from dataclasses import dataclass, replace

from lvslab.history import History
from lvslab.history.history import FaultSpan
from lvslab.judge.limits import CONNECT, WHOLE
from lvslab.judge.predict import of_strike
from lvslab.judge.prediction import Moment, Prediction
from lvslab.judge.strikes import holder_before, strike_of
from lvslab.judge.timing import Setup, setup_of
from lvslab.judge.words import SECOND
from lvslab.model import Lab


@dataclass(frozen=True)
class Cost:
    """A moment of a fault with what is predicted for one service; times in ns."""

    span: FaultSpan
    moment: Moment
    start: int
    """When the injection or the healing began; the end of the healing where the fault costs something until then."""
    done: int
    """When it had ended: from then on the fault bites, or no longer does."""
    until: int
    """When the next fault of the run began or was healed, as far as requests go; the run's end."""
    key: str
    prediction: Prediction | None
    patience: float = CONNECT
    """Seconds that an attempt's first packet may be late, and the attempt be well all the same."""

    @property
    def since(self) -> int:
        """From when on requests count that were sent: earlier, where what was under way is lost as well."""
        reach = self.prediction.under_way if self.prediction else 0.0
        return self.start - int(reach * SECOND)

    @property
    def earliest(self) -> float:
        """The least that it should cost, in ns: no more than how long the fault was there.

        A request that is sent just before the end is none of it: its packets may be there when all is well again.
        """
        if self.prediction is None:
            return 0.0
        least = self.prediction.earliest * SECOND
        if self.moment is Moment.HEAL or self.span.healing is None:
            return least
        return min(least, max(0.0, self.span.healing - self.done - self.patience * SECOND))

    @property
    def label(self) -> str:
        """The moment in words."""
        return self.key if self.moment is Moment.INJECT else f"{self.key} healed"


def costs(history: History, lab: Lab, setup: Setup, service: str) -> tuple[Cost, ...]:
    """Return every moment of the run's faults with what is predicted for a service, in order of time."""
    carried = next((each for each in setup.carried if each.name == service), None)
    subjects = {service, carried.vrrp.name} if carried and carried.vrrp else {service}
    found = [cost for span in history.faults for cost in _of_span(history, lab, span, service, subjects)]
    ordered = sorted(found, key=lambda cost: cost.start)
    ends = [*(later.since for later in ordered[1:]), history.end + 1]
    patience = WHOLE if carried and carried.is_udp else CONNECT
    return tuple(
        replace(cost, until=max(end, cost.start), patience=patience) for cost, end in zip(ordered, ends, strict=False)
    )


def _of_span(history: History, lab: Lab, span: FaultSpan, service: str, subjects: set[str]) -> list[Cost]:
    holder = holder_before(history, lab, span.start, service)
    strike = strike_of(history, lab, span, service)
    key = strike.key
    every = of_strike(setup_of(lab, holder), strike)
    fitting = {each.moment: each for each in every if each.subject in subjects}
    inject = Cost(span, Moment.INJECT, span.start, span.injected or span.start, 0, key, fitting.get(Moment.INJECT))
    # an end that nothing is predicted for is no moment of its own: the fault's own prediction goes on to count
    if span.healing is None or Moment.HEAL not in fitting:
        return [inject]
    begun = span.end if _lasts(inject.prediction) else span.healing
    return [inject, Cost(span, Moment.HEAL, begun, span.end, 0, key, fitting.get(Moment.HEAL))]


def _lasts(prediction: Prediction | None) -> bool:
    """Whether a fault costs something for as long as it is there."""
    return prediction is not None and prediction.latest is None and not prediction.is_free and not prediction.untold
