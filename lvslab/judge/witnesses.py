"""Three witnesses of how connections were shared: the client, the directors' counters, the servers' access logs."""

from collections import Counter
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from itertools import pairwise

from lvslab.history import Attempt, DirectorSample, History, Row, Served
from lvslab.history.history import Span
from lvslab.model import AnyService, Forwarding, Lab, LocalService, Protocol

HEALTH_CHECK = "KeepAliveClient"
"""The user agent of keepalived's checks by HTTP, which no client sent."""
APART = 30_000_000_000
"""How far a server's clock may be off, in ns."""


@dataclass(frozen=True)
class Witness:
    """How many connections each server got, as one witness tells; None where it saw nothing at all."""

    name: str
    counts: dict[str, int] | None
    silent: int = 0
    """How many connections it has nothing of, which may have gone to any server: their requests failed."""

    @property
    def total(self) -> int:
        """All of them."""
        return sum((self.counts or {}).values())

    def shares(self) -> dict[str, float]:
        """Return each server's share; nothing of nothing."""
        total = self.total
        return {name: count / total for name, count in (self.counts or {}).items()} if total else {}

    def allows(self, name: str, share: float, slack: float) -> bool:
        """Whether a server may have had this share, with some slack, the silent connections having gone anywhere."""
        every, seen = self.total + self.silent, (self.counts or {}).get(name, 0)
        return (seen / every - slack) <= share <= ((seen + self.silent) / every + slack)


def client(history: History, service: str, span: Span) -> Witness:
    """Return what the requests themselves tell: whose name was in the answer, of new connections alone."""
    own = [each for each in history.of(Attempt) if each.service == service and span.holds(each.sent)]
    if not own:
        return Witness("client", None)
    named = Counter(each.server for each in own if each.ok and each.server and not each.reused)
    return Witness("client", dict(named), sum(not each.ok for each in own))


def counters(history: History, service: str, span: Span) -> Witness:
    """Return what the directors' counters tell, each director's differences between samples added up."""
    samples = [each for each in history.of(DirectorSample) if span.holds(each.t) and not each.error]
    by_node: dict[str, list[DirectorSample]] = {}
    for each in samples:
        by_node.setdefault(each.node, []).append(each)
    if not any(len(own) > 1 for own in by_node.values()):
        return Witness("ipvs", None)
    total: Counter[str] = Counter()
    for own in by_node.values():
        for name, count in increments(own, service):
            total[name] += count
    return Witness("ipvs", dict(total))


def is_logged(service: AnyService) -> bool:
    """Whether web servers write a line for each request: they do not for datagrams, which others answer."""
    return service.protocol is Protocol.TCP


def asked_at(lab: Lab, service: AnyService) -> frozenset[str]:
    """Return the addresses that web servers are asked at for a service: the VIP, and with NAT their own."""
    vip = frozenset({str(service.address)})
    if isinstance(service, LocalService) or service.forwarding is not Forwarding.NAT:
        return vip
    return vip | {str(lab.real_server_address(service, server)) for server in service.real_servers}


def access_logs(history: History, addresses: Set[str], span: Span) -> Witness:
    """Return what the servers' access logs tell of requests at some addresses, without keepalived's own checks.

    A line counts when the attempt from its port was due, for a server's clock may be off by seconds where machines
    stand still; by its own time where nobody of the run asked from that port.
    """
    every = history.of(Served)
    if not every:
        return Witness("access log", None)
    asked = _by_port(history.of(Attempt))
    own = (each for each in every if each.vip in addresses and HEALTH_CHECK not in each.agent)
    return Witness("access log", dict(Counter(each.node for each in own if span.holds(_moment(each, asked)))))


def _by_port(attempts: Iterable[Attempt]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for each in attempts:
        found.setdefault(each.port, []).append(each.t)
    return found


def _moment(served: Served, asked: dict[int, list[int]]) -> int:
    near = min(asked.get(served.port, ()), key=lambda t: abs(t - served.t), default=served.t)
    return near if abs(near - served.t) < APART else served.t


def increments(samples: Iterable[DirectorSample], service: str) -> Iterator[tuple[str, int]]:
    """Return how much each row's counter grew from sample to sample of one director.

    A row that was taken out and added again counts from nothing: what it shows then is all new.
    """
    for earlier, later in pairwise(samples):
        before = rows_of(earlier, service)
        for name, row in rows_of(later, service).items():
            old = before[name].connections if name in before else 0
            yield name, row.connections - old if row.connections >= old else row.connections


def rows_of(sample: DirectorSample, service: str) -> dict[str, Row]:
    """Return the rows of a service by their servers."""
    return {row.server: row for row in sample.rows if row.service == service}
