"""The storage node as an NFS server: the volume exported to the lab's network."""

from lvslab.model import Lab, Node
from lvslab.nodes.facts import storage as facts_of
from lvslab.nodes.facts import system
from provision.role import Facts, Role, Wants, write
from provision.step import Run, Step

EXPORTS = "/etc/exports"
NFS_CONF = "/etc/nfs.conf.d/lvslab.conf"
SERVER = "nfs-server.service"
RPCBIND = "rpcbind.service"
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
        files=(EXPORTS, index(lab)),
        probes=(facts_of.EXPORTS,),
    )


def plan(lab: Lab, node: Node, facts: Facts) -> list[Step]:
    """Return the steps to an exported volume with a page in it, on a server that runs."""
    page_written = write(facts, index(lab), page(lab))
    exported = write(facts, EXPORTS, exports(lab))
    if exported or not facts_of.exports(facts.reading("exports")):
        exported.append(Run("export", ("exportfs", "-ra")))
    return [*page_written, *exported]


def server_wants(lab: Lab, node: Node) -> Wants:
    """Return what is looked at of the server."""
    return Wants(
        packages=PACKAGES,
        files=(NFS_CONF,),
        units=(SERVER, RPCBIND),
        probes=(system.wanted_probe((RPCBIND, SERVER)),),
    )


def server_plan(lab: Lab, node: Node, facts: Facts) -> list[Step]:
    """Return the steps to a server that runs, now and after every boot, with whatever it has to export.

    systemd holds these two units always, for others name them. It starts them without reading all of its units anew,
    which takes seconds under emulation.
    """
    configured = write(facts, NFS_CONF, CONF)
    steps: list[Step] = [*configured]
    wanted = system.wanted(facts.reading("wanted"))
    missing = [unit for unit in (RPCBIND, SERVER) if unit not in wanted]
    if missing:
        enable = ("systemctl", "--quiet", "--no-reload", "enable", *missing)
        steps.append(Run(f"enable {' and '.join(missing)}", enable))
    if not facts.unit(RPCBIND).is_active:
        steps.append(Run(f"start {RPCBIND}", ("systemctl", "start", RPCBIND)))
    if not facts.unit(SERVER).is_active or configured:
        steps.append(Run(f"restart {SERVER}", ("systemctl", "restart", SERVER)))
    return steps


NFS_SERVER = Role("nfs", server_wants, server_plan, is_foundation=True)
NFS = Role("nfs", wants, plan)
