"""The storage node as an NFS server: the volume exported to the lab's network."""

from lvslab.model import Lab, Node
from lvslab.nodes.facts import storage as facts_of
from provision.role import Facts, Role, Wants, started, write
from provision.step import Run, Step

EXPORTS = "/etc/exports"
NFS_CONF = "/etc/nfs.conf.d/lvslab.conf"
SERVER = "nfs-server.service"
PACKAGES = ("nfs-kernel-server",)
# NFSv4 lets nobody open a file for a grace period after the server starts: 90 s by default, which in a lab would
# be 90 s of waiting after every restart (nfs.conf(5)).
CONF = "[nfsd]\nlease-time=10\ngrace-time=10\nthreads=8\n"


def exports(lab: Lab) -> str:
    """Return exports(5)."""
    assert lab.storage is not None
    export = lab.storage.export
    subnet = lab.networks[export.network].subnet
    return f"{lab.storage.volume.mountpoint} {subnet}({','.join(export.options)})\n"


def page(lab: Lab) -> str:
    """Return the page that every web server serves from the export."""
    return f"<!doctype html>\n<title>{lab.name}</title>\n<h1>{lab.name}</h1>\n"


def index(lab: Lab) -> str:
    """Return the path of that page on the storage node."""
    assert lab.storage is not None
    return f"{lab.storage.volume.mountpoint}/index.html"


def wants(lab: Lab, node: Node) -> Wants:
    """Return what this role looks at."""
    return Wants(
        packages=PACKAGES,
        files=(EXPORTS, NFS_CONF, index(lab)),
        units=(SERVER, "rpcbind.service"),
        probes=(facts_of.EXPORTS,),
    )


def plan(lab: Lab, node: Node, facts: Facts) -> list[Step]:
    """Return the steps to an exported volume with a page in it."""
    configured = write(facts, NFS_CONF, CONF)
    exported = write(facts, EXPORTS, exports(lab))
    steps = [*write(facts, index(lab), page(lab)), *configured, *exported]
    steps += started(facts, "rpcbind.service")
    if not facts.unit(SERVER).is_enabled:
        steps.append(Run(f"enable {SERVER}", ("systemctl", "--quiet", "enable", SERVER)))
    if not facts.unit(SERVER).is_active or configured:
        steps.append(Run(f"restart {SERVER}", ("systemctl", "restart", SERVER)))
    elif exported or not facts_of.exports(facts.reading("exports")):
        steps.append(Run("export", ("exportfs", "-ra")))
    return steps


NFS = Role("nfs", wants, plan)
