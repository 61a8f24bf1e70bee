"""What faults of real servers and of storage should cost: keepalived's health checks, and what they cannot see."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from lvslab.judge.prediction import Moment, Prediction
from lvslab.judge.timing import CheckTiming, ServiceTiming, StorageTiming
from lvslab.model import CheckType

Way = Callable[[CheckTiming], tuple[tuple[float, float], tuple[str, ...]]]
"""How a check meets a fault: the window until the removal, and why."""
SOURCE = "keepalived.conf(5): delay_loop, retry, delay_before_retry, connect_timeout"
NEIGHBOUR_FAILS = 8.0
"""Seconds after which the director's own ARP entry of a silent server has failed, at the soonest (arp(7):
delay_first_probe_time and three unicast probes); from then on connecting may fail sooner than its timeout."""
BACKLOG = 511
"""Connections that the kernel completes for an httpd that does not accept (Apache's ListenBackLog)."""


def predictions(service: ServiceTiming) -> Iterator[Prediction]:
    """Return what each fault of one of a service's real servers should cost."""
    yield _noticed(service, "process.stop httpd", _refused)
    yield _noticed(service, "node.power-off real-server", _silent)
    yield _noticed(service, "node.pause real-server", _silent)
    yield _noticed(service, "node.link-down real-server", _silent)
    yield _noticed(service, "node.reset real-server", _silent)
    yield _killed(service)
    yield _seen_in_answer(service, "process.freeze httpd", _hangs, _BACKLOG_NOTE)
    yield _seen_in_answer(service, "web.slow", _hangs, _SLOW_NOTE)
    yield _seen_in_answer(service, "web.error", _wrong_status)
    yield _never(
        service, "web.wrong-body", "neither check reads the body: HTTP_GET compares the status, as set up here"
    )
    yield _drained(service)
    yield _all_down(service)
    for fault in _ENDS:
        yield _back(service, fault)


def storage(timing: StorageTiming, services: tuple[ServiceTiming, ...]) -> Iterator[Prediction]:
    """Return what faults of the storage node should cost."""
    for service in services:
        for fault, reasons in _ARRAY.items():
            yield Prediction(fault, Moment.INJECT, service.name, 0, 0, reasoning=reasons, source="md(4), mdadm(8)")
        for fault, first in _NFS.items():
            yield _nfs_down(service, fault, first)
            yield _nfs_back(service, fault, timing)


_BACKLOG_NOTE = (
    f"under load the backlog fills up: after {BACKLOG} connections the kernel answers no more SYN, and even "
    "TCP_CHECK's attempts time out"
)
_SLOW_NOTE = "a slow answer is no failed one: requests fail only where it takes longer than the client's own limit"

_ARRAY = {
    "disk.fail": ("the array goes on without the disk, and rebuilds onto a spare if it has one",),
    "disk.pull": ("the kernel sees the disk go; the array goes on without it",),
    "disk.slow": ("reads come from the page cache; what writes waits, and nothing fails",),
}
_ENDS = (
    "process.stop httpd",
    "process.kill httpd",
    "process.freeze httpd",
    "node.power-off real-server",
    "node.reset real-server",
    "node.pause real-server",
    "node.link-down real-server",
    "web.slow",
    "web.error",
    "web.wrong-body",
    "service.weight",
)
_NFS = {
    "node.pause storage": "the storage node stands still",
    "node.link-down storage": "nobody reaches the storage node",
    "node.reset storage": "the storage node is gone until it has booted",
    "process.stop nfsd": "nfsd answers nobody",
    "process.freeze nfsd": "nfsd answers nobody",
    "node.power-off storage": "the storage node is gone",
}


def _refused(check: CheckTiming) -> tuple[tuple[float, float], tuple[str, ...]]:
    return check.window(0.0), (
        "the host refuses connections at once, so an attempt costs no time",
        f"removed after retry x delay_before_retry = {check.budget(0):g} s, and up to delay_loop = "
        f"{check.delay_loop:g} s before the first check",
    )


def _silent(check: CheckTiming) -> tuple[tuple[float, float], tuple[str, ...]]:
    early, late = check.window(check.connect_timeout)
    soonest = min(early, max(NEIGHBOUR_FAILS, check.budget(0)))
    return (soonest, late), (
        "nobody answers: each attempt costs connect_timeout, unless the director's ARP entry fails first",
        _arithmetic(check),
    )


def _hangs(check: CheckTiming) -> tuple[tuple[float, float], tuple[str, ...]]:
    return check.window(check.connect_timeout), (
        "the connection comes about at once, the answer never: HTTP_GET waits connect_timeout for it",
        _arithmetic(check),
    )


def _wrong_status(check: CheckTiming) -> tuple[tuple[float, float], tuple[str, ...]]:
    return check.window(0.0), (
        "HTTP_GET sees the status at once",
        f"removed after retry x delay_before_retry = {check.budget(0):g} s, and up to delay_loop = "
        f"{check.delay_loop:g} s before the first check",
    )


def _arithmetic(check: CheckTiming) -> str:
    timeout = f"{check.retry + 1} x {check.connect_timeout:g} s"
    retry = f"{check.retry} x {check.delay_before_retry:g} s"
    worst = check.window(check.connect_timeout)[1]
    return f"at worst delay_loop {check.delay_loop:g} s + connect_timeout {timeout} + retry {retry} = {worst:g} s"


def _noticed(service: ServiceTiming, fault: str, way: Way, note: str = "") -> Prediction:
    if service.check is None:
        return _never(service, fault, "there is no health check: a real server is never removed")
    (earliest, latest), reasons = way(service.check)
    notes = (note,) if note else ()
    share = service.share()
    return Prediction(
        fault,
        Moment.INJECT,
        service.name,
        earliest,
        latest,
        share,
        reasoning=(*reasons, *notes, _share(service)),
        source=SOURCE,
    )


def _seen_in_answer(service: ServiceTiming, fault: str, way: Way, note: str = "") -> Prediction:
    if service.check is None or service.check.type is CheckType.HTTP_GET:
        return _noticed(service, fault, way, note if fault == "web.slow" else "")
    blind = "TCP_CHECK asks the kernel, which still accepts connections for httpd: it notices nothing"
    return _never(service, fault, blind, note)


def _never(service: ServiceTiming, fault: str, *reasons: str) -> Prediction:
    kept = tuple(reason for reason in reasons if reason)
    return Prediction(
        fault,
        Moment.INJECT,
        service.name,
        0,
        None,
        service.share(),
        reasoning=(*kept, _share(service)),
        source="keepalived.conf(5): TCP_CHECK, HTTP_GET",
    )


def _killed(service: ServiceTiming) -> Prediction:
    stopped = _noticed(service, "process.kill httpd", _refused)
    note = "where systemd starts it anew (Restart= in systemd.service(5)), it is back before that"
    return replace(stopped, earliest=0, reasoning=(*stopped.reasoning, note))


def _drained(service: ServiceTiming) -> Prediction:
    reasons = ("weight 0 gives it no new connections, and keeps those that are open",)
    return Prediction("service.weight", Moment.INJECT, service.name, 0, 0, reasoning=reasons, source="ipvsadm(8)")


def _back(service: ServiceTiming, fault: str) -> Prediction:
    reasons = ("a server that answers its check again is added; until then the others answer",)
    return Prediction(fault, Moment.HEAL, service.name, 0, 0, reasoning=reasons, source=SOURCE)


def _all_down(service: ServiceTiming) -> Prediction:
    if service.sorry_server and service.check:
        (earliest, latest), reasons = _refused(service.check)
        last = "once the last real server is removed, the sorry server answers"
        source = "keepalived.conf(5): sorry_server"
        return Prediction(
            "process.stop httpd everywhere",
            Moment.INJECT,
            service.name,
            earliest,
            latest,
            reasoning=(*reasons, last),
            source=source,
        )
    reason = (
        "there is no sorry server: requests are refused, first by the servers, then by the director's empty table"
    )
    return Prediction(
        "process.stop httpd everywhere", Moment.INJECT, service.name, 0, None, reasoning=(reason,), source=SOURCE
    )


def _nfs_down(service: ServiceTiming, fault: str, first: str) -> Prediction:
    sees = "HTTP_GET times out on all of them, which empties the table"
    if service.check is None or service.check.type is CheckType.TCP_CHECK:
        sees = "nothing but the page hangs, so no real server is removed"
    reasons = (
        f"{first}: each httpd hangs in the read (hard mount), on every web server at once",
        "what the page cache has is still served until its attributes are too old (nfs(5): acregmax 60 s)",
        sees,
    )
    return Prediction(
        fault, Moment.INJECT, service.name, 0, None, (0, 1), reasoning=reasons, source="nfs(5): hard, acregmax"
    )


def _nfs_back(service: ServiceTiming, fault: str, timing: StorageTiming) -> Prediction:
    again = 2 * service.check.delay_loop + service.check.connect_timeout if service.check else 0.0
    latest = timing.grace + again
    reasons = (
        f"NFSv4 lets nobody open a file for the grace period after a start: up to {timing.grace:g} s",
        f"then each real server that was removed has to pass a check again: up to {again:g} s",
    )
    return Prediction(
        fault, Moment.HEAL, service.name, 0, latest, (0, 1), reasoning=reasons, source="RFC 8881, section 8.4.2.1"
    )


def _share(service: ServiceTiming) -> str:
    low, high = service.share()
    count = len(service.weights)
    if service.persistent:
        return "persistence sends a client to one server: none or all of its requests fail"
    if low == high:
        return f"{service.scheduler.value} sends it {low * 100:.0f} % of new connections ({count} real servers)"
    if low == 0:
        return f"{service.scheduler.value} looks at connections or addresses: its share cannot be told beforehand"
    return f"{service.scheduler.value} sends it {low * 100:.0f} to {high * 100:.0f} % of them, by its weight"
