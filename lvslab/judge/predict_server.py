"""What faults of real servers should cost: keepalived's health checks, and what they cannot see."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from lvslab.judge.limits import WHOLE
from lvslab.judge.prediction import Moment, Prediction, untold
from lvslab.judge.strike import EVERYWHERE, Strike
from lvslab.judge.timing import CheckTiming, ServiceTiming
from lvslab.model import CheckType

Way = Callable[[CheckTiming], tuple[tuple[float, float], tuple[str, ...]]]
"""How a check meets a fault: the window until the removal, and why."""
SOURCE = "keepalived.conf(5): delay_loop, retry, delay_before_retry, connect_timeout"
NEIGHBOUR_FAILS = 8.0
"""Seconds after which the director's own ARP entry of a silent server has failed, at the soonest (arp(7):
delay_first_probe_time and three unicast probes); from then on connecting may fail sooner than its timeout."""
UNCONFIRMED_FAILS = 3.0
"""The same where a check sends datagrams: they confirm no entry, so the delay before its probes may be over."""
BACKLOG = 511
"""Connections that the kernel completes for an httpd that does not accept (Apache's ListenBackLog)."""
SLOW = 0.5
"""The delay of web.slow in seconds, unless told."""


def predictions(service: ServiceTiming, strike: Strike) -> Iterator[Prediction]:
    """Return what each fault of a service's real servers should cost: of those that are hit, and of all of them."""
    for told in _predictions(service, strike):
        if service.is_udp and (" httpd" in told.fault or told.fault.startswith("web.")):
            servers = len(service.weights) if told.fault.endswith(EVERYWHERE) else strike.servers
            yield replace(unasked(service, told.fault, servers, _NOT_HTTPD), moment=told.moment)
        else:
            yield told


def _predictions(service: ServiceTiming, strike: Strike) -> Iterator[Prediction]:
    yield from _of(service, strike, strike.servers, "")
    yield from _of(service, strike, len(service.weights), EVERYWHERE)
    yield _restarted(service)
    yield untold(
        f"service.restart httpd{EVERYWHERE}",
        service.name,
        "how long a daemon takes to stop and to start is no timer",
        source="systemd.service(5)",
    )


def _of(service: ServiceTiming, strike: Strike, servers: int, suffix: str) -> Iterator[Prediction]:
    """Return what each fault of so many real servers should cost, and its end."""
    is_meant = strike.arguments.get("service", "") in ("", service.name)
    slow, weight = strike.number("delay", SLOW), strike.number("weight", 0) if is_meant else 1
    reads = service.check is not None and service.check.type.wants_answer
    removes = reads and service.check is not None and slow >= max(WHOLE, service.check.connect_timeout)
    for fault, way in _WAYS.items():
        yield unanswered(service, f"{fault}{suffix}", way, servers)
        yield from back(service, f"{fault}{suffix}", servers)
    yield _killed(service, f"process.kill httpd{suffix}", servers)
    yield from back(service, f"process.kill httpd{suffix}", servers)
    for told, is_removed in (
        (_seen_in_answer(service, f"process.freeze httpd{suffix}", _hangs, servers, _BACKLOG_NOTE), reads),
        (_slow(service, f"web.slow{suffix}", servers, slow), removes),
        (_seen_in_answer(service, f"web.error{suffix}", _wrong_answer, servers), reads),
        _wrong_body(service, f"web.wrong-body{suffix}", servers),
        (_weighed(service, f"service.weight{suffix}", servers, weight), False),
    ):
        yield told
        yield from back(service, told.fault, servers, is_removed)


_BACKLOG_NOTE = (
    f"under load the backlog fills up: after {BACKLOG} connections the kernel answers no more SYN, and even "
    "TCP_CHECK's attempts time out"
)
_BLIND = "TCP_CHECK asks the kernel, which still accepts connections for httpd: it notices nothing"
_QUIESCENT = (
    "inhibit_on_failure gives it weight 0, and persistence goes on to send it the clients that it had "
    "(net.ipv4.vs.expire_quiescent_template)"
)
_QUORUM = "less weight than the quorum may be left: then the sorry server answers everybody"
_UNCONFIRMED = f": datagrams do not confirm it, so it may after {UNCONFIRMED_FAILS:g} s"
_NOT_HTTPD = "httpd answers no datagrams: a daemon of their own does, and goes on"
_BODY = "the check does not read the body: without a digest, what asks for a page looks at the status alone"


def _refused(check: CheckTiming) -> tuple[tuple[float, float], tuple[str, ...]]:
    return check.window(0.0), (
        "the host refuses connections at once, so an attempt costs no time",
        f"removed after retry x delay_before_retry = {check.budget(0):g} s, and up to delay_loop = "
        f"{check.delay_loop:g} s before the first check",
    )


def _silent(check: CheckTiming) -> tuple[tuple[float, float], tuple[str, ...]]:
    early, late = check.window(check.connect_timeout)
    by_udp = check.type is CheckType.UDP_CHECK
    fails, note = (UNCONFIRMED_FAILS, _UNCONFIRMED) if by_udp else (NEIGHBOUR_FAILS, "")
    soonest = min(early, max(fails, check.budget(0)))
    return (soonest, late), (
        f"nobody answers: each attempt costs connect_timeout, unless the director's ARP entry fails first{note}",
        _arithmetic(check),
    )


def _hangs(check: CheckTiming) -> tuple[tuple[float, float], tuple[str, ...]]:
    return check.window(check.connect_timeout), (
        f"the connection comes at once, the answer never: {check.type} waits {check.connect_timeout:g} s for it",
        _arithmetic(check),
    )


def _wrong_answer(check: CheckTiming) -> tuple[tuple[float, float], tuple[str, ...]]:
    return check.window(0.0), (
        f"{check.type} sees at once that it is not the answer that it wants",
        f"removed after retry x delay_before_retry = {check.budget(0):g} s, and up to delay_loop = "
        f"{check.delay_loop:g} s before the first check",
    )


def _arithmetic(check: CheckTiming) -> str:
    timeout = f"{check.retry + 1} x {check.connect_timeout:g} s"
    retry = f"{check.retry} x {check.delay_between(check.connect_timeout):g} s"
    worst = check.window(check.connect_timeout)[1]
    return f"at worst delay_loop {check.delay_loop:g} s + connect_timeout {timeout} + retry {retry} = {worst:g} s"


def unanswered(service: ServiceTiming, fault: str, way: Way, servers: int = 1, note: str = "") -> Prediction:
    """Return what it costs that so many real servers do not answer, until the check has noticed."""
    if service.check is None:
        return never(service, fault, servers, "there is no health check: a real server is never removed")
    if service.inhibits and service.persistent:
        return never(service, fault, servers, _QUIESCENT)
    (earliest, latest), reasons = way(service.check)
    kept = (*reasons, *((note,) if note else ()))
    if servers >= len(service.weights):
        return _none_left(service, fault, (earliest, latest), kept)
    told = Prediction(
        fault,
        Moment.INJECT,
        service.name,
        earliest,
        latest,
        service.share(servers),
        reasoning=(*kept, _share(service, servers)),
        source=SOURCE,
        breaks=True,
    )
    return replace(told, reasoning=(*told.reasoning, _QUORUM)) if _loses_quorum(service, servers) else told


def silent(service: ServiceTiming, fault: str, servers: int) -> Prediction:
    """Return what it costs that nothing comes from so many real servers any more."""
    return unanswered(service, fault, _silent, servers)


def unasked(service: ServiceTiming, fault: str, servers: int, reason: str) -> Prediction:
    """Return what it costs a service by UDP that something fails which no datagram asks: nothing.

    A check that asks just that on every real server may remove them all, though.
    """
    source = "docs/labs.md: lvs-udp"
    if service.check and not service.is_checked_as_asked and servers >= len(service.weights):
        why = f"{service.check.type} asks another daemon than clients do, and may remove every real server"
        return untold(fault, service.name, why, (reason,), source)
    return Prediction(fault, Moment.INJECT, service.name, 0, 0, reasoning=(reason,), source=source)


def removal(service: ServiceTiming) -> float:
    """Return the seconds after which a check that hears nothing removes a server, at the soonest."""
    return _silent(service.check)[0][0] if service.check else 0.0


def never(service: ServiceTiming, fault: str, servers: int, *reasons: str) -> Prediction:
    """Return what a fault of so many real servers costs that no check notices."""
    return Prediction(
        fault,
        Moment.INJECT,
        service.name,
        0,
        None,
        service.share(servers),
        reasoning=(*filter(None, reasons), _share(service, servers)),
        source="keepalived.conf(5): real_server",
    )


def back(service: ServiceTiming, fault: str, servers: int, is_removed: bool = True) -> Iterator[Prediction]:
    """Yield what the end of a fault of so many real servers costs; nothing where a sorry server has taken over."""
    check = service.check
    if servers < len(service.weights) or check is None or not is_removed:
        reasons = ("what was removed is added when it answers its check again; until then the others answer",)
        if not is_removed or check is None:
            reasons = ("no real server was removed, so all are there at once",)
        yield Prediction(fault, Moment.HEAL, service.name, 0, 0, reasoning=reasons, source=SOURCE)
    elif not service.sorry_server:
        added = (
            "the first server that answers its check again is added, and until then nobody answers",
            f"at worst connect_timeout {check.connect_timeout:g} s of a check that is under way, and delay_loop "
            f"{check.delay_loop:g} s = {check.back:g} s",
        )
        yield Prediction(fault, Moment.HEAL, service.name, 0, check.back, (0, 1), reasoning=added, source=SOURCE)


def _none_left(
    service: ServiceTiming, fault: str, window: tuple[float, float], reasons: tuple[str, ...]
) -> Prediction:
    """Return what it costs that the last real server is gone."""
    told = Prediction(
        fault, Moment.INJECT, service.name, *window, reasoning=reasons, source="keepalived.conf(5): sorry_server"
    )
    if service.sorry_server:
        return replace(told, reasoning=(*reasons, "once the last real server is removed, the sorry server answers"))
    last = "there is no sorry server: requests fail at the servers first, then at the director's empty table"
    return replace(told, earliest=0, latest=None, reasoning=(*reasons, last))


def _seen_in_answer(service: ServiceTiming, fault: str, way: Way, servers: int, note: str = "") -> Prediction:
    if service.check is None or service.check.type.wants_answer:
        return unanswered(service, fault, way, servers)
    return never(service, fault, servers, _BLIND, note)


def _wrong_body(service: ServiceTiming, fault: str, servers: int) -> tuple[Prediction, bool]:
    """Return what another page costs, and whether it has the server removed."""
    if service.check is None or not service.check.reads_body:
        return never(service, fault, servers, _BODY), False
    return unanswered(service, fault, _wrong_answer, servers), True


def _slow(service: ServiceTiming, fault: str, servers: int, delay: float) -> Prediction:
    """Return what slow answers cost: nothing below the client's limit, and no check minds below its own."""
    slow = f"each answer takes {delay:g} s more; the prober waits {WHOLE:g} s for one"
    if delay < WHOLE:
        fine = "so requests are slow, and none fails"
        return Prediction(
            fault, Moment.INJECT, service.name, 0, 0, reasoning=(slow, fine), source="docs/measuring.md: the prober"
        )
    if service.check and service.check.type.wants_answer and delay < service.check.connect_timeout:
        patient = f"{service.check.type} waits {service.check.connect_timeout:g} s, and is content"
        return never(service, fault, servers, slow, patient)
    told = _seen_in_answer(service, fault, _hangs, servers)
    return replace(told, reasoning=(slow, *told.reasoning))


def _killed(service: ServiceTiming, fault: str, servers: int) -> Prediction:
    stopped = unanswered(service, fault, _refused, servers)
    note = "where systemd starts it anew (Restart= in systemd.service(5)), it is back before that"
    low = 0.0 if stopped.latest is None else stopped.share[0]
    return replace(stopped, earliest=0, share=(low, stopped.share[1]), reasoning=(*stopped.reasoning, note))


def _restarted(service: ServiceTiming) -> Prediction:
    told = unanswered(service, "service.restart httpd", _refused)
    note = "it refuses only while it stops and starts; what takes longer than the check allows costs no more"
    return replace(told, earliest=0, reasoning=(*told.reasoning, note))


def _weighed(service: ServiceTiming, fault: str, servers: int, weight: float) -> Prediction:
    if weight == 0 and servers >= len(service.weights):
        reasons = ("no real server has a weight above 0: nobody is given new connections",)
        return Prediction(fault, Moment.INJECT, service.name, 0, None, reasoning=reasons, source="ipvsadm(8)")
    reasons = ("weight 0 gives it no new connections, and keeps those that are open",)
    if weight > 0:
        reasons = ("another weight is another share, and keeps connections that are open",)
    return Prediction(fault, Moment.INJECT, service.name, 0, 0, reasoning=reasons, source="ipvsadm(8)")


def _loses_quorum(service: ServiceTiming, servers: int) -> bool:
    """Whether what is left may be less than the quorum, so that the sorry server takes over."""
    most = sum(sorted(service.weights.values())[-servers:])
    return service.sorry_server and sum(service.weights.values()) - most < service.quorum


def _share(service: ServiceTiming, servers: int = 1) -> str:
    low, high = service.share(servers)
    if servers >= len(service.weights):
        return "no other real server is there"
    count = len(service.weights)
    if service.persistent:
        return "persistence sends a client to one server: none or all of its requests fail"
    picks = service.scheduler.value
    if low == high:
        return f"{picks} sends {_them(servers)} {low * 100:.0f} % of new connections ({count} real servers)"
    if low == 0:
        return f"{picks} looks at connections or addresses: its share cannot be told beforehand"
    return f"{picks} sends {_them(servers)} {low * 100:.0f} to {high * 100:.0f} % of them, by its weight"


def _them(servers: int) -> str:
    return "it" if servers == 1 else f"{servers} of them"


_WAYS: dict[str, Way] = {
    "process.stop httpd": _refused,
    "node.power-off real-server": _silent,
    "node.pause real-server": _silent,
    "node.link-down real-server": _silent,
    "node.reset real-server": _silent,
}
