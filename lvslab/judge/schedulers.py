"""What each IPVS scheduler promises, and the order of picks where it is exact.

The servers of a sequence stand in the order of the director's table, which is the reverse of how they were added.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from math import gcd

from lvslab.model import Scheduler, SchedulerFlag, VirtualService


class Promise(StrEnum):
    """What can be said beforehand of the shares that servers get."""

    EXACT = "exact"
    """By the weights, connection by connection."""
    ABOUT = "about"
    """By the weights, over many connections of the same length."""
    HIGHEST = "highest"
    """All to the server of the highest weight."""
    SOURCE = "source"
    """Each client to one server."""
    DESTINATION = "destination"
    """Each virtual address to one server, so one service's connections all go to one."""
    NOTHING = "nothing"
    """It hangs on the connections that are open."""


@dataclass(frozen=True)
class Character:
    """What distinguishes a scheduler."""

    promise: Promise
    picks: str
    source: str = "ipvsadm(8), --scheduler"


TABLE = {
    Scheduler.RR: Character(Promise.EXACT, "one server after the other, whatever their weights (0 is left out)"),
    Scheduler.WRR: Character(
        Promise.EXACT, "in turn, each as often in a cycle as its weight says", "net/netfilter/ipvs/ip_vs_wrr.c"
    ),
    Scheduler.LC: Character(
        Promise.ABOUT, "the server with the fewest connections; an open one counts 256 closing ones"
    ),
    Scheduler.WLC: Character(Promise.ABOUT, "the server with the fewest connections for its weight"),
    Scheduler.LBLC: Character(
        Promise.NOTHING, "the address's own server, until more connections are open than its weight says"
    ),
    Scheduler.LBLCR: Character(
        Promise.NOTHING, "the least loaded of the address's own set of servers, which grows when all are overloaded"
    ),
    Scheduler.DH: Character(Promise.DESTINATION, "by a hash of the destination address, whatever the weights"),
    Scheduler.SH: Character(Promise.SOURCE, "by a hash of the source address"),
    Scheduler.SED: Character(Promise.NOTHING, "the server with the lowest (open connections + 1) / weight"),
    Scheduler.NQ: Character(Promise.NOTHING, "an idle server if there is one, else as sed"),
    Scheduler.FO: Character(Promise.HIGHEST, "the server of the highest weight that is not overloaded"),
    Scheduler.OVF: Character(
        Promise.NOTHING, "the highest weight, and the next when more connections are open than that weight says"
    ),
    Scheduler.MH: Character(
        Promise.SOURCE, "by Google's maglev hash of the source address", "Eisenbud et al., Maglev, NSDI 2016, 3.4"
    ),
    Scheduler.TWOS: Character(
        Promise.ABOUT, "the better of two servers picked at random by weight", "net/netfilter/ipvs/ip_vs_twos.c"
    ),
}
BY_PORT = Character(
    Promise.NOTHING, "by a hash of the source address and port, so each connection by itself", "ipvsadm(8), -b"
)
"""A hash of the source that has the flag sh-port or mh-port."""
PORTS = {SchedulerFlag.SH_PORT, SchedulerFlag.MH_PORT}


def character(service: VirtualService) -> Character:
    """Return what distinguishes a service's scheduler, its flags included."""
    return BY_PORT if PORTS & {*service.scheduler_flags} else TABLE[service.scheduler]


def expected_shares(scheduler: Scheduler, weights: Mapping[str, int]) -> dict[str, float] | None:
    """Return the share that each server should get; None where that hangs on clients or on open connections."""
    live = {name: weight for name, weight in weights.items() if weight > 0}
    if not live:
        return None
    promise = TABLE[scheduler].promise
    if promise is Promise.HIGHEST:
        first = max(live, key=live.__getitem__)
        return {name: float(name == first) for name in weights}
    if promise not in (Promise.EXACT, Promise.ABOUT):
        return None
    counted = dict.fromkeys(live, 1) if scheduler in (Scheduler.RR, Scheduler.LC) else live
    total = sum(counted.values())
    return {name: counted.get(name, 0) / total for name in weights}


def cycle(scheduler: Scheduler, weights: Mapping[str, int]) -> int:
    """Return how many connections it takes until an exact scheduler begins anew."""
    live = [weight for weight in weights.values() if weight > 0]
    if not live or scheduler is not Scheduler.WRR:
        return len(live)
    return sum(live) // gcd(*live)


def rr(weights: Mapping[str, int], count: int) -> tuple[str, ...]:
    """Return the picks of round robin."""
    live = [name for name, weight in weights.items() if weight > 0]
    return tuple(live[number % len(live)] for number in range(count)) if live else ()


def wrr(weights: Mapping[str, int], count: int) -> tuple[str, ...]:
    """Return the picks of weighted round robin; 4:3:2 gives AABABCABC (net/netfilter/ipvs/ip_vs_wrr.c)."""
    return tuple(islice(_wrr(weights), count))


def lc(weights: Mapping[str, int], active: Mapping[str, int]) -> str | None:
    """Return the pick of least connection: the fewest open connections, whatever the weights, the first of equals."""
    return min(_live(weights), key=lambda name: active.get(name, 0), default=None)


def wlc(weights: Mapping[str, int], active: Mapping[str, int], inactive: Mapping[str, int] = {}) -> str | None:
    """Return the pick of weighted least connection: the lowest (256 x active + inactive) / weight."""
    return min(
        _live(weights),
        key=lambda name: (256 * active.get(name, 0) + inactive.get(name, 0)) / weights[name],
        default=None,
    )


def sed(weights: Mapping[str, int], active: Mapping[str, int]) -> str | None:
    """Return the pick of shortest expected delay: the lowest (active + 1) / weight, the first of equals."""
    return min(_live(weights), key=lambda name: (active.get(name, 0) + 1) / weights[name], default=None)


def nq(weights: Mapping[str, int], active: Mapping[str, int]) -> str | None:
    """Return the pick of never queue: the first idle server, else that of ``sed``."""
    idle = (name for name in _live(weights) if not active.get(name, 0))
    return next(idle, None) or sed(weights, active)


def fo(weights: Mapping[str, int], active: Mapping[str, int]) -> str | None:
    """Return the pick of weighted failover: the highest weight, however many connections are open there."""
    return max(_live(weights), key=weights.__getitem__, default=None)


def ovf(weights: Mapping[str, int], active: Mapping[str, int]) -> str | None:
    """Return the pick of weighted overflow (net/netfilter/ipvs/ip_vs_ovf.c); None when all servers are full.

    A server is full when more connections are open than its weight says, so it takes one more than that.
    """
    room = [name for name in _live(weights) if active.get(name, 0) <= weights[name]]
    return max(room, key=weights.__getitem__, default=None)


def _live(weights: Mapping[str, int]) -> list[str]:
    return [name for name, weight in weights.items() if weight > 0]


def _wrr(weights: Mapping[str, int]) -> Iterator[str]:
    live = {name: weight for name, weight in weights.items() if weight > 0}
    if not live:
        return
    step, most = gcd(*live.values()), max(live.values())
    while True:
        for level in range(most, 0, -step):
            yield from (name for name, weight in live.items() if weight >= level)
