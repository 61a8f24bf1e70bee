"""Outages against what is predicted, and which requests were lost."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lvslab.history import Attempt, Fault, Stall
from lvslab.judge import Verdict
from lvslab.judge.degraded import share_fits
from lvslab.judge.outage import verdict
from tests.unit.judge.histories import (
    LIMIT,
    MS,
    SECOND,
    Answers,
    Watched,
    adverts,
    drill,
    failing,
    fault,
    gone,
    gratuitous,
    lab,
    power_off,
    quiet,
    turns,
)
from tests.unit.judge.looking import found, only, without

RELOAD = drill(fault="service.reload")


def one_server_down(start: int, end: int) -> Answers:
    """Have web1 refuse from one moment to another, in ms: half of the requests fail."""

    def answer(number: int, sent: int) -> tuple[str, str]:
        server, _ = turns(number, sent)
        return ("", "refused") if server == "web1" and start * MS <= sent < end * MS else (server, "")

    return answer


def httpd_stopped(start: int = 6000, end: int = 8500) -> Watched:
    """Return a run in which httpd is stopped on web1 and its requests fail for a while."""
    run = quiet(20, one_server_down(start, end))
    run.faults = fault("process.stop", 5990, 12000, ("web1",), process="httpd")
    return run


@pytest.mark.parametrize("outage", [2620, 3000, 3600])
def test_an_outage_inside_the_predicted_window_passes(outage: int) -> None:
    """The configuration promises 2.61 to 3.61 s."""
    told = only(power_off(outage), "outage")
    assert told.verdict is Verdict.PASS
    assert told.figures["outage_ms"] == outage
    assert (told.figures["predicted_low_ms"], told.figures["predicted_high_ms"]) == (2613.28, 3613.28)


@pytest.mark.parametrize("outage", [1000, 2500, 3700, 6000])
def test_an_outage_outside_of_it_fails(outage: int) -> None:
    """Too short is as wrong as too long: something else happened than was thought."""
    told = only(power_off(outage), "outage")
    assert told.verdict is Verdict.FAIL
    assert f"gone for {outage / 1000:.2f} s, predicted 2.61-3.61 s" in told.message


@pytest.mark.parametrize(
    ("at", "error", "expected"),
    [(6200, "reset", Verdict.INCONCLUSIVE), (6200, "refused", Verdict.FAIL), (6600 + 3630, "reset", Verdict.FAIL)],
)
def test_requests_that_were_under_way_may_not_be_counted_as_outage(at: int, error: str, expected: Verdict) -> None:
    """Others that were sent after them were answered, so the service was there; 3.63 s would pass."""
    run = power_off(3630)
    run.faults = fault("node.power-off", 6100, 15000)
    run.fail(at, at + 10, error)
    run.fail(at + 50, at + 60, error)
    told = only(run, "outage")
    assert (told.verdict, told.figures["outage_ms"]) == (expected, 3650)


def test_an_outage_that_never_ends_fails() -> None:
    """Even where its known part would fit the window."""
    run = power_off()
    run.attempts = [each for each in run.attempts if each.sent < 9500 * MS]
    assert only(run, "outage").verdict is Verdict.FAIL


@pytest.mark.parametrize(("told", "expected"), [(9613 + 120, Verdict.PASS), (9613 + 20, Verdict.FAIL)])
def test_a_new_masters_own_work_counts_as_far_as_packets_show_it(told: int, expected: Verdict) -> None:
    """Its timer ended at 9613 ms; clients were told so much later, and the outage was 3.7 s."""
    run = power_off(3700)
    run.arps = gratuitous("director2", told)
    assert only(run, "outage").verdict is expected


def test_a_stall_of_the_prober_near_the_windows_edge_is_inconclusive() -> None:
    """It may have seen the outage that much too long."""
    run = power_off(3700)
    run.more = [Stall(8 * SECOND, 200 * MS)]
    told = only(run, "outage")
    assert told.verdict is Verdict.INCONCLUSIVE
    assert "stood still for 200 ms" in told.message


def test_a_stall_far_from_the_outage_changes_nothing() -> None:
    """Only what the prober did meanwhile counts."""
    run = power_off(3700)
    run.more = [Stall(1 * SECOND, 200 * MS)]
    assert only(run, "outage").verdict is Verdict.FAIL


def test_nobody_asking_is_inconclusive() -> None:
    """What was not looked at cannot pass."""
    events = without(power_off(), Attempt)
    assert only(events, "outage").verdict is Verdict.INCONCLUSIVE
    assert only(events, "requests").verdict is Verdict.INCONCLUSIVE


def test_a_prober_that_was_blind_cannot_say_that_nothing_happened() -> None:
    """It stood still for a second in which keepalived was reloaded."""
    run = quiet()
    run.more = [Stall(6500 * MS, SECOND)]
    assert only(run, "outage", RELOAD).verdict is Verdict.INCONCLUSIVE


def test_the_end_of_a_fault_is_judged_as_well() -> None:
    """A failback with preemption is to cost half a second at most."""
    run = power_off()
    run.fail(16_000, 17_000, "reset")
    first, second = found(run, "outage")
    assert first.verdict is Verdict.PASS
    assert second.verdict is Verdict.FAIL
    assert second.message == "node.power-off master healed: gone for 1.00 s, predicted 0.00-0.50 s"


def test_half_of_the_requests_failing_while_a_server_is_noticed_passes() -> None:
    """Round robin goes on to send every second one to it: 1 to 3 s here."""
    told = only(httpd_stopped(), "outage")
    assert told.verdict is Verdict.PASS
    assert told.figures["failed_share"] == pytest.approx(0.5, abs=0.01)
    assert told.figures["degraded_ms"] == pytest.approx(2500, abs=20)


def test_a_dead_server_that_is_noticed_too_late_fails() -> None:
    """The check's budget is 3 s at worst."""
    told = only(httpd_stopped(end=9500), "outage")
    assert told.verdict is Verdict.FAIL
    assert "50.0 % of requests failed for 3.48 s; predicted 50 % for 1.00-3.00 s" in told.message


def test_a_fault_that_bites_bit_by_bit_is_measured_from_its_injections_end() -> None:
    """httpd took two seconds to stop, and was out of the table 2.5 s after that."""
    run = httpd_stopped(end=10500)
    run.faults = [replace(each, t=8000 * MS) if each.action == "injected" else each for each in run.faults]
    told = only(run, "outage")
    assert told.verdict is Verdict.PASS
    assert told.figures["degraded_after_injection_ms"] == pytest.approx(2500, abs=20)


def test_all_requests_failing_where_half_should_fails() -> None:
    """The other server was to answer."""
    run = httpd_stopped()
    run.fail(6000, 8000, "refused")
    assert only(run, "outage").verdict is Verdict.FAIL


def test_a_frozen_httpd_that_nothing_notices_may_fail_until_it_is_healed() -> None:
    """TCP_CHECK cannot see it."""
    run = quiet(20, one_server_down(6000, 12000))
    run.faults = fault("process.freeze", 5990, 12000, ("web1",), process="own")
    assert only(run, "outage").verdict is Verdict.PASS
    assert only(run, "requests").verdict is Verdict.PASS


def test_a_fault_that_nothing_is_predicted_for_is_inconclusive_when_it_costs_something() -> None:
    """The drill has to say what it expects."""
    run = quiet(20, failing(*range(700, 800)))
    run.faults = fault("node.pause", 6000, 9000, ("director1", "web1"))
    told = only(run, "outage")
    assert told.verdict is Verdict.INCONCLUSIVE
    assert "nothing is predicted" in told.message


def test_a_fault_whose_cost_is_chance_is_inconclusive_when_it_costs_something() -> None:
    """Requests that fail meanwhile are explained by it, and nothing was promised that could be kept."""
    run = quiet(20, failing(*range(700, 800)))
    run.faults = fault("host.load", 6000, 9000, ())
    told = only(run, "outage")
    assert told.verdict is Verdict.INCONCLUSIVE
    assert "cannot be told beforehand" in told.message
    assert only(run, "requests").verdict is Verdict.PASS


def test_a_fault_whose_cost_is_chance_passes_when_it_costs_nothing() -> None:
    """Nothing failed, whatever might have."""
    run = quiet()
    run.faults = fault("network.loss", 6000, 9000, ("director1",), percent="10")
    assert only(run, "outage").verdict is Verdict.PASS


def test_a_fault_that_is_over_sooner_than_it_is_noticed_costs_no_longer_than_it_lasts() -> None:
    """A real server that stood still for 3 s: the check would have taken 5 s."""
    run = quiet(20, one_server_down(6000, 9000))
    run.faults = fault("node.pause", 5990, 9020, ("web1",))
    assert found(run, "outage")[0].verdict is Verdict.PASS


def test_a_master_that_stands_still_for_less_than_the_backups_patience_moves_no_vip() -> None:
    """2 s are fewer than 2.61 s: an outage as long as the fault, and no failover to judge."""
    run = quiet(20, gone((6000, 8000)))
    run.faults = fault("node.pause", 5990, 8020)
    run.adverts = [*adverts("director1", 0, 6000), *adverts("director1", 8000, 20000)]
    assert found(run, "outage")[0].verdict is Verdict.PASS
    assert found(run, "failover") == []


def partitioned(takeover: int = 9613) -> Watched:
    """Return a partition of the master from all others at 6.5 s, healed at 15 s; its adverts go on, unheard."""
    run = quiet(25, gone((6500, takeover + 10)))
    run.faults = fault("network.partition", 6490, 15000)
    run.adverts = [*adverts("director1", 0, 25000), *adverts("director2", takeover, 15000)]
    run.arps = [*gratuitous("director1", 0), *gratuitous("director2", takeover + 5)]
    return run


@pytest.mark.parametrize(
    ("takeover", "expected"), [(9613, Verdict.PASS), (9613 + 200, Verdict.PASS), (12000, Verdict.FAIL)]
)
def test_a_partition_of_the_master_costs_what_its_loss_does(takeover: int, expected: Verdict) -> None:
    """2.61 to 3.61 s, and as much of the new master's own work as packets show, up to a tenth."""
    told = found(partitioned(takeover), "outage", drill(fault="network.partition"))[0]
    assert told.message.startswith("network.partition master: gone for")
    assert told.verdict is expected


def delayed(*lost: int) -> Watched:
    """Return a delay of 40 ms on web1 from 6 to 12 s; attempts of these numbers fail."""
    run = quiet(20, failing(*lost))
    run.faults = fault("network.delay", 6000, 12000, ("web1",), delay="0.04")
    return run


def test_what_waits_in_a_queue_when_a_delay_ends_may_be_lost() -> None:
    """Attempts sent within 80 ms before the healing, at 11.98 s; their packets were under way."""
    told = found(delayed(1194, 1196), "outage")
    assert [each.verdict for each in told] == [Verdict.PASS, Verdict.PASS]
    assert only(delayed(1194, 1196), "requests").verdict is Verdict.PASS


def test_a_request_that_is_lost_while_a_delay_lasts_is_not_explained_by_it() -> None:
    """All come late, and none fails."""
    assert only(delayed(800), "requests").verdict is Verdict.FAIL


def test_requests_that_fail_before_checks_can_have_emptied_the_table_are_not_explained() -> None:
    """Health checks are cut off from the real servers: nothing is removed within 5 s."""
    run = quiet(25, failing(*range(1200, 1300), error="refused"))
    run.faults = fault("network.block", 6000, 15000, protocol="health-checks")
    assert only(run, "requests").verdict is Verdict.PASS
    early = quiet(25, failing(700, error="refused"))
    early.faults = run.faults
    assert only(early, "requests").verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("expect", "expected"),
    [
        ("outage: none", Verdict.FAIL),
        ("outage: any", Verdict.PASS),
        ("outage: {at_most: 2}", Verdict.FAIL),
        ("outage: {at_least: 3, at_most: 4}", Verdict.PASS),
        ("outage: {at_least: 4}", Verdict.FAIL),
    ],
)
def test_a_drill_can_say_itself_how_long_an_outage_may_be(expect: str, expected: Verdict) -> None:
    """Its own words count instead of the prediction; the outage is 3.12 s."""
    assert only(power_off(), "outage", drill(expect)).verdict is expected


def test_requests_that_fail_in_the_predicted_window_are_explained() -> None:
    """They are counted all the same."""
    told = only(power_off(), "requests")
    assert told.verdict is Verdict.PASS
    assert (told.figures["failed"], told.figures["unexplained"]) == (312, 0)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1999))
def test_a_single_bad_request_never_passes_for_no_request_lost(number: int) -> None:
    """Whenever it was in a run in which nothing should be lost."""
    told = only(quiet(20, failing(number)), "requests", RELOAD)
    assert told.verdict is Verdict.FAIL
    assert told.figures["unexplained"] == 1


def test_a_lost_request_of_the_load_counts_as_one_of_the_prober() -> None:
    """Both are people's requests."""
    run = quiet()
    lost = Attempt(SECOND, SECOND, done=2 * SECOND, service="http", error="timeout", stream="locust")
    run.more = [lost]
    assert only(run, "requests", RELOAD).verdict is Verdict.FAIL


def test_a_request_under_way_when_the_fault_came_is_explained() -> None:
    """It was sent before, and waited for an answer that nobody could give any more."""
    run = power_off()
    run.attempts = [
        replace(each, error="timeout", server="", done=each.sent + LIMIT) if each.sent == 6480 * MS else each
        for each in run.attempts
    ]
    assert only(run, "requests").verdict is Verdict.PASS


def test_a_drill_can_allow_some_requests_to_fail() -> None:
    """At most so many, or at least so many."""
    run = quiet(20, failing(3, 5, 7))
    assert only(run, "requests", drill("failed: {at_most: 3}", fault="service.reload")).verdict is Verdict.PASS
    assert only(run, "requests", drill("failed: {at_most: 2}", fault="service.reload")).verdict is Verdict.FAIL
    assert only(run, "requests", drill("failed: {at_least: 4}", fault="service.reload")).verdict is Verdict.FAIL


def test_slow_requests_are_counted() -> None:
    """Half a second is what a person notices."""
    run = quiet()
    run.attempts[7] = replace(run.attempts[7], done=run.attempts[7].sent + 600 * MS)
    assert only(run, "requests", RELOAD).figures["slow"] == 1


def test_a_fault_that_failed_shows_nothing() -> None:
    """What was not broken was not tried."""
    run = quiet()
    run.faults = [
        Fault(6 * SECOND, "0", "injecting", "service.reload"),
        Fault(7 * SECOND, "0", "failed", "service.reload"),
    ]
    assert only(run, "faults", RELOAD).verdict is Verdict.INCONCLUSIVE


def test_a_fault_that_was_never_healed_fails() -> None:
    """The lab was left broken."""
    run = power_off()
    run.faults = run.faults[:2]
    assert only(run, "faults").verdict is Verdict.FAIL


def test_a_lab_with_a_shorter_interval_promises_a_shorter_outage() -> None:
    """The same outage that passes here fails there."""
    swift = lab(
        lambda text: (
            text.replace("version: 2", "version: 3")
            .replace("advert_int: 1 ", "advert_int: 0.1 ")
            .replace('    auth_pass: "1111"  ', "    # ")
        )
    )
    assert only(power_off(), "outage", lab=swift).verdict is Verdict.FAIL
    assert only(power_off(330), "outage", lab=swift).verdict is Verdict.PASS


def test_a_run_that_was_unwell_before_the_fault_proves_nothing_by_the_clock() -> None:
    """More than 2 % of requests failed before anything was broken."""
    run = power_off(5000)
    assert found(run, "baseline") == []
    run.attempts = [replace(each, error="timeout") if each.sent < 200 * MS else each for each in run.attempts]
    assert only(run, "baseline").verdict is Verdict.INCONCLUSIVE
    told = only(run, "outage")
    assert told.verdict is Verdict.INCONCLUSIVE
    assert "3.1 % of requests failed before anything was broken" in told.message


nanoseconds = st.integers(0, 10 * SECOND)


@given(nanoseconds, nanoseconds, nanoseconds, nanoseconds)
def test_a_stall_never_turns_a_fail_into_a_pass(value: int, low: int, width: int, stall: int) -> None:
    """It can only take certainty away."""
    certain = verdict(value, value, low, low + width, MS)
    doubtful = verdict(value - stall, value + stall, low, low + width, MS)
    assert doubtful in (certain, Verdict.INCONCLUSIVE)


@pytest.mark.parametrize(("share", "fits"), [(0.5, True), (0.52, True), (0.62, False), (0.3, False)])
def test_a_share_of_failures_fits_within_chance(share: float, fits: bool) -> None:
    """Of 400 requests to two servers."""
    assert share_fits(share, (0.5, 0.5), 400) is fits
