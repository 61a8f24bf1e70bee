"""Packets that arrive late, seldom or slowly: tc-netem(8) on the interface of the node that sends them.

A host's kernel may lack netem; the box's has it. What is wanted of an interface is kept as one file for each fault
in the node's /run, and the interface is given what they say together: faults add up, and each is healed by itself.
"""

from lvslab.faults.ground import Ground
from lvslab.faults.kind import Again, Kind, Memory
from lvslab.faults.order import Order
from lvslab.faults.values import NETWORK, Parameter, number, percent, rate
from lvslab.model import Lab, Node
from lvslab.parallel import at_once

FOLDER = "/run/lvslab-faults"
DELAY = Parameter("delay", "SECONDS", "how late", "0.1", number(0.001, 10))
FIND = """
dev=$(grep -lixF {mac} /sys/class/net/*/address | head -n 1 | cut -d / -f 5)
[ -n "$dev" ] || {{ echo "no interface has the MAC address {mac}"; exit 1; }}
"""
WRITE = "mkdir -p {folder}; echo {words} >{folder}/{aspect}"
# netem keeps what it is not told anew, so it goes before it comes back with less
STRIKE = """rm -f {folder}/{aspect}
if tc qdisc show dev "$dev" | grep -q '^qdisc netem .* root'; then tc qdisc del dev "$dev" root; fi
"""
APPLY = """
words=$(cat {folder}/* 2>/dev/null || true)
[ -z "$words" ] || tc qdisc replace dev "$dev" root netem $words
"""


ASPECTS = ("delay", "loss", "rate")
"""The words of netem that faults set."""


def marks_of_queue(node: Node) -> frozenset[str]:
    """Return the marks of all that can be done to what a node's interfaces send."""
    return frozenset(f"{aspect} of {node.mac(network)}" for network in node.addresses for aspect in ASPECTS)


class Impairment(Kind):
    """The common part: words for netem, in effect on what the nodes send."""

    again = Again.BOOTED
    inside = True
    aspect = ""
    """The word of netem that it sets: of two faults with the same, only one can be."""

    def words(self, order: Order) -> str:
        """Return the words for netem."""
        raise NotImplementedError

    def marks(self, lab: Lab, order: Order) -> frozenset[str]:
        """Return the aspect of each interface."""
        return frozenset(f"{self.aspect} of {mac}" for name in order.targets for mac in _macs(lab, order, name))

    def inject(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Write down the words and apply all that is written, on all nodes at once."""
        self._change(ground, order, WRITE)

    def heal(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Strike the words out and apply what is left."""
        self._change(ground, order, STRIKE)

    def _change(self, ground: Ground, order: Order, change: str) -> None:
        """Make a change to what is written of each interface, and have it take effect."""

        def one(name: str) -> None:
            parts = ["set -e"]
            for mac in _macs(ground.lab, order, name):
                fields = {"mac": mac, "folder": f"{FOLDER}/{mac}", "aspect": self.aspect, "words": self.words(order)}
                parts += [text.format(**fields) for text in (FIND, change, APPLY)]
            ground.run(name, "\n".join(parts))

        at_once(one, order.targets)


def _macs(lab: Lab, order: Order, name: str) -> list[str]:
    node, wanted = lab.node(name), order.arguments["network"]
    return [node.mac(network) for network in node.addresses if wanted in ("", network)]


class Delay(Impairment):
    """Packets are late, all alike."""

    name = "network.delay"
    does = "What the nodes send arrives late; the management network is as fast as ever."
    parameters = (DELAY, NETWORK)
    aspect = "delay"

    def words(self, order: Order) -> str:
        """Return netem's delay."""
        return f"delay {_milliseconds(order.arguments['delay'])}"


class Jitter(Impairment):
    """Packets are late, some more than others."""

    name = "network.jitter"
    does = "What the nodes send arrives late, some of it more than the rest, and out of order."
    parameters = (
        DELAY,
        Parameter("jitter", "SECONDS", "how much that varies, up and down", "0.05", number(0.001, 10)),
        NETWORK,
    )
    aspect = "delay"

    def words(self, order: Order) -> str:
        """Return netem's delay with its variation."""
        return f"delay {_milliseconds(order.arguments['delay'])} {_milliseconds(order.arguments['jitter'])}"


class Loss(Impairment):
    """Some packets do not arrive."""

    name = "network.loss"
    does = "Some of the packets that the nodes send are lost, at random."
    parameters = (Parameter("percent", "PERCENT", "how many of a hundred", "10", percent), NETWORK)
    aspect = "loss"

    def words(self, order: Order) -> str:
        """Return netem's loss."""
        return f"loss {order.arguments['percent']}%"


class Rate(Impairment):
    """The line is slow."""

    name = "network.rate"
    does = "The nodes send no faster than a slow line carries."
    parameters = (Parameter("rate", "RATE", "as tc(8) writes it: 512kbit, 10mbit", "1mbit", rate), NETWORK)
    aspect = "rate"

    def words(self, order: Order) -> str:
        """Return netem's rate."""
        return f"rate {order.arguments['rate']}"


def _milliseconds(seconds: str) -> str:
    return f"{float(seconds) * 1000:g}ms"
