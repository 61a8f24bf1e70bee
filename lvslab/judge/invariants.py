"""What must never happen: each invariant watched over the whole run."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from lvslab.history import Advert, Arp, DirectorSample, Log, StorageSample, WebSample, Write
from lvslab.judge import owners, words
from lvslab.judge.finding import Finding, Verdict
from lvslab.judge.patterns import first_match
from lvslab.judge.sight import Sight
from lvslab.judge.witnesses import increments
from lvslab.judge.words import SECOND
from lvslab.model import Array
from lvslab.model.drill import Invariant

SETTLED = 3 * SECOND
"""How long a director must have been without the VIP before its counters are looked at: they lag by 2 s, in ns."""
AFTERMATH = 30 * SECOND
"""How long after a fault's end its traces in the logs are its own, in ns."""


@dataclass(frozen=True)
class Seen:
    """What was seen of an invariant: each breach in words with where it was; ``blind`` says why nobody could see."""

    breaches: tuple[tuple[str, tuple[int, int]], ...] = ()
    blind: str = ""


def judge(sight: Sight) -> Iterator[Finding]:
    """Judge every invariant that the lab can break."""
    for invariant, look in LOOKS.items():
        seen = look(sight)
        if seen is not None:
            yield _finding(sight, invariant, seen)


def tolerated(array: Array) -> int:
    """Return how many disks an array can lose for sure (md(4)); level 10 with its default of two copies."""
    return {0: 0, 1: array.members - 1, 5: 1, 6: 2, 10: 1}[array.level]


def _finding(sight: Sight, invariant: Invariant, seen: Seen) -> Finding:
    expect = sight.drill.expect
    count = len(seen.breaches)
    where = (seen.breaches[0][1][0], max(end for _, (_, end) in seen.breaches)) if count else None
    figures: dict[str, float | int | str | None] = {"breaches": count}
    told = _verdict(seen, invariant in expect.allow, invariant in expect.shows)
    message = _message(seen, told, invariant in expect.allow or invariant in expect.shows)
    return Finding(f"invariant {invariant.value}", told, message, figures, where, REASONS[invariant])


def _verdict(seen: Seen, allowed: bool, shown: bool) -> Verdict:
    if seen.breaches:
        return Verdict.PASS if allowed or shown else Verdict.FAIL
    if seen.blind:
        return Verdict.PASS if allowed and not shown else Verdict.INCONCLUSIVE
    return Verdict.FAIL if shown else Verdict.PASS


def _message(seen: Seen, told: Verdict, expected: bool) -> str:
    if seen.breaches:
        first = "; ".join(text for text, _ in seen.breaches[:3])
        more = f"; and {len(seen.breaches) - 3} more" if len(seen.breaches) > 3 else ""
        return f"{first}{more}{', as the drill means it' if expected else ''}"
    if seen.blind:
        return seen.blind
    return "not seen, though the drill is there to show it" if told is Verdict.FAIL else "kept"


def _two_holders(sight: Sight) -> Seen | None:
    if not sight.lab.vrrp_instances:
        return None
    both = owners.joined([*owners.two_by_samples(sight), *owners.two_by_adverts(sight)])
    breaches = tuple((f"the VIP had two owners for {words.length(end - start)}", (start, end)) for start, end in both)
    blind = "" if sight.captured else "no adverts were captured, so a second owner may have gone unseen"
    return Seen(breaches, blind)


def _no_holder(sight: Sight) -> Seen | None:
    if not sight.lab.vrrp_instances:
        return None
    if not sight.samples:
        return Seen(blind="no director was sampled")
    stretches = owners.nobody(sight)
    return Seen(tuple((f"nobody held the VIP for {words.length(b - a)}", (a, b)) for a, b in stretches))


def _real_server_arp(sight: Sight) -> Seen | None:
    directors = {each.name for each in sight.lab.directors}
    servers = {each.name for each in sight.lab.real_servers} - directors
    if not servers or not sight.vips:
        return None
    if not sight.captured:
        return Seen(blind="no packets were captured")
    told = (each for each in sight.history.of(Arp) if each.operation == 2 or each.is_gratuitous)
    own = [each for each in told if each.sender in sight.vips and each.node in servers]
    return Seen(tuple((f"{each.node} answered ARP for {each.sender}", (each.t, each.t)) for each in own))


def _backup_forwards(sight: Sight) -> Seen | None:
    if len(sight.lab.directors) < 2 or not sight.lab.vrrp_instances:
        return None
    by_node: dict[str, list[DirectorSample]] = {}
    for each in sight.samples:
        by_node.setdefault(each.node, []).append(each)
    if not by_node:
        return Seen(blind="no director was sampled")
    return Seen(tuple(breach for samples in by_node.values() for breach in _forwarded(sight, samples)))


def _forwarded(sight: Sight, samples: Sequence[DirectorSample]) -> Iterator[tuple[str, tuple[int, int]]]:
    held = samples[0].t
    # a director that was master for less than a look is known by its adverts
    spoke = sorted(each.t for each in sight.history.of(Advert) if each.node == samples[0].node)
    for one, two in pairwise(samples):
        rows = [{(row.service, row.server) for row in each.rows} for each in (one, two)]
        was_master = bisect_left(spoke, one.t) < bisect_left(spoke, two.t)
        if was_master or sight.vips & (set(one.holds) | set(two.holds)) or rows[0] != rows[1]:
            # a row that is added again also shows, within 2 s, what it had passed on when it was taken out
            held = two.t
        if one.t - held < SETTLED:
            continue
        services = {row.service for row in two.rows if any(old.service == row.service for old in one.rows)}
        grown = sum(count for service in services for _, count in increments((one, two), service))
        if grown > 0:
            yield f"{two.node} passed on {words.counted(grown, 'connection')} without the VIP", (one.t, two.t)


def _array(sight: Sight) -> Seen | None:
    if sight.lab.storage is None:
        return None
    array = sight.lab.storage.array
    samples = [each for each in sight.history.of(StorageSample) if not each.error]
    if not samples:
        return Seen(blind="the storage node was not sampled")
    least = array.members - tolerated(array)
    broken = [each for each in samples if each.active < least or "broken" in each.state.lower()]
    texts = (f"{array.device} had {each.active} of {array.members} members, it needs {least}" for each in broken)
    return Seen(tuple((text, (each.t, each.t)) for text, each in zip(texts, broken, strict=True)))


def _writes(sight: Sight) -> Seen | None:
    writes = sight.history.of(Write)
    if not writes:
        return Seen(blind="the drill writes files, and none is in the history") if sight.drill.writes else None
    lost = [each for each in writes if each.acknowledged is not None and each.read_back != each.sha256]
    return Seen(tuple((_lost(each), (each.t, each.t)) for each in lost))


def _lost(write: Write) -> str:
    return f"file {write.id} was acknowledged and {'reads differently' if write.read_back else 'cannot be read'}"


def _daemons(sight: Sight) -> Seen | None:
    quiet = [each for each in sight.history.phases if each.name in ("before", "after")]
    directors, webs = sight.history.of(DirectorSample), sight.history.of(WebSample)
    if not directors and not webs:
        return Seen(blind="no node was sampled")
    dead: list[tuple[DirectorSample | WebSample, str]] = []
    routers = {node.name for node in sight.lab.directors if sight.lab.has_keepalived(node)}
    seen = (each for each in directors if each.node in routers and not each.error)
    dead += [(each, "keepalived") for each in seen if not each.keepalived]
    dead += [(each, "httpd") for each in directors if not each.error and each.httpd is False]
    dead += [(each, "httpd") for each in webs if not each.error and not each.httpd]
    told = ((f"{each.node}: {daemon} did not run", (each.t, each.t)) for each, daemon in dead)
    return Seen(tuple((text, at) for text, at in told if any(span.holds(at[0]) for span in quiet)))


def _logs(sight: Sight) -> Seen | None:
    lines = sight.history.of(Log)
    if not lines:
        return Seen(blind="no journal was fetched")
    found = ((line, first_match(line)) for line in lines)
    bad = [
        (f"{line.node}: {line.message} ({pattern.reason})", (line.t, line.t))
        for line, pattern in found
        if pattern is not None and not _excused(sight, line.t, pattern.excused_by)
    ]
    return Seen(tuple(bad))


def _excused(sight: Sight, t: int, faults: tuple[str, ...]) -> bool:
    """Whether a fault that brings such lines about was active, or had been shortly before."""
    return any(
        span.start <= t <= span.end + AFTERMATH and span.fault.name.startswith(faults)
        for span in sight.history.faults
        if faults
    )


LOOKS: dict[Invariant, Callable[[Sight], Seen | None]] = {
    Invariant.TWO_HOLDERS: _two_holders,
    Invariant.NO_HOLDER: _no_holder,
    Invariant.REAL_SERVER_ARP: _real_server_arp,
    Invariant.BACKUP_FORWARDS: _backup_forwards,
    Invariant.ARRAY_BROKEN: _array,
    Invariant.WRITE_LOST: _writes,
    Invariant.DAEMON_DEAD: _daemons,
    Invariant.LOG: _logs,
}
REASONS = {
    Invariant.TWO_HOLDERS: "RFC 3768 and RFC 9568, section 1: one master for a virtual router",
    Invariant.NO_HOLDER: "RFC 3768 and RFC 9568, section 6.4",
    Invariant.REAL_SERVER_ARP: "arp_ignore, arp_announce in the kernel's ip-sysctl: a real server keeps quiet",
    Invariant.BACKUP_FORWARDS: "ipvsadm(8), --stats",
    Invariant.ARRAY_BROKEN: "md(4)",
    Invariant.WRITE_LOST: "fsync(2)",
    Invariant.DAEMON_DEAD: "the lab file",
    Invariant.LOG: "the patterns in docs/judging.md",
}
