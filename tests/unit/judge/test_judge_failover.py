"""The phases of a failover, and who holds the VIP."""

from dataclasses import replace

from lvslab.history import Advert, Arp, DirectorSample, Recovery
from lvslab.judge import Verdict
from tests.unit.judge.histories import MS, SECOND, adverts, attempts, drill, fault, gone, gratuitous, power_off, quiet
from tests.unit.judge.looking import found, only, without


def test_the_phases_of_a_failover_are_told_in_ms_since_the_runs_zero() -> None:
    """These are the figures that the report draws."""
    told = only(power_off(), "failover")
    assert told.verdict is Verdict.PASS
    names = ("last_advert_ms", "first_advert_ms", "gratuitous_arp_ms", "first_good_ms", "outage_ms")
    assert [told.figures[name] for name in names] == [6000, 9613, 9615, 9620, 3120]
    assert "director1 to director2, no advert for 3.61 s, by the timers 3.613 s" in told.message


def test_a_backup_that_waits_too_long_fails() -> None:
    """Its timer is known to the millisecond."""
    run = power_off()
    run.adverts = [each for each in run.adverts if each.node != "director2" or each.t > 12 * SECOND]
    assert only(run, "failover").verdict is Verdict.FAIL


def test_a_backup_that_does_not_wait_fails() -> None:
    """Then it did not hear the adverts that were sent."""
    run = power_off()
    run.adverts += adverts("director2", 7000, 9000)
    assert only(run, "failover").verdict is Verdict.FAIL


def test_nobody_taking_over_fails() -> None:
    """The backup's adverts never come."""
    run = power_off()
    run.adverts = [each for each in run.adverts if each.node == "director1"]
    told = only(run, "failover")
    assert told.verdict is Verdict.FAIL
    assert "no other director" in told.message


def test_without_a_capture_a_failover_is_inconclusive() -> None:
    """The prober alone cannot tell the phases."""
    events = without(power_off(), Advert, Arp)
    assert only(events, "failover").verdict is Verdict.INCONCLUSIVE
    assert only(events, "outage").verdict is Verdict.PASS


def test_a_new_master_without_gratuitous_arp_fails() -> None:
    """Clients have nothing to follow."""
    run = power_off()
    run.arps = gratuitous("director1", 16001)
    told = only(run, "failover")
    assert told.verdict is Verdict.FAIL
    assert "director2 sent no gratuitous ARP" in told.message


def test_packets_and_prober_that_do_not_agree_are_inconclusive() -> None:
    """Two witnesses of one outage differ by more than an interval and 5 ms."""
    run = power_off()
    run.arps = gratuitous("director2", 9420)
    told = only(run, "failover")
    assert told.verdict is Verdict.INCONCLUSIVE
    assert told.figures["witnesses_apart_ms"] == 190


def test_a_goodbye_is_followed_after_the_skew_alone() -> None:
    """The last advert of the old master has priority 0."""
    run = quiet(20)
    run.attempts = attempts(gone((6200, 6810)), 20)
    run.faults = fault("process.stop", 6190, 12000, ("director1",), process="keepalived")
    goodbye = adverts("director1", 6200, 6201, priority=0)
    run.adverts = [*adverts("director1", 0, 6200), *goodbye, *adverts("director2", 6813, 20000)]
    run.arps = gratuitous("director2", 6812)
    assert only(run, "failover").verdict is Verdict.PASS
    assert only(run, "failover").figures["silence_ms"] == 613
    assert only(run, "outage").verdict is Verdict.PASS


def test_a_fault_of_a_real_server_moves_no_vip() -> None:
    """There is no failover to judge."""
    run = quiet()
    run.faults = fault("process.stop", 6000, 9000, ("web1",), process="httpd")
    assert found(run, "failover") == []


HOLDERS = "holder: {before: master, fault: backup, after: director1}"


def test_the_holder_at_the_end_of_each_phase_is_as_the_drill_says() -> None:
    """By name, or by what the director is when all is well."""
    told = found(power_off(), "holder", drill(HOLDERS))
    assert [each.verdict for each in told] == [Verdict.PASS] * 3


def test_another_holder_fails() -> None:
    """With nopreempt the VIP would have stayed."""
    told = only(power_off(), "holder", drill("holder: {after: backup}"))
    assert told.verdict is Verdict.FAIL
    assert told.message == "after: the VIP was on director1 at its end, expected director2"


def test_without_samples_the_last_advert_tells_the_holder() -> None:
    """And without either nobody does."""
    wanted = drill("holder: {fault: backup}")
    assert only(without(power_off(), DirectorSample), "holder", wanted).verdict is Verdict.PASS
    assert only(without(power_off(), DirectorSample, Advert), "holder", wanted).verdict is Verdict.INCONCLUSIVE


def test_a_director_that_nobody_sampled_may_hold_the_vip_all_the_same() -> None:
    """Its adverts tell."""
    events = [e for e in power_off().events() if not isinstance(e, DirectorSample) or e.node == "director2"]
    assert only(events, "holder", drill("holder: {after: director1}")).verdict is Verdict.PASS


def test_a_lab_that_did_not_come_back_fails() -> None:
    """What is not as the lab file says is told."""
    run = power_off()
    run.more = [Recovery(24 * SECOND, 9 * SECOND, ("director1: the machine is shut off, expected running",))]
    told = only(run, "recovery")
    assert told.verdict is Verdict.FAIL
    assert "shut off" in told.message


def test_a_run_in_which_nobody_looked_for_recovery_is_inconclusive() -> None:
    """It was cut short."""
    assert only(without(power_off(), Recovery), "recovery").verdict is Verdict.INCONCLUSIVE


def test_a_fault_of_the_backup_is_told_from_one_of_the_master() -> None:
    """Who held the VIP before it decides, not the lab file's priorities."""
    run = power_off()
    run.holders = ((0, 10**6, "director2"),)
    run.down = ()
    assert only(run, "outage").message.startswith("node.power-off backup: gone for 3.12 s, predicted none")


def test_the_moment_of_an_unrelated_routers_advert_does_not_matter() -> None:
    """Another virtual router on the same network has masters of its own."""
    run = power_off()
    stranger = [replace(each, virtual_router_id=7, t=each.t + 3 * MS) for each in adverts("director2", 0, 20000)]
    run.adverts += stranger
    assert only(run, "failover").figures["first_advert_ms"] == 9613
