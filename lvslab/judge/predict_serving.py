"""What faults should cost where the directors are the real servers as well: VRRP and health checks at once.

Only one director balances: where the sync daemon is the backup's, backup_only has IPVS leave packets alone. So a
master that is gone costs what its VIP costs, and after that what a silent real server costs; a backup costs the
latter. Where both are master each balances what the other sends it, and nothing can be promised of that.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from lvslab.judge import predict_director, predict_server
from lvslab.judge.predict_director import HANDOVER
from lvslab.judge.prediction import Moment, Prediction, untold
from lvslab.judge.strike import BACKUP, DIRECTORS, MASTER, Cut, Strike
from lvslab.judge.timing import ServiceTiming, VrrpTiming

SOURCE = "net.ipv4.vs.backup_only in the kernel's ipvs-sysctl"
GONE = ("node.power-off", "node.link-down", "node.pause")
BOOTS = ("node.power-off", "node.reset")
_CHECKED = "the backup's own checks have run all along: from the fault on it waits for the silent one as any director"
_FIRST = "until the takeover every request fails, and from then on those that the new master sends to the silent one"
_ADDED = "what was removed is added when it answers its check again; until then the other answers"
_ASTRAY = (
    "those in use may break, though: until a director is master, and again as soon as it is backup, IPVS leaves "
    "packets alone there, also those of connections that the other one serves"
)
_ITS_OWN = "but connections that it served itself are gone with it"
_STAYS = (
    "the VIP is on lo of the director that stops, and IPVS is empty there: its httpd answers what still comes to it; "
    "only who asks by ARP meanwhile hears nobody"
)
_TWO_MASTERS = (
    "both balance: what one sends to the other is balanced there once more, and goes to and fro until one of them "
    "gives it to itself, or its TTL is used up"
)
_TWO_PROCESSES = (
    "IPVS's table and the sync daemon's state are seen to by two processes of keepalived, which do not wait for each "
    f"other: for a moment, up to {HANDOVER:g} s where processors are emulated, the backup may balance as well"
)
_RELOADED = (
    "a reload may end the sync daemon and start it anew: in between IPVS balances on the backup, too, for a moment, "
    f"up to {HANDOVER:g} s where processors are emulated"
)
_STILL_BACKUP = "its kernel goes on as the sync daemon's backup, and its httpd answers what the master sends"
_QUIET = "the VIP is on lo of both: whom a client's ARP entry names goes on to answer it, for as long as it is in use"
_BOOTED = "how long a machine boots until it takes the VIP back is no timer, and until then the other answers"
_CUT = "each director is on the way of requests that the other answers, and two masters balance each other's packets"
_BOTH_LATE = "requests that the backup answers pass both directors, and the others one"


def predictions(service: ServiceTiming, vrrp: VrrpTiming, strike: Strike) -> Iterator[Prediction]:
    """Return what each fault of a director should cost a service that directors serve, where VRRP does not tell."""
    told = {(each.fault, each.moment): each for each in predict_director.predictions(vrrp)}
    for fault in GONE:
        yield _gone(service, told[f"{fault} master", Moment.INJECT])
    reset = _gone(service, told["node.reset master", Moment.INJECT])
    yield untold(reset.fault, service.name, _BOOTED, reset.reasoning, reset.source)
    yield _back(service, told["node.link-down master", Moment.HEAL])
    for fault in ("node.power-off master", "node.reset master", "process.stop keepalived"):
        yield _started(service, vrrp, told[fault, Moment.HEAL])
    for fault in ("process.stop keepalived", "service.restart keepalived"):
        yield _stopped(service, told[fault, Moment.INJECT])
    yield from _two_masters(service)
    yield untold("process.stop keepalived on directors", service.name, _QUIET, source="arp(7)")
    for fault in (*GONE, "node.reset"):
        yield predict_server.silent(service, f"{fault} {BACKUP}", strike.servers)
        for back in predict_server.back(service, f"{fault} {BACKUP}", strike.servers):
            yield _booted(back) if fault in BOOTS else back
    yield from _of_backups_keepalived(service)


def impaired(service: ServiceTiming, told: Iterable[Prediction]) -> Iterator[Prediction]:
    """Return what late, lost and slow packets cost, from what they would cost with real servers of their own."""
    for each in told:
        fault, _, whom = each.fault.partition(" ")
        if whom == "real-server":
            yield each
            yield replace(each, fault=f"{fault} {BACKUP}")
        elif whom == DIRECTORS and each.moment is Moment.INJECT:
            yield untold(each.fault, service.name, _BOTH_LATE, each.reasoning, each.source, each.two_holders)
        elif whom not in (BACKUP, DIRECTORS):
            yield each


def cut(service: ServiceTiming, fault: str, lost: Cut) -> Prediction:
    """Return that nothing can be promised where packets are cut that the directors live by."""
    two = lost.loses(MASTER, BACKUP, "vrrp")
    return untold(fault, service.name, _CUT, source=SOURCE, two_holders=two)


def _gone(service: ServiceTiming, crash: Prediction) -> Prediction:
    """Return what it costs that the master is gone: a crash, and a silent real server in the new master's table."""
    silent = predict_server.silent(service, crash.fault, 1)
    is_hit = silent.share[0] > 0 and silent.latest is not None
    return replace(
        crash,
        subject=service.name,
        earliest=max(crash.earliest, silent.earliest) if is_hit else crash.earliest,
        latest=None if silent.latest is None else max(crash.latest or 0.0, silent.latest),
        share=(silent.share[0], 1.0),
        reasoning=(*crash.reasoning, _ITS_OWN, _CHECKED, *silent.reasoning, _FIRST),
        source=f"{crash.source}; {silent.source}",
        breaks=True,
        hands_over=False,
    )


def _back(service: ServiceTiming, healed: Prediction) -> Prediction:
    """Return what it costs that the old master is well again: the failback, if there is one."""
    reasons = (*healed.reasoning, _ADDED, *((_ASTRAY,) if healed.hands_over else ()))
    return replace(healed, subject=service.name, reasoning=reasons, breaks=healed.breaks or healed.hands_over)


def _started(service: ServiceTiming, vrrp: VrrpTiming, healed: Prediction) -> Prediction:
    """Return what it costs that keepalived starts on the old master: it may balance at first; then the failback."""
    back = _back(service, healed)
    latest = HANDOVER + (vrrp.master_down if healed.hands_over else 0.0)
    return replace(back, latest=latest, share=(0.0, 1.0), reasoning=(_TWO_PROCESSES, *back.reasoning))


def _booted(back: Prediction) -> Prediction:
    """Return what it costs that a backup boots, and keepalived with it."""
    return replace(back, latest=HANDOVER, share=(0.0, 1.0), reasoning=(*back.reasoning, _TWO_PROCESSES))


def _stopped(service: ServiceTiming, told: Prediction) -> Prediction:
    """Return what a goodbye costs: no more than VRRP says, and nothing where clients know the VIP's MAC address."""
    astray = (_ASTRAY,) if told.hands_over else ()
    reasons = (*told.reasoning, _STAYS, *astray)
    return replace(told, subject=service.name, earliest=0.0, reasoning=reasons, breaks=True)


def _two_masters(service: ServiceTiming) -> Iterator[Prediction]:
    """Return what it costs that the old master does not know that it is none."""
    for fault in ("process.kill keepalived", "process.freeze keepalived"):
        told = untold(fault, service.name, _TWO_MASTERS, source=SOURCE, two_holders=True)
        yield told
        yield replace(told, moment=Moment.HEAL)
    woken = untold("node.pause master", service.name, _TWO_MASTERS, source=SOURCE, two_holders=True)
    yield replace(woken, moment=Moment.HEAL)


def _of_backups_keepalived(service: ServiceTiming) -> Iterator[Prediction]:
    """Return what a backup costs whose keepalived comes or goes: its httpd goes on, and IPVS is to leave it alone."""
    for fault in ("process.kill keepalived", "process.freeze keepalived"):
        reasons = (_STILL_BACKUP,)
        yield Prediction(f"{fault} on {BACKUP}", Moment.INJECT, service.name, 0, 0, reasoning=reasons, source=SOURCE)
    for fault, moment, reason in (
        (f"process.stop keepalived on {BACKUP}", Moment.INJECT, _TWO_PROCESSES),
        (f"process.stop keepalived on {BACKUP}", Moment.HEAL, _TWO_PROCESSES),
        (f"process.kill keepalived on {BACKUP}", Moment.HEAL, _TWO_PROCESSES),
        (f"service.restart keepalived on {BACKUP}", Moment.INJECT, _TWO_PROCESSES),
        ("service.reload", Moment.INJECT, _RELOADED),
    ):
        reasons = (reason,)
        yield Prediction(fault, moment, service.name, 0, HANDOVER, (0, 1), reasoning=reasons, source=SOURCE)
