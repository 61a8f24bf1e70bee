"""A director: IPVS in the kernel, and over it keepalived, or rules that ipvsadm has set."""

from lvslab.model import Forwarding, Lab, Node
from lvslab.nodes.facts import director as facts_of
from lvslab.nodes.probe import Probe
from provision import checks, ipvsadm, scripts, templates
from provision.role import Facts, Role, Wants, started, sysctl, write
from provision.step import Run, Step

MODULES = "/etc/modules-load.d/lvs-director.conf"
SYSCTL = "/etc/sysctl.d/60-lvs-director.conf"
KEEPALIVED_CONF = "/etc/keepalived/keepalived.conf"
KEEPALIVED = "keepalived.service"
# every interface whose redirects are still on: the effective value is the larger of all's and the interface's
REDIRECTS = Probe("redirects", ("sh", "-c", "grep -l 1 /proc/sys/net/ipv4/conf/*/send_redirects || true"))


# At which packets of a connection the backup is told of it: the 2nd, and again the 2nd of every 50. A TCP connection
# is told of only once it is established, which the client's ACK does, its 2nd packet; the kernel's own 3 would leave
# out those that were opened and then wait. What is told is on its way within two seconds. The blank is a tab, as
# sysctl(8) prints it.
SYNCED = {"net.ipv4.vs.sync_threshold": "2\t50"}

# A backup that is a real server answers what the master sends it, rather than balance it once more: IPVS leaves all
# packets alone while the sync daemon is the backup's (include/net/ip_vs.h, sysctl_backup_only).
BACKUP_ONLY = {"net.ipv4.vs.backup_only": "1"}


def settings(lab: Lab) -> dict[str, str]:
    """Return the kernel settings of a director (Documentation/networking/ipvs-sysctl)."""
    return (
        _forwarding(lab)
        | {
            # end a connection to a real server that is gone, rather than drop its packets in silence
            "net.ipv4.vs.expire_nodest_conn": "1",
            # let persistence forget a real server of weight 0
            "net.ipv4.vs.expire_quiescent_template": "1",
        }
        | (SYNCED if lab.sync_daemon else {})
        | (BACKUP_ONLY if len(lab.serving_directors) > 1 else {})
    )


def _forwarding(lab: Lab) -> dict[str, str]:
    """Return whether a director is a router: only with NAT, where replies go back through it."""
    forwards = {each.address.version for each in lab.virtual_services if each.forwarding is Forwarding.NAT}
    ipv4 = {"net.ipv4.ip_forward": "1" if 4 in forwards else "0"}
    return ipv4 | ({"net.ipv6.conf.all.forwarding": "1" if 6 in forwards else "0"} if lab.has_ipv6 else {})


# a director sends no redirects to hosts that should go on talking to the VIP, or by it
SILENT = {"net.ipv4.conf.*.send_redirects": "0"}


def keepalived_conf(lab: Lab, node: Node, facts: Facts) -> str:
    """Return keepalived.conf(5) of this director."""
    faces = {name: facts.interface_of(node, name) for name in node.addresses}
    interfaces = {name: face.name if face else "eth1" for name, face in faces.items()}
    return templates.render(
        "keepalived.conf.j2",
        lab=lab,
        node=node,
        interfaces=interfaces,
        command_of=scripts.command,
        check_of=checks.command,
    )


def wants(lab: Lab, node: Node) -> Wants:
    """Return what this role looks at."""
    mine = Wants(
        packages=("ipvsadm",),
        files=(MODULES, SYSCTL),
        sysctls=tuple(settings(lab)),
        probes=(facts_of.TABLE, REDIRECTS),
    )
    if lab.has_keepalived(node):
        files = (KEEPALIVED_CONF, *_programs(lab, node))
        return mine + Wants(packages=("keepalived",), files=files, units=(KEEPALIVED,))
    return mine + ipvsadm.wants(lab, node)


def plan(lab: Lab, node: Node, facts: Facts) -> list[Step]:
    """Return the steps to a director that runs the lab's configuration."""
    rules = _keepalived if lab.has_keepalived(node) else ipvsadm.plan
    return [*_kernel(lab, facts), *rules(lab, node, facts)]


def _programs(lab: Lab, node: Node) -> dict[str, str]:
    """Return what keepalived runs, by its path."""
    return scripts.files(lab, node) | checks.files(lab, node)


def _kernel(lab: Lab, facts: Facts) -> list[Step]:
    steps = write(facts, MODULES, "ip_vs\n")
    if steps or "net.ipv4.vs.expire_nodest_conn" not in facts.sysctls:
        steps.append(Run("load ip_vs", ("modprobe", "ip_vs")))
    set_so = sysctl(facts, SYSCTL, settings(lab), "What a director needs of the kernel.", SILENT)
    if not set_so and facts.reading("redirects").output.strip():
        set_so = [Run(f"apply {SYSCTL}", ("sysctl", "--quiet", "--load", SYSCTL))]
    return steps + set_so


def _keepalived(lab: Lab, node: Node, facts: Facts) -> list[Step]:
    """Return the steps to keepalived; what ``keepalived -t`` refuses never takes the place of what it runs with."""
    check = ("keepalived", "-t", "-f")
    # keepalived -t looks for the scripts as well
    ready = scripts.plan(facts, _programs(lab, node))
    steps = write(facts, KEEPALIVED_CONF, keepalived_conf(lab, node, facts), check=check)
    if facts.unit(KEEPALIVED).is_active and steps:
        steps.append(Run("reload keepalived", ("systemctl", "reload", KEEPALIVED)))
    return [*ready, *steps, *started(facts, KEEPALIVED)]


DIRECTOR = Role("director", wants, plan)
