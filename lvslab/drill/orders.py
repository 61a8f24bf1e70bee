"""A drill's faults for one lab: its words become nodes, or one error tells all that the lab lacks. Pure."""

from collections.abc import Callable
from functools import partial

from lvslab import faults
from lvslab.errors import UsageError
from lvslab.faults import Order
from lvslab.faults.targets import Scene
from lvslab.measure.watch import chosen, chosen_with_pages
from lvslab.model import Drill, Lab


def orders_of(lab: Lab, drill: Drill) -> tuple[Order, ...]:
    """Return the drill's faults, its targets named for this lab.

    UsageError tells everything that the drill names and the lab lacks: targets of faults, holders that are expected,
    a service to ask, storage to write on.
    """
    orders = [partial(faults.order, lab, step.inject, step.target, step.parameters) for step in drill.timeline]
    words = [*drill.expect.holder.values(), *(["storage"] if drill.writes else [])]
    choose = chosen_with_pages if drill.load or drill.downloads else chosen
    needs: list[Callable[[], object]] = [*orders, partial(choose, lab, drill.probe.service or "")]
    needs += [partial(Scene(lab).nodes, (word,)) for word in words]
    lacks = [err for need in needs if (err := _refused(need))]
    if lacks:
        raise _refusal(lab, drill, lacks)
    return tuple(make() for make in orders)


def unknown_faults(drill: Drill) -> list[str]:
    """Return a line for each step of the timeline that names a fault, or a parameter of it, that there is not."""
    steps = [
        (number, _refused(partial(faults.check_names, step.inject, step.parameters)))
        for number, step in enumerate(drill.timeline)
    ]
    return [f"timeline[{number}]: {err.message}" for number, err in steps if err]


def _refused(need: Callable[[], object]) -> UsageError | None:
    try:
        need()
    except UsageError as err:
        return err
    return None


def _refusal(lab: Lab, drill: Drill, lacks: list[UsageError]) -> UsageError:
    first, *more = dict.fromkeys(err.message for err in lacks)
    hint = lacks[0].hint if drill.lab == lab.name else f"lvslab up {drill.lab}, the lab that it was written for"
    return UsageError(f"drill {drill.name} cannot run on {lab.name}: {first}", hint, more)
