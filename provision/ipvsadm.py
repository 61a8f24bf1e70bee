"""A director without VRRP: its rules are set by ipvsadm from a file, at once and at every boot."""

from lvslab.model import Lab, Node
from lvslab.model.table import entry_of, flags_of, rows_of, rules
from lvslab.nodes.facts import director as facts_of
from provision import templates
from provision.role import Facts, Wants, reread, started, write
from provision.step import Run, Step

RULES = "/etc/ipvsadm.rules"
UNIT = "ipvsadm-rules.service"
UNIT_FILE = f"/etc/systemd/system/{UNIT}"


def wants(lab: Lab, node: Node) -> Wants:
    """Return what this role looks at."""
    return Wants(packages=("ipvsadm",), files=(RULES, UNIT_FILE), units=(UNIT,), probes=(facts_of.TABLE,))


def plan(lab: Lab, node: Node, facts: Facts) -> list[Step]:
    """Return the steps to a table that holds the lab's rules now and after a boot."""
    unit = write(facts, UNIT_FILE, templates.render("ipvsadm-rules.service.j2", rules=RULES))
    steps = write(facts, RULES, rules(lab))
    if unit:
        steps += [*unit, *reread(facts, UNIT)]
    if facts.unit(UNIT).is_active and (steps or not _is_so(lab, facts)):
        steps.append(Run(f"restart {UNIT}", ("systemctl", "restart", UNIT)))
    return steps + started(facts, UNIT)


def _is_so(lab: Lab, facts: Facts) -> bool:
    wanted = {
        entry_of(each): (each.scheduler.value, flags_of(each), rows_of(lab, each)) for each in lab.virtual_services
    }
    there = {
        (each.protocol, each.address): (
            each.scheduler,
            each.flags,
            {row.address: (row.forwarding, row.weight) for row in each.real_servers},
        )
        for each in facts_of.services(facts.reading("ipvs"))
    }
    return wanted == there
