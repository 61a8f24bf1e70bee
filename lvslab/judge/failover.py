"""A failover's phases, from packets: the old master's last advert, the new one's first, gratuitous ARP, first answer.

The same outage is told by two witnesses that know nothing of each other: the prober by its attempts, and the packets
by the moment of the fault and the first gratuitous ARP, which is what moves clients over. They have to agree.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lvslab.history import Advert, Arp
from lvslab.judge import words
from lvslab.judge.finding import Finding, Verdict
from lvslab.judge.outages import Outage
from lvslab.judge.prediction import Moment
from lvslab.judge.sight import Sight
from lvslab.judge.situation import Cost
from lvslab.judge.timing import VrrpTiming
from lvslab.judge.words import MILLISECOND, SECOND

WORK = 5 * MILLISECOND
"""What two clocks and the director's own work may differ by, in ns, besides one probe interval."""
SILENT_AT_ONCE = ("node.power-off master", "node.pause master", "node.link-down master", "node.reset master")
"""Faults that stop the traffic at the moment of their injection."""
PRIORITY_STOP = 0
_KEEPALIVED = (
    "process.stop keepalived",
    "process.kill keepalived",
    "process.freeze keepalived",
    "service.restart keepalived",
)
LATE = 0.1
"""How much later than its timer, as a share of it, a director may send: it has to be woken and scheduled."""


@dataclass(frozen=True)
class Failover:
    """The moments of one failover, in ns; None where the capture does not show one."""

    cost: Cost
    old: str
    new: str
    timing: VrrpTiming | None
    last_advert: int
    said_goodbye: bool
    """Whether the last advert had priority 0."""
    first_advert: int
    gratuitous_arp: int | None

    @property
    def silence(self) -> int:
        """Return how long no advert was heard, in ns."""
        return self.first_advert - self.last_advert

    @property
    def expected_silence(self) -> float | None:
        """The seconds that the backup should have waited: master-down, or the skew after priority 0."""
        if self.timing is None:
            return None
        return self.timing.skew if self.said_goodbye else self.timing.master_down

    @property
    def allowed_late(self) -> int:
        """How much later than its timer a director may be, in ns: a tenth of it."""
        return int(LATE * (self.expected_silence or 0.0) * SECOND)

    @property
    def late(self) -> int:
        """By how much clients were told later than the timers say, in ns: the new master's own work."""
        if self.gratuitous_arp is None or self.expected_silence is None:
            return 0
        return max(0, self.gratuitous_arp - self.last_advert - int(self.expected_silence * SECOND))


def judge(sight: Sight) -> Iterator[Finding]:
    """Judge every failover that a fault of the master should have brought about."""
    for cost in _moving(sight):
        if not sight.captured:
            message = f"{cost.label}: no packets were captured, so the phases of the failover cannot be told"
            yield Finding("failover", Verdict.INCONCLUSIVE, message, where=(cost.start, cost.until))
            continue
        found = of_cost(sight, cost)
        if found is None and _is_short(cost):
            continue
        if found is None:
            message = f"{cost.label}: no other director sent an advert after it"
            yield Finding("failover", Verdict.FAIL, message, where=(cost.start, cost.until))
            continue
        yield _finding(sight, found)


def of_cost(sight: Sight, cost: Cost) -> Failover | None:
    """Return the failover that a fault brought about; None when nobody took over before the next fault."""
    adverts = sight.adverts(cost)
    before = [each for each in adverts if each.t < cost.start and each.priority > PRIORITY_STOP]
    if not before:
        return None
    old = before[-1]
    later = (each for each in adverts if _sender(each) != _sender(old) and cost.start <= each.t < cost.until)
    new = next(later, None)
    if new is None:
        return None
    unheard = cost.prediction is not None and cost.prediction.unheard
    heard = max(cost.done, old.t + 1) if unheard else new.t
    last = [each for each in adverts if _sender(each) == _sender(old) and each.t < heard][-1]
    return Failover(
        cost=cost,
        old=_sender(old),
        new=_sender(new),
        timing=sight.timing(old.virtual_router_id, old.network, old.node),
        last_advert=last.t,
        said_goodbye=last.priority == PRIORITY_STOP,
        first_advert=new.t,
        gratuitous_arp=_gratuitous(sight, new, last.t, cost.until),
    )


def moves(cost: Cost) -> bool:
    """Whether a moment of a fault should move the VIP to another director."""
    told = cost.prediction
    by_master = (cost.key.startswith("node.") and cost.key.endswith(" master")) or cost.key in _KEEPALIVED
    return by_master and cost.moment is Moment.INJECT and told is not None and told.latest is not None


def _is_short(cost: Cost) -> bool:
    """Whether a fault was over before the backup's patience was."""
    latest = cost.prediction.latest if cost.prediction else None
    return cost.span.healing is not None and cost.span.healing - cost.start < (latest or 0.0) * SECOND


def _moving(sight: Sight) -> Iterator[Cost]:
    service = sight.asked[0] if sight.asked else next((each.name for each in sight.lab.services), "")
    yield from (cost for cost in sight.costs(service) if moves(cost))


def _finding(sight: Sight, found: Failover) -> Finding:
    rule = sight.rule
    outage = _outage(sight, found)
    told, notes = _silence(found, rule.interval)
    figures = _figures(found, outage)
    if found.gratuitous_arp is None:
        told = Verdict.FAIL
        notes.append(f"{found.new} sent no gratuitous ARP")
    if outage is not None and found.gratuitous_arp is not None and found.cost.key in SILENT_AT_ONCE:
        apart = _apart(found, outage, found.gratuitous_arp)
        figures |= {"witnesses_apart_ms": words.ms(apart)}
        if apart > max(rule.tolerance, rule.interval + WORK, rule.stall(outage.start, outage.end or outage.last)):
            told = Verdict.INCONCLUSIVE if told is Verdict.PASS else told
            notes.append(f"packets and prober differ by {words.length(apart)}")
    message = f"{found.cost.label}: {found.old} to {found.new}, {'; '.join(notes)}"
    where = (found.last_advert, (outage.end if outage else None) or found.first_advert)
    source = found.timing.source if found.timing else ""
    return Finding("failover", told, message, figures, where, source)


def _silence(found: Failover, interval: int) -> tuple[Verdict, list[str]]:
    seen = f"no advert for {words.length(found.silence)}"
    expected = found.expected_silence
    if expected is None:
        return Verdict.INCONCLUSIVE, [f"{seen}, of an instance that the lab does not know"]
    slack = interval + WORK
    off = found.silence - expected * SECOND
    notes = [f"{seen}, by the timers {expected:.3f} s"]
    if off < -slack:
        return Verdict.FAIL, notes
    return (Verdict.PASS if off <= max(slack, found.allowed_late) else Verdict.FAIL), notes


def _apart(found: Failover, outage: Outage, arp: int) -> int:
    """Return by how much the outage read from packets misses the prober's, in ns.

    By packets it lasts from somewhere in the injection, which takes a moment itself, to the gratuitous ARP.
    """
    longest, shortest = arp - found.cost.start, arp - found.cost.done
    return max(shortest - outage.length, outage.length - longest, 0)


def _outage(sight: Sight, found: Failover) -> Outage | None:
    reach = sight.rule.tolerance
    own = [
        each
        for each in sight.outages
        if found.cost.start - reach <= each.start < found.cost.until and each.length > reach
    ]
    return max(own, key=lambda each: each.length, default=None)


def _figures(found: Failover, outage: Outage | None) -> dict[str, float | int | str | None]:
    prediction = found.cost.prediction
    figures: dict[str, float | int | str | None] = {
        "old": found.old,
        "new": found.new,
        "last_advert_ms": words.ms(found.last_advert),
        "first_advert_ms": words.ms(found.first_advert),
        "silence_ms": words.ms(found.silence),
        "late_ms": words.ms(found.late),
    }
    if found.gratuitous_arp is not None:
        figures["gratuitous_arp_ms"] = words.ms(found.gratuitous_arp)
    if outage is not None:
        figures["outage_ms"] = words.ms(outage.length)
        figures["first_failed_ms"] = words.ms(outage.start)
        if outage.end is not None:
            figures["first_good_ms"] = words.ms(outage.end)
    if prediction is not None and prediction.latest is not None:
        figures["predicted_low_ms"] = round(prediction.earliest * 1000, 2)
        figures["predicted_high_ms"] = round(prediction.latest * 1000, 2)
    return figures


def _gratuitous(sight: Sight, new: Advert, after: int, until: int) -> int | None:
    """Return the first gratuitous ARP of the new master, which may come before its first advert."""
    every = (each for each in sight.history.of(Arp) if each.is_gratuitous and each.sender in sight.vips)
    own = (each.t for each in every if after < each.t < until and each.sender_mac == new.mac)
    return next(own, None)


def _sender(advert: Advert) -> str:
    return advert.node or advert.source
