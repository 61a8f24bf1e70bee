"""The time of day of a node, set by its guest agent from outside."""

from lvslab.faults.ground import Ground
from lvslab.faults.kind import Again, Kind, Memory
from lvslab.faults.order import Order
from lvslab.faults.values import Parameter, number
from lvslab.host import machines, snapshots
from lvslab.parallel import at_once


class Step(Kind):
    """The clock jumps."""

    name = "clock.step"
    does = "The node's time of day jumps; its monotonic clock, by which timers run, does not."
    parameters = (
        Parameter("seconds", "SECONDS", "how far, into the past where negative", "3600", number(-(10**8), 10**8)),
    )
    again = Again.BOOTED
    inside = True

    def inject(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Set the clock to the host's and that many seconds."""
        seconds = float(order.arguments["seconds"])
        at_once(lambda name: snapshots.set_clock(name, seconds), order.targets)

    def heal(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Set the clock to the host's."""
        at_once(snapshots.set_clock, [name for name in order.targets if machines.state(name) == "running"])
