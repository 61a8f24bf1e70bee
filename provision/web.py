"""A web server: the VIP where packets for it come in, the export or a page of its own, and httpd."""

from functools import partial

from lvslab.model import Lab, Node, Storage, WebServer
from lvslab.model.storage import TLS_PORT
from provision import nginx, real_server, templates
from provision.role import Facts, Role, Wants, reread, started, with_line, write, write_secret
from provision.step import Run, Step, Wait
from provision.storage import FSTAB

SITE = "/etc/apache2/sites-available/000-default.conf"
PORTS = "/etc/apache2/ports.conf"
CONF = "/etc/apache2/conf-available/lvslab.conf"
HTTPD = WebServer.APACHE2.unit
DROP_IN = f"/etc/systemd/system/{HTTPD}.d/lvslab.conf"
# what a2enmod and a2enconf would link
ENABLED = {
    "/etc/apache2/mods-enabled/headers.load": "../mods-available/headers.load",
    "/etc/apache2/conf-enabled/lvslab.conf": "../conf-available/lvslab.conf",
}
TLS_ENABLED = {
    f"/etc/apache2/mods-enabled/{name}": f"../mods-available/{name}"
    for name in ("socache_shmcb.load", "ssl.load", "ssl.conf")
}
KEY, CERTIFICATE = "/etc/ssl/private/lvslab.key", "/etc/ssl/lvslab.crt"
MOUNT_OPTIONS = "defaults,_netdev,x-systemd.mount-timeout=600"


SERVERS = {
    WebServer.APACHE2: Wants(packages=("apache2",), files=(SITE, PORTS, CONF, *ENABLED), units=(HTTPD,)),
    WebServer.NGINX: nginx.WANTS,
}


def drop_in(server: WebServer) -> str:
    """Return the path of what is added to the unit of the HTTP server (systemd.unit(5))."""
    return f"/etc/systemd/system/{server.unit}.d/lvslab.conf"


def packages(lab: Lab, node: Node) -> tuple[str, ...]:
    """Return the packages that a web server needs."""
    return (*SERVERS[lab.web_server_of(node)].packages, *(("nfs-common",) if lab.storage else ()))


def wants(lab: Lab, node: Node) -> Wants:
    """Return what this role looks at."""
    server = lab.web_server_of(node)
    files = (drop_in(server), FSTAB, *(() if lab.storage else (index(lab),)), *_tls_files(lab))
    mine = Wants(packages=packages(lab, node), files=files)
    return real_server.wants(lab, node) + SERVERS[server] + mine


def _tls_files(lab: Lab) -> tuple[str, ...]:
    return (KEY, CERTIFICATE, *TLS_ENABLED) if lab.web.tls else ()


def plan(lab: Lab, node: Node, facts: Facts) -> list[Step]:
    """Return the steps to a web server that answers for the virtual services."""
    files = [*_httpd_files(lab, node, facts), *_fstab(lab, facts)]
    server = lab.web_server_of(node)
    serve = nginx.running if server is WebServer.NGINX else partial(_httpd, lab)
    needs_reload = any(step.what in (f"write {FSTAB}", f"write {drop_in(server)}") for step in files)
    return [
        *real_server.plan(lab, node, facts),
        *_own_page(lab, node, facts),
        *files,
        *(reread(facts, server.unit) if needs_reload else []),
        *_document_root(lab, facts),
        *serve(facts, bool(files)),
    ]


def index(lab: Lab) -> str:
    """Return the path of the page that a web server serves."""
    return f"{lab.web.document_root}/index.html"


def own_page(lab: Lab, node: Node) -> str:
    """Return the page of a web server that shares none: it tells whose it is."""
    title = f"{lab.name}: {node.name}"
    return f"<!doctype html>\n<title>{title}</title>\n<h1>{title}</h1>\n"


def _own_page(lab: Lab, node: Node, facts: Facts) -> list[Step]:
    return [] if lab.storage else write(facts, index(lab), own_page(lab, node))


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
    server = lab.web_server_of(node)
    needs_drop_in = lab.storage is not None or drop_in(server) in facts.files
    values = {"web": lab.web, "node": node, "has_storage": lab.storage is not None}
    values |= {"tls_port": TLS_PORT, "key": KEY, "certificate": CERTIFICATE, "hosts": nginx.hosts(lab)}
    if server is WebServer.NGINX:
        site = write(facts, nginx.SITE, templates.render("nginx-site.conf.j2", **values))
    else:
        site = [
            *write(facts, PORTS, "".join(f"Listen {port}\n" for port in lab.web.ports)),
            *write(facts, SITE, templates.render("site.conf.j2", **values)),
            *write(facts, CONF, templates.render("httpd.conf.j2", **values)),
        ]
    added = templates.render("httpd-drop-in.conf.j2", **values)
    return [*_certificate(facts), *site, *(write(facts, drop_in(server), added) if needs_drop_in else [])]


def _certificate(facts: Facts) -> list[Step]:
    given = facts.certificate
    if given is None:
        return []
    return [*write_secret(facts, KEY, given.key), *write(facts, CERTIFICATE, given.certificate)]


def _httpd(lab: Lab, facts: Facts, changed: bool) -> list[Step]:
    steps: list[Step] = [
        Run(f"enable {link.rpartition('/')[2]}", ("ln", "-sf", target, link))
        for link, target in (ENABLED | (TLS_ENABLED if lab.web.tls else {})).items()
        if link not in facts.files
    ]
    if facts.unit(HTTPD).is_active and (changed or steps):
        steps.append(Run("restart httpd", ("systemctl", "restart", HTTPD)))
    return steps + started(facts, HTTPD)


WEB = Role("web", wants, plan)
