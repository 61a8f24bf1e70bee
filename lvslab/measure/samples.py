"""What programs on nodes have printed, and what the host's /proc says, as samples. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lvslab.history import DirectorSample, Event, HostSample, Row, StorageSample, WebSample
from lvslab.model import SORRY, Lab, Node, Role, VirtualService
from lvslab.model.table import endpoint, entry_of
from lvslab.nodes.facts import director, ipvs, md
from lvslab.nodes.probe import Reading

CGROUPS = "/sys/fs/cgroup/system.slice"
KEEPALIVED = f"{CGROUPS}/keepalived.service/cgroup.events"
MOUNTS = "/proc/self/mounts"
IPV6 = "/proc/net/if_inet6"
CARRIERS = "/sys/class/net/eth*/carrier"
THREADS = "/proc/fs/nfsd/threads"
EXPORTED = "/var/lib/nfs/etab"
DUMP = ("/run/keepalived.pid", "/tmp/keepalived.data")


def asks(lab: Lab, node: Node, every: float) -> dict[str, Any]:
    """Return what the program on a node is asked to look at."""
    files: list[str] = []
    sizes: list[str] = []
    if node.role is Role.DIRECTOR:
        files = [KEEPALIVED, IPV6, CARRIERS]
    elif node.role is Role.WEB:
        files = [MOUNTS, IPV6]
    elif lab.storage and lab.storage.node == node.name:
        files = [*md.patterns(lab.storage.array.device), MOUNTS, THREADS, EXPORTED]
    if node in lab.web_servers:
        files.append(_httpd(lab, node))
        sizes.append(lab.web_server_of(node).access_log)
    dump = DUMP if node.role is Role.DIRECTOR else None
    return {"every": every, "files": files, "sizes": sizes, "director": dump}


def sample(lab: Lab, node: Node, t: int, seen: Mapping[str, Any]) -> Event | None:
    """Return what a node's program has seen; None for a node that there is no sample of. Pure."""
    if node.role is Role.DIRECTOR:
        return _director(lab, node, t, seen)
    if node.role is Role.WEB:
        return _web(lab, node, t, seen)
    return _storage(lab, node, t, seen) if lab.storage and lab.storage.node == node.name else None


def silence(lab: Lab, node: Node, t: int, error: str) -> Event | None:
    """Return the sample of a node that does not answer."""
    if node.role is Role.DIRECTOR:
        return DirectorSample(t=t, node=node.name, took=0, error=error)
    if node.role is Role.WEB:
        return WebSample(t=t, node=node.name, took=0, error=error)
    stores = lab.storage is not None and lab.storage.node == node.name
    return StorageSample(t=t, node=node.name, took=0, error=error) if stores else None


def _httpd(lab: Lab, node: Node) -> str:
    return f"{CGROUPS}/{lab.web_server_of(node).unit}/cgroup.events"


def _director(lab: Lab, node: Node, t: int, seen: Mapping[str, Any]) -> DirectorSample:
    files = seen["files"]
    return DirectorSample(
        t=t,
        node=node.name,
        took=seen["took"],
        holds=_vips(lab, seen, besides="lo"),
        vrrp=director.vrrp_states(Reading(0, seen["vrrp"])),
        keepalived=_runs(files.get(KEEPALIVED, "")),
        rows=tuple(_rows(lab, ipvs.services(seen["ipvs"]))),
        httpd=_runs(files.get(_httpd(lab, node), "")) if node in lab.web_servers else None,
    )


def _vips(lab: Lab, seen: Mapping[str, Any], besides: str = "") -> tuple[str, ...]:
    """Return the VIPs that a node has on any interface but ``besides``."""
    held = {address for label, address in seen["addresses"] if label.split(":")[0] != besides}
    lines = [line.split() for line in seen["files"].get(IPV6, "").splitlines()]
    held6 = {words[0] for words in lines if words[-1] != besides}
    return tuple(str(vip) for vip in lab.vips if str(vip) in held or vip.packed.hex() in held6)


def _rows(lab: Lab, services: tuple[director.Service, ...]) -> list[Row]:
    known = {entry_of(each): each for each in lab.virtual_services}
    rows: list[Row] = []
    for service in services:
        of_lab = known.get((service.protocol, service.address))
        name, servers = (of_lab.name, _servers(lab, of_lab)) if of_lab else (service.address, {})
        rows += (_row(name, servers.get(real.address, real.address), real) for real in service.real_servers)
    return rows


def _servers(lab: Lab, service: VirtualService) -> dict[str, str]:
    """Return the nodes of a service's real servers by their ``ip:port``."""
    servers = {
        endpoint(lab.real_server_address(service, each), service.port_of(each)): each.node
        for each in service.real_servers
    }
    sorry = service.sorry_server
    return servers | ({endpoint(sorry.address, sorry.port): SORRY} if sorry else {})


def _row(service: str, server: str, real: director.RealServer) -> Row:
    return Row(service, server, real.weight, real.active, real.inactive, real.connections)


def _runs(cgroup_events: str) -> bool:
    return "populated 1" in cgroup_events


def _is_mounted(mounts: str, target: str) -> bool:
    return any(line.split()[1:2] == [target] for line in mounts.splitlines())


def _web(lab: Lab, node: Node, t: int, seen: Mapping[str, Any]) -> WebSample:
    files = seen["files"]
    return WebSample(
        t=t,
        node=node.name,
        took=seen["took"],
        httpd=_runs(files.get(_httpd(lab, node), "")),
        mounted=_is_mounted(files.get(MOUNTS, ""), lab.web.document_root) if lab.storage else None,
        vips=_vips(lab, seen),
    )


def _storage(lab: Lab, node: Node, t: int, seen: Mapping[str, Any]) -> StorageSample:
    assert lab.storage is not None
    files, point = seen["files"], lab.storage.volume.mountpoint
    array = md.array(lab.storage.array.device, files)
    listed = any(line.split()[:1] == [point] for line in files.get(EXPORTED, "").splitlines())
    return StorageSample(
        t=t,
        node=node.name,
        took=seen["took"],
        state=array.state,
        active=array.active,
        failed=array.failed,
        spares=array.spares,
        rebuild=array.rebuild,
        mounted=_is_mounted(files.get(MOUNTS, ""), point),
        exported=listed and int(files.get(THREADS, "0").strip() or 0) > 0,
    )


@dataclass(frozen=True)
class Ticks:
    """Where the processors' time has gone, in clock ticks (proc(5), /proc/stat)."""

    busy: int
    steal: int
    whole: int


def ticks(stat: str) -> Ticks:
    """Return the first line of /proc/stat."""
    user, nice, system, idle, wait, irq, soft, steal = (int(word) for word in stat.split()[1:9])
    busy = user + nice + system + irq + soft
    return Ticks(busy, steal, busy + idle + wait + steal)


def host_sample(t: int, before: Ticks, after: Ticks, loadavg: str) -> HostSample:
    """Return the host's sample from two looks."""
    whole = max(1, after.whole - before.whole)
    busy, steal = (after.busy - before.busy) / whole, (after.steal - before.steal) / whole
    return HostSample(t=t, busy=round(busy, 3), steal=round(steal, 3), load=float(loadavg.split()[0]))
