"""Faults of whole machines, at the hypervisor: power, reset button, pause, cable."""

from lvslab.errors import MachineError
from lvslab.faults.ground import Ground
from lvslab.faults.kind import Again, Kind, Memory
from lvslab.faults.order import Order
from lvslab.faults.values import NETWORK
from lvslab.host import machines, snapshots, wiring
from lvslab.model import Lab
from lvslab.parallel import at_once


class PowerOff(Kind):
    """The power goes, and comes back."""

    name = "node.power-off"
    does = "The machine loses its power, as it stands; healed, it boots."

    def inject(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Destroy the machines (virsh-destroy)."""
        at_once(machines.power_off, order.targets)

    def heal(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Start the machines and wait until they answer."""
        at_once(ground.start, order.targets)


class Reset(Kind):
    """Somebody presses the reset button."""

    name = "node.reset"
    does = "The machine boots anew, with nothing written down; healing waits until it answers."

    def inject(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Press the button."""
        at_once(machines.press_reset, order.targets)

    def heal(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Wait until the machines answer."""
        at_once(ground.wait_for_answer, order.targets)


class Pause(Kind):
    """The machine's processors stop, and go on as if nothing had been."""

    name = "node.pause"
    does = "The machine stands still and keeps all it has; healed, it runs on and its clock is set."

    def inject(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Suspend the machines."""
        at_once(machines.pause, order.targets)

    def heal(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Resume the machines; their time of day stood still as well."""
        at_once(machines.resume, order.targets)
        awake = [name for name in order.targets if machines.state(name) == "running"]
        at_once(snapshots.set_clock, [name for name in awake if ground.lab.node(name).is_managed])


class LinkDown(Kind):
    """The cable is pulled."""

    name = "node.link-down"
    does = "The machine's interface loses its carrier: the cable is out."
    parameters = (NETWORK,)
    again = Again.STARTED

    def marks(self, lab: Lab, order: Order) -> frozenset[str]:
        """Return the interfaces."""
        return frozenset(mac for _, mac in self._interfaces(lab, order))

    def inject(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Set the links down (virsh domif-setlink)."""
        self._set(ground, order, False)

    def heal(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Set the links up."""
        self._set(ground, order, True)

    def _interfaces(self, lab: Lab, order: Order) -> list[tuple[str, str]]:
        wanted = order.arguments["network"]
        nodes = [lab.node(name) for name in order.targets]
        links = [(node, network) for node in nodes for network in node.addresses if wanted in ("", network)]
        return [(node.name, wiring.made_with(node, network)) for node, network in links]

    def _set(self, ground: Ground, order: Order, is_up: bool) -> None:
        for name, mac in self._interfaces(ground.lab, order):
            if machines.state(name) != "shut off":
                wiring.set_link(name, mac, is_up)
            elif not is_up:
                raise MachineError(f"{name} is shut off: its cable cannot be pulled", "lvslab status")
