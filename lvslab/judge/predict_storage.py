"""What faults of the storage node should cost: disks that an array can spare, and NFS, which waits."""

from collections.abc import Iterator
from dataclasses import replace

from lvslab.judge import predict_server
from lvslab.judge.prediction import Moment, Prediction, untold
from lvslab.judge.timing import ServiceTiming, StorageTiming

NOT_READ = "a datagram is answered without the storage: only pages are read from it"
_ARRAY = {
    "disk.fail": "the array goes on without the disk, and rebuilds onto a spare if it has one",
    "disk.pull": "the kernel sees the disk go; the array goes on without it",
}
_FREE = {
    "disk.slow": ("reads come from the page cache; what writes waits, and nothing fails", "md(4), mdadm(8)"),
    "disk.full": ("a page that is read needs no room; whoever writes is told ENOSPC", "fallocate(2)"),
    "process.stop rpcbind": ("NFSv4 asks no port mapper: nfsd listens on 2049", "RFC 8881, section 2.9.3"),
    "process.kill rpcbind": ("NFSv4 asks no port mapper: nfsd listens on 2049", "RFC 8881, section 2.9.3"),
    "process.freeze rpcbind": ("NFSv4 asks no port mapper: nfsd listens on 2049", "RFC 8881, section 2.9.3"),
    "service.restart rpcbind": ("NFSv4 asks no port mapper: nfsd listens on 2049", "RFC 8881, section 2.9.3"),
}
_NFS = {
    "node.pause storage": "the storage node stands still",
    "node.link-down storage": "nobody reaches the storage node",
    "node.reset storage": "the storage node is gone until it has booted",
    "process.stop nfsd": "nfsd answers nobody",
    "node.power-off storage": "the storage node is gone",
}


def predictions(timing: StorageTiming, services: tuple[ServiceTiming, ...]) -> Iterator[Prediction]:
    """Return what faults of the storage node should cost each service; nothing where it is asked by datagrams."""
    for service in services:
        for told in _of_service(timing, service):
            if service.is_udp:
                free = predict_server.unasked(service, told.fault, len(service.weights), NOT_READ)
                yield replace(free, moment=told.moment)
            else:
                yield told


def _of_service(timing: StorageTiming, service: ServiceTiming) -> Iterator[Prediction]:
    for fault, reason in _ARRAY.items():
        yield _of_disk(service, fault, reason, timing)
    for fault, (reason, source) in _FREE.items():
        yield Prediction(fault, Moment.INJECT, service.name, 0, 0, reasoning=(reason,), source=source)
    for fault, first in _NFS.items():
        yield hangs(service, fault, first)
        yield _back(service, fault, timing, Moment.HEAL)
    yield _back(service, "service.restart nfsd", timing, Moment.INJECT)


def hangs(service: ServiceTiming, fault: str, first: str, servers: int | None = None) -> Prediction:
    """Return what it costs that so many web servers (None: all) do not reach their pages."""
    sees = "nothing but the page hangs, so no real server is removed"
    if service.check and service.check.type.wants_answer:
        ends = " on all of them, which empties the table" if servers is None else ", and removes the server"
        sees = f"{service.check.type} times out{ends}"
    most = 1.0 if servers is None else service.share(servers)[1]
    where = ", on every web server at once" if servers is None else ""
    reasons = (
        f"{first}: each httpd hangs in the read (hard mount){where}",
        "what the page cache has is still served until its attributes are too old (nfs(5): acregmax 60 s)",
        sees,
    )
    return Prediction(
        fault, Moment.INJECT, service.name, 0, None, (0, most), reasoning=reasons, source="nfs(5): hard, acregmax"
    )


def _of_disk(service: ServiceTiming, fault: str, reason: str, timing: StorageTiming) -> Prediction:
    if not timing.spares_a_disk:
        return untold(fault, service.name, "level 0 spares no disk: what was on it is lost", source="md(4)")
    return Prediction(fault, Moment.INJECT, service.name, 0, 0, reasoning=(reason,), source="md(4), mdadm(8)")


def _back(service: ServiceTiming, fault: str, timing: StorageTiming, moment: Moment) -> Prediction:
    again = 2 * service.check.delay_loop + service.check.connect_timeout if service.check else 0.0
    latest = timing.grace + again
    reasons = (
        f"NFSv4 lets nobody open a file for the grace period after a start: up to {timing.grace:g} s",
        f"then each real server that was removed has to pass a check again: up to {again:g} s",
    )
    return Prediction(
        fault, moment, service.name, 0, latest, (0, 1), reasoning=reasons, source="RFC 8881, section 8.4.2.1"
    )
