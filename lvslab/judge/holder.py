"""Who holds the VIP at the end of a phase, whether the lab came back, and whether the drill's faults were made."""

from collections.abc import Iterator

from lvslab.history import Advert, Fault, Recovery
from lvslab.history.history import Span
from lvslab.judge import words
from lvslab.judge.finding import Finding, Verdict
from lvslab.judge.sight import Sight
from lvslab.judge.words import SECOND
from lvslab.model import Lab

FRESH = 3 * SECOND
"""How old a sample may be to say who holds the VIP, in ns; a director that is down gives none."""


def judge(sight: Sight) -> Iterator[Finding]:
    """Judge the holders that the drill expects."""
    for phase, target in sight.drill.expect.holder.items():
        spans = [span for span in sight.history.phases if span.name == phase]
        if not spans:
            message = f"{phase}: the run has no such phase, expected the VIP on {target}"
            yield Finding("holder", Verdict.INCONCLUSIVE, message)
            continue
        yield _of_phase(sight, spans[-1], str(target))


def recovery(sight: Sight) -> Iterator[Finding]:
    """Judge whether the lab is as its file says again after the last fault was healed."""
    found = sight.history.of(Recovery)
    if not found:
        if sight.history.faults:
            yield Finding("recovery", Verdict.INCONCLUSIVE, "nobody looked whether the lab came back")
        return
    last = found[-1]
    figures: dict[str, float | int | str | None] = {"recovery_ms": words.ms(last.took), "wrong": len(last.wrong)}
    where = (last.t - last.took, last.t)
    if last.wrong:
        message = f"after {words.length(last.took)} the lab is not as its file says: {'; '.join(last.wrong)}"
        yield Finding("recovery", Verdict.FAIL, message, figures, where, "the lab file")
        return
    message = f"the lab was as its file says {words.length(last.took)} after the last fault was healed"
    yield Finding("recovery", Verdict.PASS, message, figures, where, "the lab file")


def faults(sight: Sight) -> Iterator[Finding]:
    """Judge whether the drill's faults were made and healed: one that was not shows nothing."""
    steps = sight.history.of(Fault)
    for step in steps:
        if step.action == "failed":
            message = f"{step.name} on {', '.join(step.target) or 'the host'} failed: {step.message}"
            yield Finding("faults", Verdict.INCONCLUSIVE, message, where=(step.t, step.t))
    healed = {step.id for step in steps if step.action == "healed"}
    for span in sight.history.faults:
        if span.injected is not None and span.fault.id not in healed:
            message = f"{span.fault.name} was never healed"
            yield Finding("faults", Verdict.FAIL, message, where=(span.start, span.end))
    if len(sight.history.faults) < len(sight.drill.timeline):
        made = f"{len(sight.history.faults)} of {len(sight.drill.timeline)}"
        yield Finding("faults", Verdict.INCONCLUSIVE, f"only {made} faults of the drill were made")


def holders_at(sight: Sight, start: int, end: int) -> frozenset[str] | None:
    """Return who held the VIPs at the end of a stretch (ns), by each director's last sample in it.

    They are those of the first VRRP instance, which the words master and backup are about. Where not all directors
    were seen and none of the others holds them, the last advert tells; None when nothing does.
    """
    first = sight.lab.vrrp_instances[:1]
    vips = {str(vip) for one in first for vip in one.virtual_addresses} or sight.vips
    ids = {(one.network, one.virtual_router_id) for one in first}
    late = max(start, end - FRESH)
    last = {each.node: each for each in sight.samples if late <= each.t < end}
    seen = frozenset(name for name, each in last.items() if vips & set(each.holds))
    if seen or set(last) >= {each.name for each in sight.lab.directors}:
        return seen
    own = (each for each in sight.history.of(Advert) if (each.network, each.virtual_router_id) in ids)
    adverts = [each for each in own if start <= each.t < end and each.priority > 0]
    return frozenset({adverts[-1].node}) if adverts else None


def named(lab: Lab, target: str) -> str:
    """Return the director that a word of the drill means; without VRRP the master is the one that has the VIP."""
    priorities = lab.vrrp_instances[0].priorities if lab.vrrp_instances else {}
    ranked = sorted(priorities, key=lambda name: -priorities[name]) or lab.can_hold(lab.services[0].address)
    words_of = {"master": 0, "backup": 1}
    if target in words_of and len(ranked) > words_of[target]:
        return ranked[words_of[target]]
    return target


def _of_phase(sight: Sight, span: Span, target: str) -> Finding:
    wanted = named(sight.lab, target)
    seen = holders_at(sight, span.start, span.end)
    where = (span.start, span.end)
    if seen is None:
        message = f"{span.name}: neither samples nor adverts tell who held the VIP, expected {wanted}"
        return Finding("holder", Verdict.INCONCLUSIVE, message, where=where, source="the drill's expect")
    told = Verdict.PASS if seen == {wanted} else Verdict.FAIL
    message = f"{span.name}: the VIP was on {', '.join(sorted(seen)) or 'no director'} at its end, expected {wanted}"
    return Finding("holder", told, message, {"holder": ", ".join(sorted(seen))}, where, "the drill's expect")
