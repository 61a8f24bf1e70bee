"""Runs in which a service by UDP was asked: outages and shares, by the witnesses that there are."""

from dataclasses import replace

import pytest

from lvslab.history import DirectorSample, Event, Served
from lvslab.judge import Verdict
from lvslab.model import load_lab
from tests.unit.judge.histories import MS, SECOND, Answers, Watched, drill, fault, phases, power_off, quiet, turns
from tests.unit.judge.looking import found, only
from tests.unit.recorded import LABS

UDP = load_lab(LABS / "lvs-udp.yml")


def by_udp(run: Watched) -> list[Event]:
    """Return the events of a run as if its attempts had been datagrams to the service flows."""
    run.attempts = [
        replace(
            each,
            service="flows",
            connected=None,
            status=None,
            error="timeout" if each.error else "",
            done=None if each.error else each.done,
        )
        for each in run.attempts
    ]
    return [_of_flows(each) for each in run.events() if not isinstance(each, Served)]


def _of_flows(event: Event) -> Event:
    if isinstance(event, DirectorSample):
        return replace(event, rows=tuple(replace(row, service="flows") for row in event.rows))
    return event


def web1_silent(start: int, end: int) -> Answers:
    """Have web1 say nothing from one moment to another, in ms: half of the datagrams are lost."""

    def answer(number: int, sent: int) -> tuple[str, str]:
        server, _ = turns(number, sent)
        return ("", "timeout") if server == "web1" and start * MS <= sent < end * MS else (server, "")

    return answer


def server_gone(end: int) -> list[Event]:
    """Return a run in which web1 loses its power at 6 s, and datagrams to it are lost until a moment in ms."""
    run = quiet(30, web1_silent(6000, end))
    run.faults = fault("node.power-off", 5990, 20000, ("web1",))
    run.table = lambda t: {"web2": 1} if end * MS <= t < 22 * SECOND else {"web1": 1, "web2": 1}
    run.phases = phases(6000, 20000, 24000, 30000)
    return by_udp(run)


@pytest.mark.parametrize("outage", [2620, 3000, 3600])
def test_a_failover_costs_datagrams_what_vrrp_promises(outage: int) -> None:
    """2.61 to 3.61 s, though each of them waited a second more for its answer."""
    told = only(by_udp(power_off(outage)), "outage", lab=UDP)
    assert told.verdict is Verdict.PASS
    assert told.figures["outage_ms"] == outage


def test_a_failover_that_takes_too_long_fails() -> None:
    """As by TCP."""
    assert only(by_udp(power_off(4500)), "outage", lab=UDP).verdict is Verdict.FAIL


@pytest.mark.parametrize(("end", "expected"), [(11500, Verdict.PASS), (15000, Verdict.FAIL)])
def test_a_silent_server_costs_its_share_until_udp_check_has_noticed(end: int, expected: Verdict) -> None:
    """3 to 7 s from 6 s on; every second datagram is lost meanwhile."""
    told = only(server_gone(end), "outage", lab=UDP)
    assert told.verdict is expected
    assert told.figures["failed_share"] == pytest.approx(0.5, abs=0.01)
    assert "predicted 50 % for 3.00-7.00 s" in told.message


def test_what_is_sent_in_the_last_second_of_a_pause_may_still_be_answered() -> None:
    """The machine wakes, and finds what has waited for it: a datagram has a second for that."""
    run = quiet(20, web1_silent(6000, 8050))
    run.faults = fault("node.pause", 5990, 9020, ("web1",))
    assert found(by_udp(run), "outage", lab=UDP)[0].verdict is Verdict.PASS


def test_a_datagram_that_is_lost_for_no_reason_is_a_request_that_failed() -> None:
    """httpd is stopped, which is none: nothing explains it."""
    run = quiet(20, web1_silent(7000, 7050))
    run.faults = fault("process.stop", 5990, 9000, ("web1",), process="httpd")
    events = by_udp(run)
    assert only(events, "outage", lab=UDP).verdict is Verdict.FAIL
    assert only(events, "requests", lab=UDP).verdict is Verdict.FAIL


def test_shares_are_told_by_client_and_directors_alone() -> None:
    """No web server writes a line for a datagram, and a witness that cannot be there is not missed."""
    told = found(by_udp(quiet()), "distribution", drill(fault="service.reload"), UDP)
    assert [each.verdict for each in told] == [Verdict.PASS] * 3
    assert told[0].figures.keys() == {"client_web1", "client_web2", "ipvs_web1", "ipvs_web2"}
    assert "not heard" not in told[0].message
