"""The weight of a real server in IPVS, on all directors that run; keepalived knows nothing of it."""

from lvslab.errors import UsageError
from lvslab.faults.ground import Ground
from lvslab.faults.kind import Kind, Memory
from lvslab.faults.order import Order
from lvslab.faults.values import Parameter, service, whole
from lvslab.host import machines
from lvslab.model import Forwarding, Lab
from lvslab.model.table import endpoint, option_of
from lvslab.parallel import at_once

METHODS = {Forwarding.DR: "--gatewaying", Forwarding.NAT: "--masquerading", Forwarding.TUN: "--ipip"}
EDIT = "ipvsadm --edit-server {service} --real-server {server} {method} --weight {weight}"


class Weight(Kind):
    """A real server is drained, or preferred."""

    name = "service.weight"
    does = "The real servers have another weight on every director; 0 drains them, old connections go on."
    parameters = (
        Parameter("weight", "WEIGHT", "the weight", "0", whole(0, 65535)),
        Parameter("service", "SERVICE", "the virtual service; all unless told", "", service),
    )

    def check(self, lab: Lab, order: Order) -> None:
        """Refuse nodes that answer for none of the services."""
        for name in order.targets:
            if not any(node == name for node, _, _ in _rows(lab, order)):
                raise UsageError(f"{order.name}: {name} is no real server of such a virtual service", "lvslab status")

    def logins(self, lab: Lab, order: Order) -> tuple[str, ...]:
        """Return the directors."""
        return tuple(node.name for node in lab.directors)

    def inject(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Edit the rows on all directors at once."""
        weight = order.arguments["weight"]
        script = "set -e\n" + "\n".join(edit.format(weight=weight) for _, edit, _ in _rows(ground.lab, order))
        at_once(lambda name: ground.run(name, script), _running_directors(ground))

    def heal(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Give the rows the weights of the lab file; one that is not there gets its own when it is put back."""
        script = "\n".join(f"{edit.format(weight=own)} 2>/dev/null" for _, edit, own in _rows(ground.lab, order))
        at_once(lambda name: ground.run(name, f"{script}\ntrue"), _running_directors(ground))


def _running_directors(ground: Ground) -> list[str]:
    return [node.name for node in ground.lab.directors if machines.state(node.name) == "running"]


def _rows(lab: Lab, order: Order) -> list[tuple[str, str, int]]:
    """Return each row of the targets: its node, the command that sets its weight, its weight in the lab file."""
    found = []
    for each in lab.virtual_services:
        if order.arguments["service"] not in ("", each.name):
            continue
        for server in each.real_servers:
            if server.node in order.targets:
                edit = EDIT.format(
                    service=option_of(each),
                    server=endpoint(lab.real_server_address(each, server), each.port_of(server)),
                    method=METHODS[each.forwarding],
                    weight="{weight}",
                )
                found.append((server.node, edit, server.weight))
    return found
