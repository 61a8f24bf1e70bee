"""What faults of directors should cost: VRRP's arithmetic, and what keepalived does besides."""

from collections.abc import Iterator
from dataclasses import replace

from lvslab.judge.prediction import Moment, Prediction
from lvslab.judge.timing import VrrpTiming

CLIENT_ARP_AGES = 53.0
"""Seconds until a client asks anew for a VIP that its ARP cache has at the wrong MAC address, at worst: 1.5 times
base_reachable_time (30 s), delay_first_probe_time (5 s) and three unicast probes a second apart (arp(7))."""

HANDOVER = 0.5
"""Seconds that a failback may take from the new master's first advert to its gratuitous ARP. No timer says how many:
it is the director's own work. Seen were 0.13 and 0.32 s where two busy processors emulated five machines."""
_TWO_OWNERS_END = (
    "one owner too many: the one of lower priority gives the VIP up on the first advert of the other",
    "whether the one that stays sends gratuitous ARP hangs on who speaks first: keepalived does so only on hearing "
    "an advert of lower priority (garp_lower_prio_repeat); otherwise clients follow their ARP cache to the director "
    f"that gave the VIP up, for at most {CLIENT_ARP_AGES:.0f} s (arp(7))",
    "vrrp_higher_prio_send_advert makes the one that gives up speak first: then it costs nothing",
)
_RELOAD = "SIGHUP re-reads the file: the VIP and the rows that have not changed stay as they are"
_CLOCK = "keepalived's timers run on the monotonic clock, which nobody steps"
_BACKUP = "a backup forwards nothing, and the master does not listen for it"
_TWO_OWNERS_SOURCE = "keepalived.conf(5): vrrp_higher_prio_send_advert, garp_lower_prio_repeat; keepalived issue 166"


def predictions(timing: VrrpTiming) -> Iterator[Prediction]:
    """Return what each fault of a director should cost the addresses of one VRRP instance."""
    yield from _crashes(timing)
    yield from _stops(timing)
    yield from _frozen(timing)
    yield from _blocked(timing)
    yield _free(timing, "service.reload", _RELOAD, "keepalived(8), SIGHUP; keepalived issue 1228")
    yield _free(timing, "clock.step", _CLOCK, "clock_gettime(2), CLOCK_MONOTONIC")
    for fault in ("power-off", "reset", "pause", "link-down"):
        yield _free(timing, f"node.{fault} backup", _BACKUP, timing.source.replace("6.1", "6.4.2"))
    for fault in ("stop", "kill", "freeze"):
        yield _free(timing, f"process.{fault} keepalived on backup", _BACKUP, timing.source.replace("6.1", "6.4.2"))
    yield failback(timing)


def crash(timing: VrrpTiming, fault: str, first: str) -> Prediction:
    """Return what it costs that a master falls silent and no longer forwards."""
    if timing.priority is None:
        return _alone(timing, fault)
    return Prediction(
        fault,
        Moment.INJECT,
        timing.name,
        timing.master_down - timing.advert_int,
        timing.master_down,
        reasoning=(first, *_arithmetic(timing), *_adverts(timing)),
        source=timing.source,
    )


def failback(timing: VrrpTiming) -> Prediction:
    """Return what it costs that the master of higher priority is back and takes the VIP again.

    By the RFCs nothing: its advert makes the other give up, and it tells clients at once. keepalived 2.2.7 sends the
    advert first, and adds the address and sends gratuitous ARP after it.
    """
    reasons: tuple[str, ...] = (
        "the director of higher priority waits for its own master-down interval, then sends its first advert",
        "the other gives the VIP up on that advert, while the first has yet to add it and to send gratuitous ARP",
        f"that is its own work and no timer: milliseconds, and up to {HANDOVER:g} s where processors are emulated",
        "connections that were open break, unless the sync daemon has told them to the director that takes over",
    )
    if not timing.preempt:
        reasons = ("nopreempt: the VIP stays where it is (keepalived.conf(5))",)
    source = "RFC 3768, section 6.4.2 (Preempt_Mode)" if timing.version == 2 else "RFC 9568, section 6.4.2"
    latest = HANDOVER if timing.preempt and timing.priority is not None else 0.0
    return Prediction("failback", Moment.INJECT, timing.name, 0, latest, reasoning=reasons, source=source)


def _crashes(timing: VrrpTiming) -> Iterator[Prediction]:
    power_off = "the director is gone without a word: the backup waits until its master-down timer ends"
    yield crash(timing, "node.power-off master", power_off)
    yield _healed(timing, "node.power-off master")
    yield _reset(timing, power_off)
    yield _healed(timing, "node.reset master")
    link = "the link goes down at the hypervisor: keepalived sees it and drops to FAULT, yet nobody hears of it"
    yield crash(timing, "node.link-down master", link)
    yield _healed(timing, "node.link-down master")
    paused = "the machine stands still: it neither adverts nor forwards, and knows nothing of it"
    yield crash(timing, "node.pause master", paused)
    yield _waking(timing, "node.pause master")


def _reset(timing: VrrpTiming, first: str) -> Prediction:
    """Return what a reset costs: a crash, and the failback as soon as the director has booted."""
    told = crash(timing, "node.reset master", first)
    if told.latest is None or not timing.preempt:
        return told
    back = "a director boots for longer than that; when it has, the VIP goes back to it"
    return replace(
        told, latest=told.latest + HANDOVER, reasoning=(*told.reasoning, back, *failback(timing).reasoning)
    )


def _stops(timing: VrrpTiming) -> Iterator[Prediction]:
    if timing.priority is None:
        yield _alone(timing, "process.stop keepalived")
        return
    reasons = (
        "keepalived says goodbye: it removes the VIP and sends an advert of priority 0",
        "on that a backup waits for the skew time alone",
        _skew(timing),
    )
    skew, source = timing.skew, timing.source.replace("6.1", "6.4.2")
    yield Prediction(
        "process.stop keepalived", Moment.INJECT, timing.name, skew, skew, reasoning=reasons, source=source
    )
    yield _healed(timing, "process.stop keepalived")


def _frozen(timing: VrrpTiming) -> Iterator[Prediction]:
    takeover = f"after {timing.master_down - timing.advert_int:.2f} to {timing.master_down:.2f} s"
    stale = (
        "the kernel keeps the VIP and the IPVS table, so the old master forwards as before: no request is lost",
        f"{takeover} the backup takes over with gratuitous ARP, and the VIP has two owners",
        "the old one still answers ARP requests for the VIP, and its table is no longer looked after: a real server "
        "that dies from then on stays in it",
    )
    killed = (
        "all processes of keepalived are gone at once; kill -9 of the parent alone is a graceful stop, since its "
        "children then get SIGTERM (prctl(2), PR_SET_PDEATHSIG)",
        *stale,
    )
    source = "keepalived issue 2361"
    for fault, reasons in (
        ("process.kill keepalived", killed),
        ("process.freeze keepalived", ("SIGSTOP sends no adverts", *stale)),
    ):
        yield Prediction(fault, Moment.INJECT, timing.name, 0, 0, two_holders=True, reasoning=reasons, source=source)
    back = ("keepalived finds the VIP that it left, removes it, and joins as a backup",)
    yield _healed(timing, "process.kill keepalived", back)
    yield _waking(timing, "process.freeze keepalived")


def _blocked(timing: VrrpTiming) -> Iterator[Prediction]:
    reasons = (
        "the backup hears no adverts and takes over while the master goes on: split brain",
        "in direct routing both forward to the same real servers, so requests are answered whichever ARP reply wins",
    )
    source = "RFC 3768, section 10; keepalived issue 2387"
    yield Prediction(
        "network.block vrrp", Moment.INJECT, timing.name, 0, 0, two_holders=True, reasoning=reasons, source=source
    )
    yield _two_owners_end(timing, "network.block vrrp", "both advertise, and now hear each other")


def _free(timing: VrrpTiming, fault: str, reason: str, source: str) -> Prediction:
    return Prediction(fault, Moment.INJECT, timing.name, 0, 0, reasoning=(reason,), source=source)


def _healed(timing: VrrpTiming, fault: str, reasons: tuple[str, ...] = ()) -> Prediction:
    back = failback(timing)
    return replace(back, fault=fault, moment=Moment.HEAL, reasoning=(*reasons, *back.reasoning))


def _waking(timing: VrrpTiming, fault: str) -> Prediction:
    """Return what it costs that a master which slept wakes, and so is a second owner for a moment."""
    reasons = (
        "on waking it is still master, as it sees it",
        "the other's adverts of lower priority are waiting for it in its queue: on hearing them it adverts and sends "
        "gratuitous ARP at once (garp_lower_prio_repeat), and the other gives the VIP up",
        f"that is their own work and no timer: milliseconds, and up to {HANDOVER:g} s where processors are emulated",
    )
    return Prediction(
        fault,
        Moment.HEAL,
        timing.name,
        0,
        HANDOVER,
        two_holders=True,
        reasoning=reasons,
        source="keepalived.conf(5): garp_lower_prio_repeat; keepalived issue 542",
    )


def _two_owners_end(timing: VrrpTiming, fault: str, first: str) -> Prediction:
    return Prediction(
        fault,
        Moment.HEAL,
        timing.name,
        0,
        CLIENT_ARP_AGES,
        (0, 1),
        two_holders=True,
        reasoning=(first, *_TWO_OWNERS_END),
        source=_TWO_OWNERS_SOURCE,
    )


def _alone(timing: VrrpTiming, fault: str) -> Prediction:
    return Prediction(
        fault,
        Moment.INJECT,
        timing.name,
        0,
        None,
        reasoning=("there is no backup: nobody takes the VIP",),
        source=timing.source,
    )


def _skew(timing: VrrpTiming) -> str:
    unit = "" if timing.version == 2 else f" x {timing.advert_int:g} s"
    return (
        f"skew = (256 - {timing.priority}) / 256{unit} = {timing.skew:.3f} s (the backup's priority{timing.assumed})"
    )


def _arithmetic(timing: VrrpTiming) -> tuple[str, ...]:
    down = f"master-down = {timing.missed} x {timing.advert_int:g} s + skew = {timing.master_down:.3f} s"
    return _skew(timing), down


def _adverts(timing: VrrpTiming) -> tuple[str, ...]:
    return (f"the last advert was sent up to {timing.advert_int:g} s before the fault, so that much less remains",)
