"""A web server that takes its time: its answers leave the node late, while connections are opened as fast as ever.

httpd itself is left alone, whichever it is: to be told, it would have to read its configuration anew, and while it
does nobody is answered (a second and more where processors are emulated). nftables marks what carries an answer or
ends one, and a queue of tc-netem(8) holds that back; the kernel sends nothing twice that waits in its own queue.
"""

from lvslab.faults.ground import Ground
from lvslab.faults.kind import Again, Kind, Memory, Takes
from lvslab.faults.kinds.impairment import FIND, marks_of_queue
from lvslab.faults.order import Order
from lvslab.faults.values import Parameter, number
from lvslab.model import Lab, Role
from lvslab.parallel import at_once

TABLE = "lvslab_slow"
BARE = 100
"""Bytes; a packet that only acknowledges is shorter (at most 40 of IPv6, 60 of TCP), and an answer is longer."""
MARKS = """\
table inet {table}
delete table inet {table}
table inet {table} {{
    chain output {{
        type filter hook output priority 0
        tcp sport {{ {ports} }} meta length > {bare} meta priority set 1:3
        tcp sport {{ {ports} }} tcp flags & (fin | syn | rst) == fin meta priority set 1:3
    }}
}}
"""
# all goes by the first band, whatever its type of service says, but for what is marked
QUEUE = """\
tc qdisc replace dev "$dev" root handle 1: prio bands 3 priomap 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
tc qdisc replace dev "$dev" parent 1:3 netem delay {milliseconds:g}ms limit 100000
"""
# what waits would be lost with its queue
WITHOUT = """\
if tc qdisc show dev "$dev" | grep -q '^qdisc prio 1: root'; then
    end=$(($(date +%s) + {patience}))
    while tc -s qdisc show dev "$dev" | grep -A 3 '^qdisc netem' | grep -q 'backlog .*[^0-9][1-9][0-9]*p'; do
        [ "$(date +%s)" -lt $end ] || break
        sleep 0.05
    done
    tc qdisc del dev "$dev" root
fi
"""


class Slow(Kind):
    """Answers take their time."""

    name = "web.slow"
    does = "Each answer of the web server leaves late; it accepts connections as fast as ever."
    takes = Takes((Role.WEB,))
    parameters = (Parameter("delay", "SECONDS", "how late", "0.5", number(0.01, 15)),)
    again = Again.BOOTED
    inside = True

    def marks(self, lab: Lab, order: Order) -> frozenset[str]:
        """Return all that can be done to what the interfaces send: the queue is this fault's alone."""
        return frozenset(mark for name in order.targets for mark in marks_of_queue(lab.node(name)))

    def inject(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Have the queues, and then what is sent by them."""
        ports = ", ".join(map(str, ground.lab.web.ports))
        queue = QUEUE.format(milliseconds=float(order.arguments["delay"]) * 1000)
        marks = MARKS.format(table=TABLE, ports=ports, bare=BARE)
        self._on_each(ground, order, queue, f"nft -f - <<'END'\n{marks}END")

    def heal(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Have nothing more sent by the queues, let them run empty, and take them away."""
        first = f"nft delete table inet {TABLE} 2>/dev/null || true"
        without = WITHOUT.format(patience=round(float(order.arguments["delay"])) + 2)
        self._on_each(ground, order, without, before=first)

    def _on_each(self, ground: Ground, order: Order, change: str, after: str = "", before: str = "") -> None:
        """Make a change to the queue of each interface of each node."""

        def one(name: str) -> None:
            node = ground.lab.node(name)
            changes = [FIND.format(mac=node.mac(network)) + change for network in node.addresses]
            ground.run(name, "\n".join(["set -e", before, *changes, after]))

        at_once(one, order.targets)
