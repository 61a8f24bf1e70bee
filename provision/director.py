"""A director: IPVS in the kernel, keepalived over it."""

from lvslab.model import Forwarding, Lab, Node
from lvslab.nodes.facts import director as facts_of
from provision import templates
from provision.role import Facts, Role, Wants, started, sysctl, write
from provision.step import Run, Step

MODULES = "/etc/modules-load.d/lvs-director.conf"
SYSCTL = "/etc/sysctl.d/60-lvs-director.conf"
KEEPALIVED_CONF = "/etc/keepalived/keepalived.conf"
KEEPALIVED = "keepalived.service"
PACKAGES = ("keepalived", "ipvsadm")
PROC = "/proc/net/ip_vs"


def settings(lab: Lab) -> dict[str, str]:
    """Return the kernel settings of a director (Documentation/networking/ipvs-sysctl)."""
    forwards = any(service.forwarding is Forwarding.NAT for service in lab.virtual_services)
    return {
        "net.ipv4.ip_forward": "1" if forwards else "0",
        # a director sends no redirects to clients that should go on talking to the VIP
        "net.ipv4.conf.all.send_redirects": "0",
        # end a connection to a real server that is gone, rather than drop its packets in silence
        "net.ipv4.vs.expire_nodest_conn": "1",
        # let persistence forget a real server of weight 0
        "net.ipv4.vs.expire_quiescent_template": "1",
    }


def keepalived_conf(lab: Lab, node: Node, facts: Facts) -> str:
    """Return keepalived.conf(5) of this director."""
    interfaces = {name: facts.interface_with(node.mac(name)) or "eth1" for name in node.addresses}
    return templates.render("keepalived.conf.j2", lab=lab, node=node, interfaces=interfaces)


def wants(lab: Lab, node: Node) -> Wants:
    """Return what this role looks at."""
    return Wants(
        packages=PACKAGES,
        files=(MODULES, SYSCTL, KEEPALIVED_CONF),
        units=(KEEPALIVED,),
        sysctls=tuple(settings(lab)),
        probes=(facts_of.TABLE,),
    )


def plan(lab: Lab, node: Node, facts: Facts) -> list[Step]:
    """Return the steps to a director that runs the lab's configuration.

    A configuration that ``keepalived -t`` refuses never takes the place of the one that runs.
    """
    steps = write(facts, MODULES, "ip_vs\n")
    if steps or "net.ipv4.vs.expire_nodest_conn" not in facts.sysctls:
        steps.append(Run("load ip_vs", ("modprobe", "ip_vs")))
    steps += sysctl(facts, SYSCTL, settings(lab), "What a director needs of the kernel.")
    check = ("keepalived", "-t", "-f")
    changed = write(facts, KEEPALIVED_CONF, keepalived_conf(lab, node, facts), check=check)
    steps += changed
    if facts.unit(KEEPALIVED).is_active and changed:
        steps.append(Run("reload keepalived", ("systemctl", "reload", KEEPALIVED)))
    return steps + started(facts, KEEPALIVED)


DIRECTOR = Role("director", wants, plan)
