"""Faults of daemons: stopped, killed, frozen; and keepalived reloaded, anything restarted.

Signals go to a unit's whole control group (systemctl(1), *kill*). keepalived's children would clean up, VIP and all,
when their parent dies (prctl(2), PR_SET_PDEATHSIG), so a kill is one write to cgroup.kill (cgroups(7)): all die
before any of them can act. nfsd is made of threads of the kernel, which ignore all signals: it can be stopped, which
is to have no thread (rpc.nfsd(8)), and neither killed nor frozen.

systemd starts httpd again when it was killed (Restart=on-abort), and rpcbind when somebody asks (its socket).
"""

from dataclasses import dataclass, replace

from lvslab.errors import UsageError
from lvslab.faults.ground import Ground
from lvslab.faults.kind import Kind, Memory
from lvslab.faults.order import Order
from lvslab.faults.values import Parameter, one_of
from lvslab.model import Lab, Role
from lvslab.parallel import at_once


@dataclass(frozen=True)
class Daemon:
    """A daemon: the role that it is what a node is for, its unit, and the socket that would start it again."""

    name: str
    role: Role
    unit: str
    socket: str = ""

    @property
    def units(self) -> str:
        """Unit and socket, as systemctl takes them."""
        return f"{self.socket} {self.unit}".strip()


DAEMONS = {
    daemon.name: daemon
    for daemon in (
        Daemon("keepalived", Role.DIRECTOR, "keepalived.service"),
        Daemon("httpd", Role.WEB, "apache2.service"),
        Daemon("nfsd", Role.NFS, "nfs-server.service"),
        Daemon("rpcbind", Role.NFS, "rpcbind.service", "rpcbind.socket"),
    )
}
OWN = "own"
PROCESS = Parameter(
    "process",
    "|".join(DAEMONS),
    "the daemon; unless told, what the node is for: keepalived, httpd or nfsd",
    OWN,
    one_of(OWN, *DAEMONS),
)


def daemon_of(lab: Lab, order: Order, name: str) -> Daemon:
    """Return the daemon that is meant on a node; UsageError where that node does not run it."""
    node = lab.node(name)
    daemons = DAEMONS | {"httpd": replace(DAEMONS["httpd"], unit=lab.web_server_of(node).unit)}
    wanted = order.arguments["process"]
    own = next((each for each in daemons.values() if each.role is node.role), None)
    daemon = own if wanted == OWN else daemons[wanted]
    if daemon is None:
        raise UsageError(f"{order.name}: {name} has role {node.role}, and none of the daemons", "lvslab fault list")
    serves = daemon.name == "httpd" and node in lab.web_servers
    if daemon.role is not node.role and not serves:
        raise UsageError(f"{order.name}: {name} has role {node.role}, {wanted} runs on nodes of role {daemon.role}")
    if daemon.name == "keepalived" and not lab.has_keepalived(node):
        raise UsageError(
            f"{order.name}: {name} has no keepalived, ipvsadm sets its rules", f"lvslab graph {lab.name}"
        )
    return daemon


class OfDaemon(Kind):
    """The common part: one script on each node, with its daemon's units in it."""

    parameters = (PROCESS,)
    inside = True
    injects = ""
    heals = "systemctl start {units}"
    by_signal = False

    def check(self, lab: Lab, order: Order) -> None:
        """Refuse a daemon that a target does not run, and signals to threads of the kernel."""
        for name in order.targets:
            if daemon_of(lab, order, name).name == "nfsd" and self.by_signal:
                raise UsageError(
                    f"{order.name}: nfsd on {name} is made of threads of the kernel, which ignore all signals",
                    f"lvslab fault inject process.stop --on {name}",
                )

    def inject(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Break the daemon on all targets at once."""
        self._run(ground, order, self.injects)

    def heal(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Mend it."""
        self._run(ground, order, self.heals)

    def _run(self, ground: Ground, order: Order, script: str) -> None:
        def one(name: str) -> None:
            daemon = daemon_of(ground.lab, order, name)
            ground.run(name, script.format(unit=daemon.unit, units=daemon.units))

        at_once(one, order.targets)


class Stop(OfDaemon):
    """A daemon ends in order."""

    name = "process.stop"
    does = "A daemon is stopped in order; keepalived says good-bye with priority 0, nfsd ends its threads."
    injects = "systemctl stop {units}"


class Kill(OfDaemon):
    """A daemon dies."""

    name = "process.kill"
    does = "A daemon is killed by SIGKILL, all of its processes at once, and cleans nothing up: a master's VIP stays."
    injects = "echo 1 >/sys/fs/cgroup/system.slice/{unit}/cgroup.kill"
    heals = "systemctl reset-failed {units}; systemctl start {units}"
    by_signal = True


class Freeze(OfDaemon):
    """A daemon stands still."""

    name = "process.freeze"
    does = "A daemon is stopped by SIGSTOP: it keeps its sockets, takes connections and answers nobody."
    injects = "systemctl kill --signal=STOP {unit}"
    heals = "systemctl kill --signal=CONT {unit}"
    by_signal = True


class Reload(OfDaemon):
    """keepalived reads its configuration again."""

    name = "service.reload"
    does = "A daemon reads its configuration again (SIGHUP for keepalived); nothing is to be healed."
    injects = "systemctl reload {unit}"
    lasts = False

    def heal(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Do nothing."""


class Restart(OfDaemon):
    """A daemon is stopped and started."""

    name = "service.restart"
    does = "A daemon is stopped and started again; nothing is to be healed."
    injects = "systemctl restart {unit}"
    lasts = False
