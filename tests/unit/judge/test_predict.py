"""What faults should cost."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lvslab.errors import UsageError
from lvslab.faults import kinds
from lvslab.judge.predict import Moment, Prediction, Setup, Strike, find, of_strike, predictions, setup_of
from lvslab.judge.predict_director import failback
from lvslab.judge.timing import CheckTiming, ServiceTiming, StorageTiming, VrrpTiming
from lvslab.model import CheckType, Lab, Scheduler, load_lab
from tests.unit.judge.histories import LAB, lab
from tests.unit.recorded import LABS

HTTP_GET = lab(lambda text: text.replace("TCP_CHECK", "HTTP_GET"))
ALONE = lab(lambda text: text.replace("priorities: {director1: 100, director2: 99}", "priorities: {director1: 100}"))
UNCHECKED = lab(lambda text: text[: text.index("    check:")])


def one(fault: str, moment: Moment = Moment.INJECT, of: Lab = LAB) -> Prediction:
    """Return the prediction of a fault."""
    return next(each for each in find(setup_of(of), fault) if (each.fault, each.moment) == (fault, moment))


@pytest.mark.parametrize("fault", ["node.power-off master", "node.pause master", "node.link-down master"])
def test_a_master_that_falls_silent_costs_the_master_down_time(fault: str) -> None:
    """Whatever made it silent, the backup waits for the same timer."""
    assert one(fault).window == "2.61-3.61 s"
    assert one(fault).is_total


def test_the_reasoning_shows_the_arithmetic_and_where_it_is_from() -> None:
    """A person can follow it with the RFC beside."""
    told = one("node.power-off master")
    assert "skew = (256 - 99) / 256 = 0.613 s (the backup's priority)" in told.reasoning
    assert "master-down = 3 x 1 s + skew = 3.613 s" in told.reasoning
    assert told.source == "RFC 3768, section 6.1"


def test_a_goodbye_costs_the_skew_alone() -> None:
    """An advert of priority 0 makes the backup wait no longer than that."""
    assert one("process.stop keepalived").window == "0.61 s"


def test_a_killed_keepalived_costs_nothing_and_leaves_two_owners() -> None:
    """The kernel goes on to forward what nobody looks after."""
    told = one("process.kill keepalived")
    assert told.is_free
    assert told.two_holders


@pytest.mark.parametrize("fault", ["process.freeze keepalived", "node.pause master"])
def test_a_master_that_wakes_tells_clients_at_once(fault: str) -> None:
    """The other's adverts are waiting in its queue, and they have a lower priority."""
    told = one(fault, Moment.HEAL)
    assert (told.latest, told.two_holders) == (0.5, True)


def test_the_end_of_a_split_brain_may_leave_clients_with_an_old_arp_entry() -> None:
    """Who stays master need not say so, if the other one gives up first."""
    healed = one("network.block vrrp", Moment.HEAL)
    assert (healed.earliest, healed.latest) == (0, 53)
    assert any("ARP cache" in line for line in healed.reasoning)


def test_a_failback_costs_what_the_new_master_takes_to_add_the_vip() -> None:
    """keepalived adverts first, and the old master gives the VIP up on that."""
    told = one("node.power-off master", Moment.HEAL)
    assert (told.earliest, told.latest) == (0, 0.5)
    assert one("failback").reasoning == told.reasoning


def test_nopreempt_makes_a_failback_free() -> None:
    """The VIP stays where it is."""
    (told,) = find(Setup("made", (VrrpTiming("VI_1", 2, 1.0, 99, preempt=False),), ()), "failback")
    assert told.is_free


def test_without_a_backup_a_crash_lasts_as_long_as_it_lasts() -> None:
    """Nobody takes the VIP."""
    assert one("node.power-off master", of=ALONE).window == "as long as it lasts"


def test_what_becomes_of_a_backup_costs_nothing() -> None:
    """It forwards nothing."""
    assert one("node.power-off backup").is_free


def test_a_refusing_server_is_removed_sooner_than_a_silent_one() -> None:
    """Refused connections cost no timeout."""
    assert one("process.stop httpd").window == "1.00-3.00 s"
    assert one("node.power-off real-server").window == "5.00-7.00 s"
    assert one("process.stop httpd").failing == "50 %"


def test_tcp_check_never_notices_a_frozen_httpd() -> None:
    """The kernel accepts connections for it."""
    assert one("process.freeze httpd").latest is None


def test_http_get_notices_a_frozen_httpd_by_its_timeout() -> None:
    """It waits for an answer as long as for a connection."""
    assert one("process.freeze httpd", of=HTTP_GET).window == "5.00-7.00 s"


def test_http_get_sees_errors_at_once_and_not_the_body() -> None:
    """It compares the status."""
    assert one("web.error", of=HTTP_GET).window == "1.00-3.00 s"
    assert one("web.wrong-body", of=HTTP_GET).latest is None


def test_without_a_check_a_dead_server_stays() -> None:
    """Nobody removes it."""
    told = one("process.stop httpd", of=UNCHECKED)
    assert told.latest is None
    assert "no health check" in told.reasoning[0]


@pytest.mark.parametrize("fault", ["service.reload", "service.weight", "disk.fail", "disk.pull", "clock.step"])
def test_what_should_cost_nothing(fault: str) -> None:
    """These are harmless by design."""
    assert one(fault).is_free


def test_all_servers_down_is_an_outage_unless_there_is_a_sorry_server() -> None:
    """A sorry server answers once the last real server is removed."""
    assert one("process.stop httpd everywhere").latest is None
    check = CheckTiming(CheckType.TCP_CHECK, 2, 2, 1, 1)
    service = ServiceTiming("http", "", Scheduler.RR, {"a": 1}, check, sorry_server=True)
    found = find(Setup("made", (), (service,)), "process.stop httpd everywhere")
    assert found[0].window == "1.00-3.00 s"


def test_a_name_without_a_target_finds_all_its_targets() -> None:
    """node.power-off is asked for more often than node.power-off backup."""
    assert {each.fault.partition(" ")[2] for each in find(setup_of(LAB), "node.power-off")} == {
        "master",
        "backup",
        "directors",
        "real-server",
        "real-server everywhere",
        "storage",
    }


def test_a_fault_that_nothing_is_known_of_is_a_usage_error() -> None:
    """The error names what is known."""
    with pytest.raises(UsageError) as caught:
        find(setup_of(LAB), "node.explode")
    assert "node.power-off master" in caught.value.hint


def test_every_kind_of_fault_has_a_prediction() -> None:
    """Also those of which it is that nothing can be told."""
    known = {each.fault.partition(" ")[0] for each in predictions(setup_of(LAB))}
    assert set(kinds()) <= known


def test_what_cannot_be_told_says_why_and_promises_nothing() -> None:
    """A machine that waits for a processor has no timer."""
    told = one("host.load")
    assert (told.window, told.failing) == ("cannot be told", "cannot be told")
    assert "processor" in told.untold
    assert not told.is_free


def test_a_restart_of_keepalived_is_a_goodbye_and_a_failback() -> None:
    """0.613 s of skew; the handover comes later, for it waits for its master-down timer first."""
    told = one("service.restart keepalived")
    assert told.window == "0.61-1.11 s"
    assert told.hands_over


def test_with_all_directors_gone_nobody_takes_the_vip() -> None:
    """When they begin anew, the first master-down timer that ends decides: 3.613 s, and the handover.

    The timers are 4 ms apart, so both may be master for a moment; the one that gives the VIP up may have told clients
    last, and they follow it until the other announces itself again, 5 s later.
    """
    assert one("process.stop keepalived on directors").window == "as long as it lasts"
    assert one("process.stop keepalived on directors", Moment.HEAL).window == "0.00-9.11 s"
    assert one("process.stop keepalived on directors", Moment.HEAL).two_holders
    assert one("process.kill keepalived on directors").is_free


def test_a_director_without_vrrp_is_gone_for_as_long_as_it_is_gone() -> None:
    """There is nobody else."""
    alone = load_lab(LABS / "lvs-dr-ipvsadm.yml")
    assert one("node.power-off master", of=alone).window == "as long as it lasts"
    assert one("clock.step", of=alone).is_free


@pytest.mark.parametrize("fault", ["process.freeze httpd everywhere", "node.power-off real-server everywhere"])
def test_with_all_real_servers_gone_the_first_check_that_passes_ends_it(fault: str) -> None:
    """A check under way may take its 2 s, and the next comes 2 s later."""
    assert one(fault, of=HTTP_GET).latest is None
    assert one(fault, Moment.HEAL, HTTP_GET).window == "0.00-4.00 s"


def test_servers_that_no_check_has_removed_are_all_there_at_once() -> None:
    """TCP_CHECK saw nothing."""
    assert one("process.freeze httpd everywhere", Moment.HEAL).is_free


@pytest.mark.parametrize(
    ("delay", "window"),
    [("0.9", "0 s"), ("1.5", "as long as it lasts"), ("2.5", "5.00-7.00 s"), ("15", "5.00-7.00 s")],
)
def test_slow_answers_cost_what_client_and_check_have_no_patience_for(delay: str, window: str) -> None:
    """The prober waits 1 s, HTTP_GET 2 s here."""
    [told, _] = [each for each in find(setup_of(HTTP_GET), "web.slow", {"delay": delay}) if each.fault == "web.slow"]
    assert told.window == window


def test_draining_the_last_real_server_leaves_nobody() -> None:
    """No row has a weight above 0."""
    assert one("service.weight everywhere").latest is None
    [told, *_] = find(setup_of(LAB), "service.weight everywhere", {"weight": "3"})
    assert told.is_free


def test_several_real_servers_have_their_shares_together() -> None:
    """Two of three under round robin."""
    service = ServiceTiming("http", "", Scheduler.RR, {"a": 1, "b": 1, "c": 1}, None)
    [told] = [
        each
        for each in of_strike(Setup("made", (), (service,)), Strike("process.stop httpd", servers=2))
        if each.moment is Moment.INJECT
    ]
    assert told.share == (pytest.approx(2 / 3), pytest.approx(2 / 3))


def test_a_server_with_weight_0_keeps_its_persistent_clients() -> None:
    """inhibit_on_failure keeps the row, and so the template."""
    check = CheckTiming(CheckType.TCP_CHECK, 2, 2, 1, 1)
    service = ServiceTiming("http", "", Scheduler.RR, {"a": 1, "b": 1}, check, persistent=True, inhibits=True)
    told = find(Setup("made", (), (service,)), "process.stop httpd")[0]
    assert told.latest is None
    assert "expire_quiescent_template" in told.reasoning[0]


def test_less_than_the_quorum_is_the_sorry_servers() -> None:
    """keepalived gives it everybody, though one server is well."""
    check = CheckTiming(CheckType.TCP_CHECK, 2, 2, 1, 1)
    service = ServiceTiming("http", "", Scheduler.RR, {"a": 1, "b": 1}, check, sorry_server=True, quorum=2)
    assert "quorum" in find(Setup("made", (), (service,)), "process.stop httpd")[0].reasoning[-1]


def test_an_array_without_redundancy_spares_no_disk() -> None:
    """Level 0 (md(4))."""
    service = ServiceTiming("http", "", Scheduler.RR, {"a": 1}, None)
    told = find(Setup("made", (), (service,), StorageTiming(spares_a_disk=False)), "disk.fail")[0]
    assert told.untold


def test_nfsv4_needs_no_port_mapper() -> None:
    """Its port is known: 2049."""
    assert one("process.stop rpcbind").is_free


def test_the_backups_priority_is_that_of_whoever_would_take_over() -> None:
    """Where the VIP is on director2, that is director1, of priority 100: 3 + 156 / 256 s."""
    assert setup_of(LAB, "director2").vrrp[0].priority == 100
    assert setup_of(LAB, "director2").vrrp[0].master_down == 3.609375


def test_preempt_delay_is_told_and_costs_nothing_more() -> None:
    """The other serves meanwhile."""
    told = failback(VrrpTiming("VI_1", 2, 1.0, 99, preempt_delay=30))
    assert "preempt_delay, 30 s" in told.reasoning[0]
    assert told.latest == 0.5


@pytest.mark.parametrize(("synced", "breaks"), [(True, False), (False, True)])
def test_the_sync_daemon_decides_on_open_connections(synced: bool, breaks: bool) -> None:
    """The cost of a failover to new ones is the same."""
    told = find(Setup("made", (VrrpTiming("VI_1", 2, 1.0, 99, synced=synced),), ()), "node.power-off master")
    assert {each.breaks for each in told} == {breaks}


@pytest.mark.parametrize("synced", [True, False])
def test_a_keepalived_that_is_stopped_breaks_open_connections_all_the_same(synced: bool) -> None:
    """The services leave IPVS before the VIP leaves the director: what comes in between is reset."""
    setup = Setup("made", (VrrpTiming("VI_1", 2, 1.0, 99, synced=synced),), ())
    told = next(each for each in find(setup, "process.stop keepalived") if each.moment is Moment.INJECT)
    assert told.breaks
    assert ("takes its services out of IPVS" in told.reasoning[-1]) is synced


@pytest.mark.parametrize(
    ("name", "text"), [("delay", "1s"), ("percent", "101"), ("rate", "fast"), ("protocol", "vrrp")]
)
def test_a_parameter_that_makes_no_sense_is_a_usage_error(name: str, text: str) -> None:
    """With what is allowed."""
    with pytest.raises(UsageError) as caught:
        find(setup_of(LAB), "network.delay", {name: text})
    assert name in caught.value.message


vrrps = st.builds(
    VrrpTiming,
    st.just("VI_1"),
    st.sampled_from([2, 3]),
    st.sampled_from([0.01, 0.1, 1.0, 40.0]),
    st.none() | st.integers(1, 254),
    st.booleans(),
)
times = st.floats(0, 300)
checks = st.builds(CheckTiming, st.sampled_from(CheckType), times, times, st.integers(0, 100), times)
services = st.builds(
    ServiceTiming,
    st.just("http"),
    st.just("VI_1"),
    st.sampled_from(Scheduler),
    st.dictionaries(st.sampled_from("abcd"), st.integers(0, 9), min_size=1),
    st.none() | checks,
    st.booleans(),
    st.booleans(),
)


@settings(deadline=None)
@given(vrrps, services)
def test_every_prediction_is_a_window_with_a_reason_and_a_source(vrrp: VrrpTiming, service: ServiceTiming) -> None:
    """Whatever the timers: it begins no later than it ends, shares are shares, and somebody can check it."""
    for each in predictions(Setup("made", (vrrp,), (service,), StorageTiming())):
        assert each.latest is None or 0 <= each.earliest <= each.latest
        assert 0 <= each.share[0] <= each.share[1] <= 1
        assert each.reasoning
        assert each.source


def test_the_labs_comment_on_its_timers_is_what_is_predicted() -> None:
    """The default lab tells its users 2.6 to 3.6 s, 7 s and 3 s."""
    text = (Path(__file__).parents[3] / "labs" / "lvs-dr.yml").read_text()
    assert "expect 2.6 to 3.6 s of outage" in text
    assert "retry * delay_before_retry = 7 s" in text
    assert (one("node.power-off real-server").latest, one("process.stop httpd").latest) == (7, 3)
