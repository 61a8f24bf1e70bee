"""A web server: the export on its document root, httpd, and the VIP on the loopback for direct routing."""

from lvslab.model import Forwarding, Lab, Node, Storage
from provision import templates
from provision.base import now
from provision.role import Facts, Role, Wants, started, sysctl, with_line, write
from provision.step import Run, Step, Wait
from provision.storage import FSTAB

ARP_CONF = "/etc/sysctl.d/60-lvs-real-server.conf"
ARP_WHY = "Neither answer ARP for the VIP nor announce it: it belongs to the director (ip-sysctl)."
# The effective value is the larger of all's and the interface's. They must stand before the VIP does.
ARP = {
    "net.ipv4.conf.all.arp_ignore": "1",
    "net.ipv4.conf.all.arp_announce": "2",
    "net.ipv4.conf.lo.arp_ignore": "1",
    "net.ipv4.conf.lo.arp_announce": "2",
}
VIP_FILE = "/etc/systemd/network/05-vip.network"
SITE = "/etc/apache2/sites-available/000-default.conf"
PORTS = "/etc/apache2/ports.conf"
CONF = "/etc/apache2/conf-available/lvslab.conf"
DROP_IN = "/etc/systemd/system/apache2.service.d/lvslab.conf"
HTTPD = "apache2.service"
# what a2enmod and a2enconf would link
ENABLED = {
    "/etc/apache2/mods-enabled/headers.load": "../mods-available/headers.load",
    "/etc/apache2/conf-enabled/lvslab.conf": "../conf-available/lvslab.conf",
}
MOUNT_OPTIONS = "defaults,_netdev,x-systemd.mount-timeout=600"


def packages(lab: Lab) -> tuple[str, ...]:
    """Return the packages that a web server needs."""
    return (lab.web.server.value, *(("nfs-common",) if lab.storage else ()))


def wants(lab: Lab, node: Node) -> Wants:
    """Return what this role looks at."""
    return Wants(
        packages=packages(lab),
        files=(ARP_CONF, VIP_FILE, SITE, PORTS, CONF, DROP_IN, FSTAB, *ENABLED),
        units=(HTTPD,),
        sysctls=tuple(ARP),
    )


def plan(lab: Lab, node: Node, facts: Facts) -> list[Step]:
    """Return the steps to a web server that answers for the virtual services."""
    files = [*_httpd_files(lab, node, facts), *_fstab(lab, facts)]
    reload = [Run("have systemd read its units", ("systemctl", "daemon-reload"))]
    needs_reload = any(step.what in (f"write {FSTAB}", f"write {DROP_IN}") for step in files)
    return [
        *_vip(lab, node, facts),
        *files,
        *(reload if needs_reload else []),
        *_document_root(lab, facts),
        *_httpd(facts, bool(files)),
    ]


def direct_vips(lab: Lab, node: Node) -> list[str]:
    """Return the VIPs that reach this node by direct routing, as ``address/32``."""
    services = [service for service in lab.virtual_services if service.forwarding is Forwarding.DR]
    mine = [each.address for each in services if node.name in {server.node for server in each.real_servers}]
    return [f"{vip}/{vip.max_prefixlen}" for vip in dict.fromkeys(mine)]


def _vip(lab: Lab, node: Node, facts: Facts) -> list[Step]:
    vips = direct_vips(lab, node)
    if not vips:
        return []
    steps = sysctl(facts, ARP_CONF, ARP, ARP_WHY)
    addresses = "".join(f"Address={vip}\n" for vip in vips)
    steps += write(facts, VIP_FILE, f"[Match]\nName=lo\n\n[Network]\n{addresses}")
    for vip in vips:
        if not facts.has_address("lo", vip):
            steps += now("lo", vip)
    return steps


def _source(lab: Lab, storage: Storage) -> tuple[str, str]:
    """Return the storage node's address and what is mounted from it."""
    server = str(lab.node(storage.node).addresses[storage.export.network])
    return server, f"{server}:{storage.volume.mountpoint}"


def _fstab(lab: Lab, facts: Facts) -> list[Step]:
    if lab.storage is None:
        return []
    root = lab.web.document_root
    old = facts.files[FSTAB].content if FSTAB in facts.files else ""
    line = f"{_source(lab, lab.storage)[1]}\t{root}\tnfs\t{MOUNT_OPTIONS}\t0\t0"
    return write(facts, FSTAB, with_line(old, root, line))


def _document_root(lab: Lab, facts: Facts) -> list[Step]:
    root = lab.web.document_root
    if lab.storage is None or root in facts.mounts:
        return []
    server = _source(lab, lab.storage)[0]
    # mount.nfs would try again ever more rarely; ask until there is someone to mount from
    ready = ("timeout", "2", "bash", "-c", f"exec 3<>/dev/tcp/{server}/2049")
    return [
        Run(f"make {root}", ("mkdir", "-p", root)),
        Wait(f"wait for NFS on {server}", ready, within=300),
        Run(f"mount {root}", ("mount", root)),
    ]


def _httpd_files(lab: Lab, node: Node, facts: Facts) -> list[Step]:
    values = {"web": lab.web, "node": node, "has_storage": lab.storage is not None}
    return [
        *write(facts, PORTS, f"Listen {lab.web.port}\n"),
        *write(facts, SITE, templates.render("site.conf.j2", **values)),
        *write(facts, CONF, templates.render("httpd.conf.j2", **values)),
        *write(facts, DROP_IN, templates.render("httpd-drop-in.conf.j2", **values)),
    ]


def _httpd(facts: Facts, changed: bool) -> list[Step]:
    steps: list[Step] = [
        Run(f"enable {link.rpartition('/')[2]}", ("ln", "-sf", target, link))
        for link, target in ENABLED.items()
        if link not in facts.files
    ]
    if facts.unit(HTTPD).is_active and (changed or steps):
        steps.append(Run("restart httpd", ("systemctl", "restart", HTTPD)))
    return steps + started(facts, HTTPD)


WEB = Role("web", wants, plan)
