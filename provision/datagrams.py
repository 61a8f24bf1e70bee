"""What a server answers to datagrams: its name, on the UDP ports of `web`."""

from lvslab.model import Lab, Node
from provision import on_node, templates
from provision.role import Facts, Role, Wants, reread, started, write
from provision.step import Run, Step

PROGRAM = "/usr/local/lib/lvslab/datagrams.py"
UNIT = "lvslab-datagrams.service"
UNIT_FILE = f"/etc/systemd/system/{UNIT}"


def wants(lab: Lab, node: Node) -> Wants:
    """Return what this role looks at."""
    return Wants(packages=("python3",), files=(PROGRAM, UNIT_FILE), units=(UNIT,))


def plan(lab: Lab, node: Node, facts: Facts) -> list[Step]:
    """Return the steps to a program that runs, of this text and on these ports."""
    values = {"program": PROGRAM, "node": node, "ports": lab.web.udp_ports}
    unit = write(facts, UNIT_FILE, templates.render("datagrams.service.j2", **values))
    steps = [*write(facts, PROGRAM, on_node.source("datagrams")), *unit]
    if unit:
        steps += reread(facts, UNIT)
    if steps and facts.unit(UNIT).is_active:
        steps.append(Run(f"restart {UNIT}", ("systemctl", "restart", UNIT)))
    return steps + started(facts, UNIT)


DATAGRAMS = Role("datagrams", wants, plan)
