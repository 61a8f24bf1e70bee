"""What it should cost that the web server of a director which answers itself is gone, or answers wrongly.

Its scripts find that out, and then it is VRRP's turn.
"""

from collections.abc import Iterator
from dataclasses import replace

from lvslab.judge.predict_director import failback
from lvslab.judge.prediction import Moment, Prediction
from lvslab.judge.strike import BACKUP, EVERYWHERE
from lvslab.judge.timing import VrrpTiming
from lvslab.judge.timing_local import LocalTiming, ScriptTiming

SOURCE = "keepalived.conf(5), vrrp_script: interval, timeout, fall, weight"
GONE = ("process.stop httpd", "process.kill httpd")
RUNS = ("process.freeze httpd", "web.error")
"""Faults of a web server that runs, and so is not started anew, whether it answers or not."""
UNSEEN = "web.wrong-body"
_STANDBY = "the standby answers nobody"
_STATUS = "a script of lvslab's own reads the status alone, and that is 200: whoever has the VIP keeps it"


def predictions(local: LocalTiming, vrrp: VrrpTiming | None) -> Iterator[Prediction]:
    """Return what each fault of a director's web server should cost a service that directors answer themselves."""
    for fault in (*GONE, *RUNS, UNSEEN):
        on_backup = f"{fault} on {BACKUP}"
        yield Prediction(on_backup, Moment.INJECT, local.name, 0, 0, reasoning=(_STANDBY,), source=SOURCE)
    for suffix in ("", EVERYWHERE):
        yield Prediction(f"{UNSEEN}{suffix}", Moment.INJECT, local.name, 0, None, reasoning=(_STATUS,), source=SOURCE)
    for fault in (*GONE, *RUNS):
        reviver = next((script for script in local.scripts if script.revives and fault in GONE), None)
        if reviver:
            yield _revived(local, reviver, fault)
            yield _revived(local, reviver, f"{fault}{EVERYWHERE}")
            continue
        yield _gone(local, vrrp, fault)
        yield _nowhere(local, f"{fault}{EVERYWHERE}")
        if vrrp and local.scripts:
            yield replace(failback(vrrp), fault=fault, moment=Moment.HEAL, subject=local.name)


def _gone(local: LocalTiming, vrrp: VrrpTiming | None, fault: str) -> Prediction:
    """Return what it costs that the web server of the master gives no page, by the script that moves the VIP."""
    giving_up = next((script for script in local.scripts if not script.weight), None)
    if vrrp and vrrp.priority is not None and giving_up:
        return _given_up(local, vrrp, giving_up, fault)
    outvoting = next((script for script in local.scripts if script.outvoted), None)
    if vrrp and vrrp.priority is not None and vrrp.preempt and outvoting:
        return _outvoted(local, vrrp, outvoting, fault)
    reason = "no script moves the VIP, so the director that has it keeps it"
    return Prediction(fault, Moment.INJECT, local.name, 0, None, reasoning=(reason,), source=SOURCE)


def _nowhere(local: LocalTiming, fault: str) -> Prediction:
    """Return what it costs that no director has a web server: there is nobody to move the VIP to."""
    reason = "no director is left that could answer well"
    return Prediction(fault, Moment.INJECT, local.name, 0, None, reasoning=(reason,), source=SOURCE)


def _revived(local: LocalTiming, script: ScriptTiming, fault: str) -> Prediction:
    reasons = (
        f"{script.name} finds no page at its next run, {script.interval:g} s later at most, and starts httpd",
        f"a run may take {script.limit:g} s; a start that takes longer goes on without it",
    )
    latest = script.interval + script.limit
    return Prediction(fault, Moment.INJECT, local.name, 0, latest, reasoning=reasons, source=SOURCE)


def _given_up(local: LocalTiming, vrrp: VrrpTiming, script: ScriptTiming, fault: str) -> Prediction:
    early, late = script.noticed
    reasons = (
        _noticed(script),
        "without a weight that means FAULT: the master removes the VIP and sends an advert of priority 0",
        f"on that the backup waits for the skew time alone, {vrrp.skew:.3f} s",
    )
    window = early + vrrp.skew, late + vrrp.skew
    return Prediction(fault, Moment.INJECT, local.name, *window, reasoning=reasons, source=SOURCE)


def _outvoted(local: LocalTiming, vrrp: VrrpTiming, script: ScriptTiming, fault: str) -> Prediction:
    early, late = script.noticed
    reasons = (
        _noticed(script),
        f"the weight {script.weight} puts the master behind the backup, but it goes on to advert",
        "the backup discards adverts of a lower priority than its own, and waits until its master-down timer ends: "
        f"{vrrp.master_down:.3f} s after the last one that counted",
    )
    window = early + vrrp.master_down - vrrp.advert_int, late + vrrp.master_down
    source = f"{SOURCE}; RFC 3768, section 6.4.2"
    return Prediction(fault, Moment.INJECT, local.name, *window, reasoning=reasons, source=source)


def _noticed(script: ScriptTiming) -> str:
    early, late = script.noticed
    return f"{script.name} has failed {script.fall} times in a row after {early:g} to {late:g} s"
