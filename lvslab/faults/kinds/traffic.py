"""Packets that do not arrive: partitions, one way and by protocol, dropped between the ports of the lab's bridges."""

import hashlib

from lvslab.errors import UsageError
from lvslab.faults.ground import Ground
from lvslab.faults.kind import Again, Kind, Memory
from lvslab.faults.kinds import rules
from lvslab.faults.kinds.rules import Way
from lvslab.faults.order import Order
from lvslab.faults.targets import OTHERS
from lvslab.faults.values import NETWORK, Parameter, group, one_of
from lvslab.host import wiring
from lvslab.model import Lab

PROTOCOL = Parameter("protocol", "|".join(rules.PROTOCOLS), "which packets", "all", one_of(*rules.PROTOCOLS))


def table(order: Order) -> str:
    """Return the name of the nftables table of an order: the same for the same order, in any process."""
    said = repr((order.name, order.targets, sorted(order.arguments.items())))
    return rules.PREFIX + hashlib.sha256(said.encode()).hexdigest()[:12]


class Drop(Kind):
    """The common part: a table of rules for the order, made anew when a machine gets a new tap."""

    again = Again.STARTED

    def marks(self, lab: Lab, order: Order) -> frozenset[str]:
        """Return the table: other drops are other tables, and each can be healed by itself."""
        return frozenset({table(order)})

    def concerns(self, order: Order, node: str) -> bool:
        """Whether the rules name the machine's tap, which is another now."""
        groups = (order.arguments.get(word, "") for word in ("from", "to"))
        return node in (*order.targets, *(name for group in groups for name in group.split(",")))

    def ways(self, ground: Ground, order: Order) -> list[Way]:
        """Return the ways that packets are dropped on."""
        raise NotImplementedError

    def inject(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Load the table; packets are dropped from now on."""
        matches = rules.protocol_matches(ground.lab, order.arguments["protocol"])
        wiring.nft(rules.ruleset(table(order), self.ways(ground, order), matches))

    def heal(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Take the table away."""
        wiring.nft(rules.without(table(order)))

    def check(self, lab: Lab, order: Order) -> None:
        """Refuse a protocol that nothing in this lab speaks."""
        if not rules.protocol_matches(lab, order.arguments["protocol"]):
            raise UsageError(f"{lab.name} has no {order.arguments['protocol']} to block", f"lvslab graph {lab.name}")


def _between(kind: str, order: Order, parameter: str) -> tuple[str, ...]:
    others = tuple(order.arguments[parameter].split(",")) if order.arguments[parameter] else ()
    both = sorted(set(others) & set(order.targets))
    if both or not others:
        said = f"{', '.join(both)} on both sides" if both else "nobody on the other side"
        raise UsageError(f"{kind}: {said}", f"{parameter}=others")
    return others


class Partition(Drop):
    """Two groups that cannot reach each other."""

    name = "network.partition"
    does = "Nothing passes between the nodes and the others, in either direction; the management network stays whole."
    parameters = (
        Parameter("from", "NODES", "the other side: nodes, client, or others: all the rest", OTHERS, group),
        NETWORK,
        PROTOCOL,
    )

    def check(self, lab: Lab, order: Order) -> None:
        """Refuse groups that share a node."""
        super().check(lab, order)
        _between(self.name, order, "from")

    def ways(self, ground: Ground, order: Order) -> list[Way]:
        """Return both directions."""
        here = ground.ports(order.targets, order.arguments["network"])
        there = ground.ports(order.arguments["from"].split(","), order.arguments["network"])
        return [Way(here, there), Way(there, here)]


class OneWay(Drop):
    """One direction only."""

    name = "network.drop"
    does = "What the nodes send to the others is lost; what the others send arrives."
    parameters = (
        Parameter("to", "NODES", "whom it does not reach: nodes, client, or others: all the rest", OTHERS, group),
        NETWORK,
        PROTOCOL,
    )

    def check(self, lab: Lab, order: Order) -> None:
        """Refuse groups that share a node."""
        super().check(lab, order)
        _between(self.name, order, "to")

    def ways(self, ground: Ground, order: Order) -> list[Way]:
        """Return the one direction."""
        here = ground.ports(order.targets, order.arguments["network"])
        return [Way(here, ground.ports(order.arguments["to"].split(","), order.arguments["network"]))]


class Block(Drop):
    """One protocol, to and from nodes."""

    name = "network.block"
    does = "Packets of one protocol neither leave nor reach the nodes; all others pass."
    parameters = (PROTOCOL, NETWORK)

    def ways(self, ground: Ground, order: Order) -> list[Way]:
        """Return in and out of the nodes' ports."""
        here = ground.ports(order.targets, order.arguments["network"])
        return [Way(here, None), Way(None, here)]
