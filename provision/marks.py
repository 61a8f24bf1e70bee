"""Firewall marks of a director: nftables puts them on packets before IPVS looks, now and at every boot."""

from lvslab.model import Lab, Node
from lvslab.model.marks import TABLE, marks_of
from lvslab.nodes.facts import marks as facts_of
from provision import templates
from provision.role import Facts, Role, Wants, reread, started, write
from provision.step import Run, Step

RULES = "/etc/lvs-marks.nft"
UNIT = "lvs-marks.service"
UNIT_FILE = f"/etc/systemd/system/{UNIT}"


def wants(lab: Lab, node: Node) -> Wants:
    """Return what this role looks at."""
    return Wants(packages=("nftables",), files=(RULES, UNIT_FILE), units=(UNIT,), probes=(facts_of.MARKS,))


def plan(lab: Lab, node: Node, facts: Facts) -> list[Step]:
    """Return the steps to a table of marks; what ``nft --check`` refuses never takes the place of the file."""
    marks = marks_of(lab)
    unit = write(facts, UNIT_FILE, templates.render("lvs-marks.service.j2", rules=RULES, table=TABLE))
    rules = templates.render("lvs-marks.nft.j2", table=TABLE, marks=marks)
    steps = write(facts, RULES, rules, check=("nft", "--check", "--file"))
    if unit:
        steps += [*unit, *reread(facts, UNIT)]
    there = facts_of.marks(facts.reading(facts_of.MARKS.name))
    if facts.unit(UNIT).is_active and (steps or there != marks):
        steps.append(Run(f"restart {UNIT}", ("systemctl", "restart", UNIT)))
    return steps + started(facts, UNIT)


MARKS = Role("marks", wants, plan)
