"""What a handover explains: the VIP's way from one director that is well to another."""

from dataclasses import replace

from lvslab.judge import Verdict
from tests.unit.judge.histories import MS, power_off
from tests.unit.judge.looking import found, only


def test_a_handover_that_takes_no_longer_than_seen_before_passes() -> None:
    """Whoever asks between the new master's advert and its gratuitous ARP gets no answer, and that is explained."""
    run = power_off()
    run.fail(16_000, 16_300, "connect timeout")
    _, healed = found(run, "outage")
    assert healed.verdict is Verdict.PASS
    assert only(run, "requests").verdict is Verdict.PASS


def test_requests_that_fail_long_before_the_handover_are_not_explained_by_it() -> None:
    """The fault is being healed, and nobody adverts anew."""
    run = power_off()
    run.attempts[1200] = replace(run.attempts[1200], error="reset", server="")
    run.attempts[1550] = replace(run.attempts[1550], error="reset", server="")
    assert only(run, "requests").figures["unexplained"] == 2


def test_adverts_by_turns_on_two_networks_are_no_handover() -> None:
    """The master of lvs-nat adverts outside and inside, from two cards: nobody takes anything from it."""
    run = power_off()
    run.attempts[1200] = replace(run.attempts[1200], error="reset", server="")
    run.attempts[2200] = replace(run.attempts[2200], error="reset", server="")
    inside = {"network": "inside", "virtual_router_id": 52, "mac": "52:54:00:01:00:fd"}
    run.adverts += [replace(each, t=each.t + MS, **inside) for each in run.adverts]
    assert only(run, "requests").figures["unexplained"] == 2
