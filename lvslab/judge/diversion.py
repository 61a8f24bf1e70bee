"""Requests that were under way when another director told clients that the VIP is its own.

A connection whose first packets went by the one that had the VIP goes on by one that knows nothing of it, and is
reset, though nobody who asks anew is without an answer.
"""

from collections.abc import Iterator, Sequence

from lvslab.history import Arp
from lvslab.judge.outages import Outage, under_way
from lvslab.judge.sight import Sight
from lvslab.judge.situation import Cost


def windows(sight: Sight, cost: Cost) -> Iterator[tuple[int, int]]:
    """Yield when another director first told clients that the VIP is its own, as far as it is predicted; in ns.

    A sync daemon is no help: it tells of a connection after its third packet (ipvs-sysctl, sync_threshold).
    """
    if cost.prediction is None or not (cost.prediction.breaks or cost.prediction.two_holders):
        return
    before = [each for each in sight.adverts(cost) if each.t < cost.start]
    seen = {before[-1].mac} if before else set[str]()
    instance = sight.instance_of(cost)
    vips = {str(vip) for vip in instance.virtual_addresses} if instance else set[str]()
    told = [each for each in sight.history.of(Arp) if each.is_gratuitous and each.sender in vips]
    for each in told:
        if cost.start <= each.t < cost.until and each.sender_mac not in seen:
            seen.add(each.sender_mac)
            yield each.t - sight.rule.tolerance, each.t + sight.rule.tolerance


def outages(sight: Sight, cost: Cost, found: Sequence[Outage]) -> tuple[Outage, ...]:
    """Return the outages that are nothing but requests which were reset for that reason."""
    moments = list(windows(sight, cost))
    return tuple(each for each in found if moments and _is_diverted(sight, each, moments))


def _is_diverted(sight: Sight, outage: Outage, moments: Sequence[tuple[int, int]]) -> bool:
    own = [
        each
        for each in sight.history.attempts
        if each.service == outage.service and not each.ok and outage.start <= each.sent <= outage.last
    ]
    return all(each.error == "reset" and any(under_way(each, *moment) for moment in moments) for each in own)
