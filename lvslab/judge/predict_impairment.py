"""What packets should cost that are late, lost at random, or sent over a slow line (tc-netem(8)).

Such a fault befalls what its targets send. A delay that is always the same moves all adverts alike, so the backup
misses only what its beginning holds back; what requests lose is decided by the client's patience. Chance promises
nothing: its figures are told in the reasoning, and there is no window.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lvslab.judge import predict_server, predict_storage
from lvslab.judge.limits import CONNECT, WHOLE
from lvslab.judge.prediction import Moment, Prediction, untold
from lvslab.judge.strike import BACKUP, DIRECTORS, EVERYWHERE, MASTER, STORAGE, Strike
from lvslab.judge.timing import Carried, VrrpTiming
from lvslab.model import CheckType

DELAY, JITTER, PERCENT, RATE = 0.1, 0.05, 10.0, "1mbit"
"""The parameters of network.delay, .jitter, .loss and .rate, unless told."""
NETEM = "tc-netem(8)"
QUEUE = 1000
"""Packets that netem holds at most (limit), unless told."""
FRAME = 1514
"""Bytes of an Ethernet frame at most, without its checksum."""
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}
_MASTERS = (MASTER, DIRECTORS)
_BACKUP = "a backup sends nothing that a request waits for"
_PAGES = "how many answers of the storage a page waits for is up to the NFS client's cache"


def predictions(carried: Carried, strike: Strike) -> Iterator[Prediction]:
    """Return what it costs a service that packets of its parts are late, lost or slow."""
    delay, jitter = strike.number("delay", DELAY), strike.number("jitter", JITTER)
    lost = strike.number("percent", PERCENT) / 100
    bits = rate(strike.arguments.get("rate", RATE))
    for who in _whom(carried):
        hit = strike.servers if who == "real-server" else max(1, len(carried.servers))
        yield from _late(_Late(f"network.delay {who}", carried, who, hit, delay, delay))
        yield from _late(_Late(f"network.jitter {who}", carried, who, hit, max(0.0, delay - jitter), delay + jitter))
        for fault, figures in (("loss", _lossy(carried, who, lost)), ("rate", _queued(carried, who, bits))):
            yield _by_chance(carried, f"network.{fault} {who}", who, figures)


def rate(text: str) -> float:
    """Return a rate as tc(8) writes it, such as ``10mbit``, in bits a second."""
    found = re.fullmatch(r"([\d.]+)([kmg]?)bit", text)
    return float(found[1]) * _UNITS[found[2]] if found else 0.0


def spurious_failovers(vrrp: VrrpTiming, lost: float) -> float:
    """Return how often in an hour a backup takes over for no reason, if each advert is lost with a probability.

    The backup's patience ends when as many adverts in a row as it may miss are lost; such a row begins after an
    advert that was heard.
    """
    return 3600 / vrrp.advert_int * (1 - lost) * lost**vrrp.missed


def _whom(carried: Carried) -> tuple[str, ...]:
    servers = ("real-server", f"real-server{EVERYWHERE}") if carried.servers else ()
    return (MASTER, BACKUP, DIRECTORS, *servers, *((STORAGE,) if carried.storage else ()))


@dataclass(frozen=True)
class _Late:
    """Packets of somebody that are late by so many seconds, at least and at most."""

    fault: str
    carried: Carried
    who: str
    servers: int
    """How many real servers are late; all of them where it is the master."""
    low: float
    high: float

    @property
    def passes(self) -> int:
        """How many late packets in a row a connection waits for: with NAT the master sends both ways."""
        return 2 if self.who in _MASTERS and self.carried.carries_replies else 1

    @property
    def share(self) -> tuple[float, float]:
        """The share of requests that is late."""
        return self.carried.service.share(self.servers) if self.carried.service else (1.0, 1.0)

    @property
    def answer(self) -> float:
        """By how much an answer is late at most: the connection, and then the page; or one datagram."""
        return (1 if self.carried.is_udp else 2) * self.passes * self.high

    def fits(self, delay: float) -> bool:
        """Whether the prober's patience lasts for packets that are so late."""
        if self.carried.is_udp:
            return self.passes * delay < WHOLE
        return self.passes * delay < CONNECT and 2 * self.passes * delay < WHOLE

    def arithmetic(self) -> tuple[str, ...]:
        """Return how late a request is, in words."""
        span = f"{self.low:g}" if self.low == self.high else f"{self.low:g} to {self.high:g}"
        if self.carried.is_udp:
            times = ", the answer as well" if self.passes > 1 else ""
            return (f"each datagram is {span} s late{times}; the prober waits {WHOLE:g} s for the answer",)
        times = f", {self.passes} of which a connection waits for" if self.passes > 1 else ""
        patience = f"the prober waits {CONNECT:g} s for a connection, {WHOLE:g} s for the answer"
        return (f"each packet is {span} s late{times}; {patience}",)


def _late(case: _Late) -> Iterator[Prediction]:
    carried, fault = case.carried, case.fault
    if case.who == BACKUP:
        yield Prediction(fault, Moment.INJECT, carried.name, 0, 0, reasoning=(_BACKUP,), source=NETEM)
    elif case.who == STORAGE:
        yield _of_storage(carried, fault)
    elif case.who in _MASTERS and carried.vrrp and _moves(carried.vrrp, case.high):
        why = "adverts are so late that the backup takes over, and gives the VIP up on the next one that comes"
        told = untold(fault, carried.name, why, (*_patience(carried.vrrp), *case.arithmetic()), carried.vrrp.source)
        yield replace(told, two_holders=True)
    else:
        yield from _patient(case)


def _of_storage(carried: Carried, fault: str) -> Prediction:
    if carried.service and carried.is_udp:
        return predict_server.unasked(carried.service, fault, len(carried.servers), predict_storage.NOT_READ)
    return untold(fault, carried.name, _PAGES, source="nfs(5)")


def _moves(vrrp: VrrpTiming, late: float) -> bool:
    """Whether adverts that begin to be late have a backup take over."""
    return vrrp.priority is not None and late >= vrrp.master_down - vrrp.advert_int


def _patience(vrrp: VrrpTiming) -> tuple[str, ...]:
    if vrrp.priority is None:
        return ()
    spare = vrrp.master_down - vrrp.advert_int
    return (
        f"a backup takes over if adverts begin to be late by master-down - interval = {spare:.3f} s or more; "
        "less moves them all alike, and nobody notices",
    )


def _patient(case: _Late) -> Iterator[Prediction]:
    """Return what late packets cost that move no VIP."""
    carried, told = case.carried, case.arithmetic()
    if case.who in _MASTERS and carried.vrrp:
        told = (*told, *_patience(carried.vrrp))
    if case.fits(case.high):
        yield Prediction(
            case.fault,
            Moment.INJECT,
            carried.name,
            0,
            0,
            reasoning=(*told, "so requests are slow, and none fails"),
            source=NETEM,
        )
        yield _emptied(case)
    elif case.fits(case.low):
        yield untold(case.fault, carried.name, "some packets are later than the prober waits, at random", told, NETEM)
    else:
        yield _too_late(case, told)


def _too_late(case: _Late, told: tuple[str, ...]) -> Prediction:
    """Return what it costs that every packet is later than the prober waits."""
    service = case.carried.service
    if service is None or case.who in _MASTERS:
        reasons = (*told, f"so no {'answer' if case.carried.is_udp else 'connection'} comes about in time")
        return Prediction(case.fault, Moment.INJECT, case.carried.name, 0, None, reasoning=reasons, source=NETEM)
    check = service.check
    if check is not None and case.high >= check.connect_timeout:
        if case.low < check.connect_timeout:
            why = f"some checks are later than connect_timeout = {check.connect_timeout:g} s, at random"
            return untold(case.fault, service.name, why, told, predict_server.SOURCE)
        noticed = predict_server.silent(service, case.fault, case.servers)
        return replace(noticed, reasoning=(*told, *noticed.reasoning))
    patient = (
        f"checks wait {check.connect_timeout:g} s (connect_timeout), and are content"
        if check
        else "no check is there"
    )
    return predict_server.never(service, case.fault, case.servers, *told, patient)


def _emptied(case: _Late) -> Prediction:
    """Return what the end of a delay costs: what waits in netem's queue is lost."""
    why = "what waits in the queue is lost when netem goes: requests that were under way wait for what was sent again"
    if case.carried.is_udp:
        why = "what waits in the queue is lost when netem goes, and nobody sends a datagram again"
    return Prediction(
        case.fault,
        Moment.HEAL,
        case.carried.name,
        0,
        case.answer,
        (0, case.share[1]),
        reasoning=(why,),
        source=NETEM,
        under_way=case.answer,
    )


def _by_chance(carried: Carried, fault: str, who: str, figures: tuple[str, ...]) -> Prediction:
    if who == BACKUP:
        return Prediction(fault, Moment.INJECT, carried.name, 0, 0, reasoning=(_BACKUP,), source=NETEM)
    if who == STORAGE:
        return _of_storage(carried, fault)
    why = "which packets are hit is chance" if "loss" in fault else "how long a packet waits is up to what is sent"
    return untold(fault, carried.name, why, figures, NETEM)


def _lossy(carried: Carried, who: str, lost: float) -> tuple[str, ...]:
    """Return what loss means on the average."""
    passes = 2 if who in _MASTERS and carried.carries_replies else 1
    missing = 1 - (1 - lost) ** passes
    first = "a connection whose handshake loses a packet waits 1 s for the next (RFC 6298), longer than the prober"
    if carried.is_udp:
        first = "nobody sends a datagram again (RFC 768), so one that is lost has no answer"
    figures = [f"{first}: {missing * 100:.3g} % of those that pass"]
    vrrp = carried.vrrp
    if who in _MASTERS and vrrp and vrrp.priority is not None:
        figures.append(
            f"{vrrp.missed} adverts lost in a row are a failover for nothing: (1 - p) x p^{vrrp.missed} of them, "
            f"{spurious_failovers(vrrp, lost):.3g} an hour on the average"
        )
    service = carried.service
    if who not in _MASTERS and service and service.check:
        check = service.check
        tries = check.retry + 1
        fails = f"only where all that TCP sends again within {check.connect_timeout:g} s is lost as well"
        if check.type is CheckType.UDP_CHECK:
            fails = f"where its one answer is lost, {lost * 100:.3g} % of them"
        figures.append(f"a check fails {fails}, and the server is removed after {tries} such in a row")
    return tuple(figures)


def _queued(carried: Carried, who: str, bits: float) -> tuple[str, ...]:
    """Return what a slow line may come to."""
    longest = QUEUE * FRAME * 8 / bits if bits else 0.0
    figures = [f"netem holds up to {QUEUE} packets: the last of them waits {longest:.3g} s"]
    vrrp = carried.vrrp
    if who in _MASTERS and vrrp and vrrp.priority is not None:
        spare = vrrp.master_down - vrrp.advert_int
        may = "may" if longest >= spare else "cannot"
        figures.append(f"adverts wait in the same queue, so a full one {may} cost a failover (from {spare:.3f} s on)")
    return tuple(figures)
