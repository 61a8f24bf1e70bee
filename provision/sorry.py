"""The sorry server: a director's own nginx, which says that nobody else is there to answer."""

from lvslab.model import SORRY, Lab, Node
from provision import nginx, templates
from provision.role import Facts, Role, Wants, write
from provision.step import Step


def wants(lab: Lab, node: Node) -> Wants:
    """Return what this role looks at."""
    return nginx.WANTS


def plan(lab: Lab, node: Node, facts: Facts) -> list[Step]:
    """Return the steps to an nginx that answers every request with status 503, and does nothing else."""
    site = templates.render("nginx-sorry.conf.j2", ports=lab.sorry_ports, hosts=nginx.hosts(lab), server=SORRY)
    files = write(facts, nginx.SITE, site)
    return [*files, *nginx.running(facts, bool(files))]


SORRY_SERVER = Role("sorry", wants, plan)
