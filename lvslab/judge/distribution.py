"""Whether connections were shared as scheduler and weights say, phase by phase, by three witnesses."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import ceil, sqrt

from lvslab.history.history import Span
from lvslab.judge import schedulers, steady, words
from lvslab.judge.finding import Finding, Verdict
from lvslab.judge.schedulers import Promise
from lvslab.judge.sight import Sight
from lvslab.judge.witnesses import Witness, access_logs, asked_at, client, counters, is_logged
from lvslab.judge.words import SECOND
from lvslab.model import VirtualService

POWERLESS = ("node.power-off", "node.reset")
"""The faults that take what a machine has not written to its disk yet."""
FEWEST = 20
"""Fewer connections than this show no shares."""
ABOUT = 0.1
"""How far a share may be off under a scheduler that looks at open connections."""


def judge(sight: Sight) -> Iterator[Finding]:
    """Judge the shares in every phase, of every service that was asked."""
    if sight.drill.expect.distribution == "any":
        return
    for service in sight.lab.virtual_services:
        for span in sight.history.phases:
            if service.name in sight.asked and span.name in ("before", "fault", "after"):
                yield _of_phase(sight, service, span)


def witnesses(sight: Sight, service: VirtualService, span: Span) -> tuple[Witness, ...]:
    """Return what each witness tells of a stretch."""
    history = sight.history
    counted = counters(history, service.name, span)
    if not steady.counted(sight, service, span):
        counted = replace(counted, counts=None)
    heard = (client(history, service.name, span), counted)
    # what was not on the disk yet when the power went is no witness, nor are logs that nobody fetches
    unread = any(not sight.lab.node(server.node).is_managed for server in service.real_servers)
    if unread or not is_logged(service) or any(lost_logs(sight, service, span)):
        return heard
    logs = access_logs(history, asked_at(sight.lab, service), span)
    return (*heard, replace(logs, silent=heard[0].silent))


def lost_logs(sight: Sight, service: VirtualService, span: Span) -> Iterator[str]:
    """Return the real servers that lost their power after a stretch had begun, and with it what they had logged."""
    if not is_logged(service):
        return
    for fault in sight.history.faults:
        if fault.fault.name in POWERLESS and fault.start >= span.start:
            yield from (each.node for each in service.real_servers if each.node in fault.fault.target)


def table(sight: Sight, service: VirtualService, span: Span) -> tuple[dict[str, int], ...]:
    """Return the weights in the holder's table during a stretch: one table if it did not change, more if it did."""
    seen: list[dict[str, int]] = []
    for sample in sight.samples:
        if not span.holds(sample.t) or str(service.address) not in sample.holds:
            continue
        weights = steady.weights(sample, service)
        if not seen or weights != seen[-1]:
            seen.append(weights)
    return tuple(seen)


def _of_phase(sight: Sight, service: VirtualService, phase: Span) -> Finding:
    span = steady.longest(sight, service, phase)
    heard = witnesses(sight, service, span)
    tables = table(sight, service, span)
    configured = {server.node: server.weight for server in service.real_servers}
    figures = _figures(heard)
    where, title = (span.start, span.end), f"{service.name}, {span.name}"
    source = schedulers.character(service).source
    best = next((each for each in heard if each.counts is not None), None)
    if best is None or best.total < FEWEST:
        message = f"{title}: {best.total if best else 0} connections are too few to tell shares"
        return Finding("distribution", Verdict.INCONCLUSIVE, message, figures, where, source)
    if len(tables) > 1:
        message = f"{title}: {_told(best)}; the table changed meanwhile, so no share is expected"
        return Finding("distribution", Verdict.PASS, message, figures, where, source)
    weights = tables[0] if tables else configured
    told, notes = _compared(sight, service, span, heard, weights)
    if told is not Verdict.PASS:
        notes += reasons(sight, service, span, weights)
    notes += [f"the access log of {name} went with its power" for name in lost_logs(sight, service, span)]
    missing = [each.name for each in heard if each.counts is None]
    if missing:
        notes.append(f"not heard: {', '.join(missing)}")
        if not steady.counted(sight, service, span):
            notes.append("IPVS had not added up after the table changed, which a phase of 5 s has time for")
        told = Verdict.INCONCLUSIVE if told is Verdict.PASS else told
    if not tables:
        notes.append("nobody saw the director's table")
    message = f"{title}: {'; '.join((_told(best), *notes))}"
    return Finding("distribution", told, message, figures, where, source)


def _compared(
    sight: Sight, service: VirtualService, span: Span, heard: Sequence[Witness], weights: dict[str, int]
) -> tuple[Verdict, list[str]]:
    if service.persistence_timeout:
        kept = f"persistence keeps a client with its server for {service.persistence_timeout} s"
        return Verdict.PASS, [f"{kept}, so no share is expected"]
    promise = schedulers.character(service).promise
    if promise in (Promise.SOURCE, Promise.DESTINATION):
        return _one_server(sight, service, span, promise)
    expected = schedulers.expected_shares(service.scheduler, weights)
    if expected is None:
        return Verdict.PASS, [f"{service.scheduler.value} promises no shares: {_picks(service)}"]
    slacks = {witness.name: slack(sight, service, span, witness.total, weights) for witness in heard}
    off = [
        f"{witness.name} saw {name} at {words.percent(witness.shares().get(name, 0.0))}"
        for witness in heard
        if witness.total >= FEWEST
        for name, share in expected.items()
        if not witness.allows(name, share, slacks[witness.name])
    ]
    wanted = ", ".join(f"{name} {words.percent(share)}" for name, share in sorted(expected.items()))
    strangers = sorted({name for each in heard for name in (each.counts or {})} - set(expected))
    if strangers:
        off.append(f"{', '.join(strangers)} answered without a place in the table")
    notes = [f"{service.scheduler.value} promises {wanted}", *off]
    if not off:
        return Verdict.PASS, notes
    return Verdict.FAIL if _agree(heard, expected) else Verdict.INCONCLUSIVE, notes


def slack(sight: Sight, service: VirtualService, span: Span, total: int, weights: dict[str, int]) -> float:
    """Return by how much a share may be off.

    An exact scheduler is off by a cycle at each edge of the stretch, by what was under way there, and by what the
    counters grow in the time that two rows are read. Others are off by chance too.
    """
    edges = 2 * schedulers.cycle(service.scheduler, weights) + 2 * _under_way(sight, span)
    exact = schedulers.TABLE[service.scheduler].promise is Promise.EXACT
    chance = 0.0 if exact else ABOUT + 2 / sqrt(max(total, 1))
    return edges / max(total, 1) + chance


def reasons(sight: Sight, service: VirtualService, span: Span, weights: dict[str, int]) -> list[str]:
    """Return what explains shares that are off."""
    found = []
    for server in service.real_servers:
        if server.node not in weights:
            found.append(f"{server.node} is not in the table")
        elif weights[server.node] != server.weight:
            found.append(f"{server.node} has weight {weights[server.node]} instead of {server.weight}")
    own = [each for each in sight.requests if each.service == service.name and span.holds(each.sent)]
    reused = sum(each.reused for each in own)
    if reused:
        found.append(f"{reused} of {len(own)} requests reused a connection, and balancing is by connection")
    failed = sum(not each.ok for each in own)
    if failed:
        found.append(f"{failed} of {len(own)} requests failed, and tell no server")
    return found


def _one_server(sight: Sight, service: VirtualService, span: Span, promise: Promise) -> tuple[Verdict, list[str]]:
    """Judge a scheduler that hashes addresses: each of them has one server."""
    homes: dict[str, set[str]] = {}
    for each in sight.requests:
        if each.service == service.name and span.holds(each.sent) and each.ok and each.server:
            key = each.source if promise is Promise.SOURCE else str(service.address)
            homes.setdefault(key, set()).add(each.server)
    apart = sorted(key for key, servers in homes.items() if len(servers) > 1)
    if apart:
        return Verdict.FAIL, [f"{', '.join(apart)} went to several servers, {_picks(service)}"]
    return Verdict.PASS, [f"each address went to one server, {_picks(service)}"]


def _agree(heard: Sequence[Witness], expected: dict[str, float]) -> bool:
    """Whether the witnesses tell much the same, so that it is not one of them that is wrong."""
    known = [each.shares() for each in heard if each.total >= FEWEST]
    spread = (
        max(shares.get(name, 0.0) for shares in known) - min(shares.get(name, 0.0) for shares in known)
        for name in expected
    )
    return all(apart <= ABOUT for apart in spread)


def _under_way(sight: Sight, span: Span) -> int:
    """Return how many requests are under way at a moment, and come between two looks at the same table."""
    rule = sight.rule
    every = sum(span.holds(each.sent) for each in sight.requests)
    a_second = every / span.seconds if span.end > span.start else 0.0
    looks = [each.took for each in sight.samples if span.holds(each.t)]
    return ceil(a_second * (rule.answer + max(looks, default=0)) / SECOND)


def _told(witness: Witness) -> str:
    shares = witness.shares()
    return ", ".join(f"{name} {words.percent(shares[name])}" for name in sorted(shares)) or "nobody answered"


def _figures(heard: Sequence[Witness]) -> dict[str, float | int | str | None]:
    figures: dict[str, float | int | str | None] = {}
    for witness in heard:
        short = witness.name.replace(" ", "_")
        if witness.counts is None:
            figures[short] = None
        for name, count in sorted((witness.counts or {}).items()):
            figures[f"{short}_{name}"] = count
    return figures


def _picks(service: VirtualService) -> str:
    return schedulers.character(service).picks
