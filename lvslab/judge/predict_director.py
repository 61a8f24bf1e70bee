"""What faults of directors should cost: VRRP's arithmetic, and what keepalived does besides."""

from collections.abc import Iterator
from dataclasses import replace

from lvslab.judge.prediction import Moment, Prediction, untold
from lvslab.judge.timing import VrrpTiming

CLIENT_ARP_AGES = 53.0
"""Seconds until a client asks anew for a VIP that its ARP cache has at the wrong MAC address, at worst: 1.5 times
base_reachable_time (30 s), delay_first_probe_time (5 s) and three unicast probes a second apart (arp(7))."""

HANDOVER = 0.5
"""Seconds that a failback may take from the new master's first advert to its gratuitous ARP. No timer says how many:
it is the director's own work. Seen were 0.13 and 0.32 s where two busy processors emulated five machines."""
_ONE_TOO_MANY = "one owner too many: the one of lower priority gives the VIP up on the first advert of the other"
_SILENT_END = (
    "whether the one that stays sends gratuitous ARP hangs on who speaks first: keepalived does so only on hearing "
    "an advert of lower priority (garp_lower_prio_repeat); otherwise clients follow their ARP cache to the director "
    f"that gave the VIP up, for at most {CLIENT_ARP_AGES:.0f} s (arp(7))"
)
_NEVER_ANNOUNCED = (
    "garp_lower_prio_repeat is 0: the one that stays sends no gratuitous ARP, and clients follow their ARP cache to "
    f"the director that gave the VIP up, for at most {CLIENT_ARP_AGES:.0f} s (arp(7))"
)
_ALOUD = (
    "higher_prio_send_advert has the one that gives up send a last advert: on hearing it the other sends gratuitous "
    "ARP, whoever spoke first"
)
_QUIET = "with higher_prio_send_advert the one that gives up would speak, and it would cost a moment at most"
_TOGETHER = (
    "timers that end together make two masters for a moment: each announces the VIP, and clients follow whoever spoke"
    " last, which may be the one that gives it up on the other's first advert"
)
_NOT_REPEATED = f"garp_master_delay is 0: clients follow their ARP cache for at most {CLIENT_ARP_AGES:.0f} s (arp(7))"
_OWN_WORK = f"that is its own work and no timer: milliseconds, and up to {HANDOVER:g} s where processors are emulated"
_SYNCED = "connections that were open go on: the sync daemon has told the backup of all but the youngest"
_RESET = (
    "connections that are in use break: the sync daemon has told the backup of them, but keepalived takes its "
    "services out of IPVS before the VIP is gone, and the director resets what comes in between"
)
_BROKEN = "connections that were open break: no sync daemon tells the backup of them"
_RELOAD = "SIGHUP re-reads the file: the VIP and the rows that have not changed stay as they are"
_CLOCK = "keepalived's timers run on the monotonic clock, which nobody steps"
_BACKUP = "a backup forwards nothing, and the master does not listen for it"
_TWO_OWNERS_SOURCE = "keepalived.conf(5): vrrp_higher_prio_send_advert, garp_lower_prio_repeat; keepalived issue 166"


def predictions(timing: VrrpTiming) -> Iterator[Prediction]:
    """Return what each fault of a director should cost the addresses of one VRRP instance."""
    yield from _crashes(timing)
    yield from _stops(timing)
    yield from _frozen(timing)
    yield _restarted(timing)
    yield from _both(timing)
    yield _free(timing, "service.reload", _RELOAD, "keepalived(8), SIGHUP; keepalived issue 1228")
    yield _free(timing, "clock.step", _CLOCK, "clock_gettime(2), CLOCK_MONOTONIC")
    for fault in ("power-off", "reset", "pause", "link-down"):
        yield _free(timing, f"node.{fault} backup", _BACKUP, timing.source.replace("6.1", "6.4.2"))
    for fault in ("stop", "kill", "freeze"):
        yield _free(timing, f"process.{fault} keepalived on backup", _BACKUP, timing.source.replace("6.1", "6.4.2"))
    for fault in ("process.stop keepalived", "process.kill keepalived", "service.restart keepalived"):
        back = "a backup that starts waits for its master-down timer, and hears the master before that"
        moment = Moment.INJECT if fault.startswith("service.restart") else Moment.HEAL
        yield replace(_free(timing, f"{fault} on backup", back, timing.source.replace("6.1", "6.4.1")), moment=moment)
    yield failback(timing)


def without_vrrp(subject: str) -> Iterator[Prediction]:
    """Return what it costs that a director is gone which has its VIP for good."""
    for fault in ("power-off", "reset", "pause", "link-down"):
        reasons = ("there is one director, and no VRRP: nobody takes the VIP",)
        source = "ipvsadm(8)"
        yield Prediction(f"node.{fault} master", Moment.INJECT, subject, 0, None, reasoning=reasons, source=source)
    untimed = ("IPVS's timers run on the monotonic clock, which nobody steps",)
    source = "clock_gettime(2), CLOCK_MONOTONIC"
    yield Prediction("clock.step", Moment.INJECT, subject, 0, 0, reasoning=untimed, source=source)


def open_connections(timing: VrrpTiming) -> tuple[str, ...]:
    """Return what becomes of open connections when another director takes over, in words."""
    return (_SYNCED if timing.synced else _BROKEN,)


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
        reasoning=(first, *_arithmetic(timing), *_adverts(timing), *open_connections(timing)),
        source=timing.source,
        breaks=not timing.synced,
    )


def failback(timing: VrrpTiming) -> Prediction:
    """Return what it costs that the master of higher priority is back and takes the VIP again.

    By the RFCs nothing: its advert makes the other give up, and it tells clients at once. keepalived 2.2.7 sends the
    advert first, and adds the address and sends gratuitous ARP after it.
    """
    reasons: tuple[str, ...] = (
        f"the director of higher priority waits for {_waits(timing)}, then sends its first advert",
        "the other gives the VIP up on that advert, while the first has yet to add it and to send gratuitous ARP",
        _OWN_WORK,
        *open_connections(timing),
    )
    if not timing.preempt:
        reasons = ("nopreempt: the VIP stays where it is (keepalived.conf(5))",)
    source = "RFC 3768, section 6.4.2 (Preempt_Mode)" if timing.version == 2 else "RFC 9568, section 6.4.2"
    latest = HANDOVER if timing.preempt and timing.priority is not None else 0.0
    return Prediction(
        "failback",
        Moment.INJECT,
        timing.name,
        0,
        latest,
        reasoning=reasons,
        source=source,
        breaks=timing.preempt and not timing.synced,
        hands_over=latest > 0,
    )


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
        told,
        latest=told.latest + HANDOVER,
        reasoning=(*told.reasoning, back, *failback(timing).reasoning),
        hands_over=True,
    )


def _stops(timing: VrrpTiming) -> Iterator[Prediction]:
    if timing.priority is None:
        yield _alone(timing, "process.stop keepalived")
        return
    reasons = (
        "keepalived says goodbye: it removes the VIP and sends an advert of priority 0",
        "on that a backup waits for the skew time alone",
        _skew(timing),
        _RESET if timing.synced else _BROKEN,
    )
    skew, source = timing.skew, timing.source.replace("6.1", "6.4.2")
    yield Prediction(
        "process.stop keepalived",
        Moment.INJECT,
        timing.name,
        skew,
        skew,
        reasoning=reasons,
        source=source,
        breaks=True,
    )
    yield _healed(timing, "process.stop keepalived")


def _frozen(timing: VrrpTiming) -> Iterator[Prediction]:
    takeover = f"after {timing.master_down - timing.advert_int:.2f} to {timing.master_down:.2f} s"
    stale = (
        "the kernel keeps the VIP and the IPVS table, so the old master forwards as before: no request is lost",
        f"{takeover} the backup takes over with gratuitous ARP, and the VIP has two owners; a request that is under "
        "way in that moment may be lost",
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
        yield Prediction(
            fault,
            Moment.INJECT,
            timing.name,
            0,
            0,
            two_holders=True,
            breaks=not timing.synced,
            reasoning=reasons,
            source=source,
        )
    back = ("keepalived finds the VIP that it left, removes it, and joins as a backup",)
    yield _healed(timing, "process.kill keepalived", back)
    yield _waking(timing, "process.freeze keepalived")


def _restarted(timing: VrrpTiming) -> Prediction:
    """Return what it costs that keepalived is restarted on the master: a goodbye, and the failback after it."""
    fault = "service.restart keepalived"
    if timing.priority is None:
        return untold(
            fault,
            timing.name,
            "there is no backup, and how long a daemon takes to start is no timer",
            source="systemd.service(5)",
        )
    back = failback(timing)
    reasons = (
        "keepalived says goodbye, and starts as a backup: it adverts no sooner than after its master-down timer",
        "on the goodbye the other waits for the skew time alone",
        _skew(timing),
        *back.reasoning,
    )
    skew = timing.skew
    return replace(back, fault=fault, earliest=skew, latest=skew + (back.latest or 0.0), reasoning=reasons)


def _both(timing: VrrpTiming) -> Iterator[Prediction]:
    """Return what it costs that all directors are hit at once."""
    if timing.priority is None:
        return
    nobody = "no director is left that could take the VIP"
    for fault in (
        "node.power-off directors",
        "node.reset directors",
        "node.pause directors",
        "node.link-down directors",
    ):
        yield _lasting(timing, fault, nobody)
    yield _lasting(timing, "process.stop keepalived on directors", nobody)
    starts = "nobody has the VIP until one of them has started and waited, and how long a daemon starts is no timer"
    yield untold("service.restart keepalived on directors", timing.name, starts, _arithmetic(timing), timing.source)
    stale = "the kernel keeps the VIP and the IPVS table: requests go on, and nobody looks after either"
    for fault in ("process.kill keepalived on directors", "process.freeze keepalived on directors"):
        yield _free(timing, fault, stale, "keepalived issue 2361")
    for fault in ("node.power-off directors", "node.reset directors"):
        why = "how long a machine takes until keepalived runs is no timer"
        yield replace(untold(fault, timing.name, why, source=timing.source), moment=Moment.HEAL)
    yield replace(
        _free(timing, "node.pause directors", "all go on where they stood", timing.source), moment=Moment.HEAL
    )
    for fault in (
        "node.link-down directors",
        "process.stop keepalived on directors",
        "process.kill keepalived on directors",
    ):
        yield _starting(timing, fault)


def _starting(timing: VrrpTiming, fault: str) -> Prediction:
    """Return what it costs that all directors begin anew: the first whose master-down timer ends takes the VIP."""
    again = timing.repeat_after or CLIENT_ARP_AGES
    repeated = f"the one that stays announces it again after {again:g} s (garp_master_delay)"
    reasons = (
        "each director begins as a backup, and the one whose master-down timer ends first takes the VIP",
        *_arithmetic(timing),
        _TOGETHER,
        repeated if timing.repeat_after else _NOT_REPEATED,
        *failback(timing).reasoning,
    )
    return Prediction(
        fault,
        Moment.HEAL,
        timing.name,
        0,
        timing.master_down + again + HANDOVER,
        (0, 1),
        two_holders=True,
        reasoning=reasons,
        source=f"{timing.source}; keepalived.conf(5): garp_master_delay",
    )


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
        _OWN_WORK,
    )
    if not timing.announces:
        return two_owners_end(timing, fault, reasons[0])
    return Prediction(
        fault,
        Moment.HEAL,
        timing.name,
        0,
        HANDOVER,
        two_holders=True,
        reasoning=reasons,
        source="keepalived.conf(5): garp_lower_prio_repeat; keepalived issue 542",
        hands_over=True,
    )


def two_owners_end(timing: VrrpTiming, fault: str, first: str) -> Prediction:
    """Return what it costs that two owners of the VIP hear each other (again)."""
    ages = min(CLIENT_ARP_AGES, timing.refresh or CLIENT_ARP_AGES)
    refreshed = (f"garp_master_refresh announces it anew every {timing.refresh:g} s",) if timing.refresh else ()
    told = Prediction(
        fault,
        Moment.HEAL,
        timing.name,
        0,
        ages,
        (0, 1),
        two_holders=True,
        reasoning=(first, _ONE_TOO_MANY, _SILENT_END, *refreshed, _QUIET),
        source=_TWO_OWNERS_SOURCE,
        breaks=not timing.synced,
    )
    if not timing.announces:
        return replace(told, reasoning=(first, _ONE_TOO_MANY, _NEVER_ANNOUNCED, *refreshed))
    if not timing.yields_aloud:
        return told
    aloud = (first, _ONE_TOO_MANY, _ALOUD, _OWN_WORK)
    return replace(told, latest=HANDOVER, share=(1, 1), reasoning=aloud, hands_over=True)


def _alone(timing: VrrpTiming, fault: str) -> Prediction:
    return _lasting(timing, fault, "there is no backup: nobody takes the VIP")


def _lasting(timing: VrrpTiming, fault: str, reason: str) -> Prediction:
    return Prediction(
        fault,
        Moment.INJECT,
        timing.name,
        0,
        None,
        reasoning=(reason,),
        source=timing.source,
        breaks=not timing.synced,
    )


def _waits(timing: VrrpTiming) -> str:
    """Return how long a director that is back waits before it is master."""
    delay = f" and preempt_delay, {timing.preempt_delay:g} s" if timing.preempt_delay else ""
    return f"its own master-down interval{delay}"


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
