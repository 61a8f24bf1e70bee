"""What must never happen."""

from dataclasses import replace

import pytest

from lvslab.history import Advert, Arp, DirectorSample, Log, StorageSample, WebSample, Write
from lvslab.judge import Verdict
from lvslab.judge.invariants import LOOKS, tolerated
from lvslab.judge.patterns import PATTERNS, first_match
from lvslab.model import Array, parse_drill
from lvslab.model.drill import Invariant
from tests.unit.judge.histories import MACS, MS, SECOND, VIP, Watched, adverts, drill, fault, lab, power_off, quiet
from tests.unit.judge.looking import found, only, without

RELOAD = drill(fault="service.reload")


def seen(run: Watched, invariant: str, expect: str = "") -> Verdict:
    """Return the verdict on an invariant."""
    return only(run, f"invariant {invariant}", drill(expect, fault="service.reload")).verdict


def split_brain() -> Watched:
    """Return a run in which both directors advertise and hold the VIP from 8 to 14 s."""
    run = quiet()
    run.adverts += adverts("director2", 8300, 14300)
    run.holders = ((0, 10**6, "director1"), (8000, 14000, "director2"))
    return run


@pytest.mark.parametrize("run", [quiet(), power_off()], ids=["quiet", "power-off"])
def test_a_run_as_it_should_be_keeps_every_invariant(run: Watched) -> None:
    """A failover and a failback are no second owner."""
    told = [each for invariant in Invariant for each in found(run, f"invariant {invariant.value}")]
    assert [each.judge for each in told if each.verdict is not Verdict.PASS] == []
    assert len(told) == 7


def test_two_owners_of_the_vip_fail() -> None:
    """The stretch in which there were two is told."""
    told = only(split_brain(), "invariant two-holders", RELOAD)
    assert told.verdict is Verdict.FAIL
    assert told.where is not None
    assert told.where[0] == pytest.approx(8 * SECOND, abs=SECOND)
    assert told.where[1] == pytest.approx(14 * SECOND, abs=SECOND)


def test_two_owners_are_seen_by_adverts_alone_and_by_samples_alone() -> None:
    """Each is enough; a killed keepalived sends no adverts and still holds."""
    assert only(without(split_brain(), DirectorSample), "invariant two-holders").verdict is Verdict.FAIL
    events = without(split_brain(), Advert)
    assert only(events, "invariant two-holders").verdict is Verdict.FAIL


def test_a_director_that_was_not_seen_for_a_while_is_no_second_owner() -> None:
    """It held the VIP before its power went and after, and the other one meanwhile."""
    run = power_off()
    run.down = ((6500, 17000, "director1"),)
    assert only(run, "invariant two-holders").verdict is Verdict.PASS


@pytest.mark.parametrize(("until", "verdict"), [(8500, Verdict.PASS), (11000, Verdict.FAIL)])
def test_with_swift_timers_one_sight_of_a_second_owner_is_not_enough(until: int, verdict: Verdict) -> None:
    """With an interval of 0.1 s the VIP can go and come back between two samples."""
    run = quiet()
    run.holders = ((0, 10**6, "director1"), (8000, until, "director2"))
    swift = lab(
        lambda text: (
            text.replace("version: 2", "version: 3")
            .replace("advert_int: 1 ", "advert_int: 0.1 ")
            .replace('    auth_pass: "1111"  ', "    # ")
        )
    )
    assert only(run, "invariant two-holders", RELOAD, swift).verdict is verdict


def test_an_advert_that_crosses_another_is_no_second_owner() -> None:
    """The old master had sent it when the new one's was on its way."""
    run = power_off()
    run.adverts += adverts("director2", 16050, 16051)
    assert only(run, "invariant two-holders").verdict is Verdict.PASS


def test_a_drill_may_allow_two_owners() -> None:
    """They are told all the same."""
    wanted = drill("allow: [two-holders]", fault="service.reload")
    told = only(split_brain(), "invariant two-holders", wanted)
    assert told.verdict is Verdict.PASS
    assert "two owners" in told.message


def test_a_drill_that_is_there_to_show_two_owners_fails_without_them() -> None:
    """A split brain that did not come about proves nothing."""
    wanted = drill("shows: [two-holders]", fault="service.reload")
    assert only(split_brain(), "invariant two-holders", wanted).verdict is Verdict.PASS
    assert only(quiet(), "invariant two-holders", wanted).verdict is Verdict.FAIL
    events = without(quiet(), Advert, Arp, DirectorSample)
    assert only(events, "invariant two-holders", wanted).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("invariant", ["two-holders", "real-server-arp"])
def test_without_a_capture_nobody_can_say_that_it_did_not_happen(invariant: str) -> None:
    """Dropping the packets makes it inconclusive rather than a pass."""
    events = without(quiet(), Advert, Arp)
    assert only(events, f"invariant {invariant}").verdict is Verdict.INCONCLUSIVE


def test_nobody_holding_the_vip_for_longer_than_a_failover_fails() -> None:
    """Both directors were seen, and neither had it."""
    run = quiet()
    run.holders = ((0, 4000, "director1"), (14000, 10**6, "director2"))
    assert seen(run, "no-holder") is Verdict.FAIL
    run.holders = ((0, 4000, "director1"), (7000, 10**6, "director2"))
    assert seen(run, "no-holder") is Verdict.PASS


def test_a_real_server_that_answers_arp_for_the_vip_fails() -> None:
    """Clients would go around the director."""
    run = quiet()
    run.arps.append(Arp(7 * SECOND, "lan", 2, MACS["web1"], VIP, "192.168.18.140", "web1"))
    told = only(run, "invariant real-server-arp", RELOAD)
    assert told.verdict is Verdict.FAIL
    assert told.message == f"web1 answered ARP for {VIP}"


def test_a_real_server_that_only_asks_is_fine() -> None:
    """It may ask for another's address from its own."""
    run = quiet()
    run.arps.append(Arp(7 * SECOND, "lan", 1, MACS["web1"], "192.168.18.32", VIP, "web1"))
    assert seen(run, "real-server-arp") is Verdict.PASS


def test_a_backup_that_passes_connections_on_fails() -> None:
    """Its counters are to stand still."""
    run = quiet()
    events = run.events()
    ahead = [
        replace(each, rows=tuple(replace(row, connections=each.t // SECOND) for row in each.rows))
        if isinstance(each, DirectorSample) and each.node == "director2"
        else each
        for each in events
    ]
    told = only(ahead, "invariant backup-forwards", RELOAD)
    assert told.verdict is Verdict.FAIL
    assert "director2 passed on 2 connections without the VIP" in told.message


@pytest.mark.parametrize(("spoke", "verdict"), [(8, Verdict.PASS), (3, Verdict.FAIL)])
def test_a_director_that_was_master_for_a_moment_may_have_passed_something_on(spoke: int, verdict: Verdict) -> None:
    """Between two looks it had the VIP, as its adverts tell, and its counters grow for two seconds after that."""
    run = quiet()
    run.adverts = sorted([*run.adverts, *adverts("director2", spoke * 1000, spoke * 1000 + 60)], key=lambda e: e.t)

    def ahead(sample: DirectorSample) -> DirectorSample:
        grown = 5 if sample.t > 9 * SECOND else 0
        return replace(sample, rows=tuple(replace(row, connections=grown) for row in sample.rows))

    events = [ahead(e) if isinstance(e, DirectorSample) and e.node == "director2" else e for e in run.events()]
    assert only(events, "invariant backup-forwards", RELOAD).verdict is verdict


def test_a_row_that_is_added_again_may_show_what_was_not_counted_before() -> None:
    """IPVS counts every 2 s, and remembers a server that was taken out."""
    run = quiet()
    counts = {8: None, 9: 0, 10: 119}

    def changed(sample: DirectorSample) -> DirectorSample:
        count = counts.get(sample.t // SECOND, 119 if sample.t > 10 * SECOND else 0)
        rows = () if count is None else tuple(replace(row, connections=count) for row in sample.rows)
        return replace(sample, rows=rows)

    events = [changed(e) if isinstance(e, DirectorSample) and e.node == "director2" else e for e in run.events()]
    assert only(events, "invariant backup-forwards", RELOAD).verdict is Verdict.PASS


def test_counters_that_lag_behind_a_failover_are_no_forwarding() -> None:
    """They may grow for two seconds after the VIP has gone."""
    run = power_off()
    assert only(run, "invariant backup-forwards").verdict is Verdict.PASS


@pytest.mark.parametrize(("active", "verdict"), [(2, Verdict.PASS), (1, Verdict.FAIL)])
def test_an_array_of_level_5_does_without_one_member_and_not_without_two(active: int, verdict: Verdict) -> None:
    """Below that nobody can read it."""
    run = quiet()
    run.storage = lambda t: StorageSample(t, "nfs", MS, "clean, degraded", active, 3 - active, 0)
    assert seen(run, "array-broken") is verdict


@pytest.mark.parametrize(("level", "disks"), [(0, 0), (1, 3), (5, 1), (6, 2), (10, 1)])
def test_what_each_level_tolerates(level: int, disks: int) -> None:
    """Of four members."""
    assert tolerated(Array.model_validate({"level": level, "members": 4})) == disks


@pytest.mark.parametrize(
    ("write", "verdict"),
    [
        (Write(1, 1, 2, "a", "a"), Verdict.PASS),
        (Write(1, 1, 2, "a", "b"), Verdict.FAIL),
        (Write(1, 1, 2, "a", ""), Verdict.FAIL),
        (Write(1, 1, None, "a", "", "timeout"), Verdict.PASS),
    ],
)
def test_what_was_acknowledged_has_to_be_read_again(write: Write, verdict: Verdict) -> None:
    """What was not may be lost."""
    run = quiet()
    run.more = [write]
    assert seen(run, "write-lost") is verdict


def test_a_drill_that_writes_and_has_no_writes_is_inconclusive() -> None:
    """Nobody asked for them where it does not."""
    assert found(quiet(), "invariant write-lost", RELOAD) == []
    wanted = drill(more="writes: true\n", fault="service.reload")
    assert only(quiet(), "invariant write-lost", wanted).verdict is Verdict.INCONCLUSIVE


def test_a_daemon_that_does_not_run_afterwards_fails() -> None:
    """During the fault it may be what the fault is."""
    run = quiet()
    run.more = [WebSample(7 * SECOND, "web1", MS, httpd=False)]
    assert seen(run, "daemon-dead") is Verdict.PASS
    run.more = [WebSample(15 * SECOND, "web1", MS, httpd=False)]
    assert seen(run, "daemon-dead") is Verdict.FAIL


def test_a_node_that_could_not_be_asked_is_no_dead_daemon() -> None:
    """Nothing is known of it."""
    run = quiet()
    run.more = [DirectorSample(15 * SECOND, "director1", MS, error="timeout")]
    assert seen(run, "daemon-dead") is Verdict.PASS


LINES = {
    "kernel-bug": "BUG: unable to handle page fault for address: ffffffffc0000000",
    "panic": "Kernel panic - not syncing: Fatal exception in interrupt",
    "lockup": "watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [kworker/0:1:12]",
    "hung-task": "INFO: task apache2:812 blocked for more than 120 seconds.",
    "out-of-memory": "Out of memory: Killed process 812 (apache2) total-vm:10000kB",
    "segfault": "keepalived[511]: segfault at 0 ip 0000 sp 0000 error 4 in keepalived",
    "io-error": "blk_update_request: I/O error, dev vdb, sector 2048",
    "read-only": "EXT4-fs (dm-0): Remounting filesystem read-only",
    "array-failed": "md/raid:md5: Cannot continue operation (2/3 failed).",
    "disk-failed": "md/raid:md5: Disk failure on vdb1, disabling device.",
    "bogus-advert": "bogus VRRP packet received on eth1 !!!",
    "interval-differs": "(VI_1) advertisement interval mismatch mine=1 sec rcved=2 sec",
    "address-list": "(VI_1) received an invalid ip number count associated with VRID!",
    "child-died": "Keepalived_vrrp exited due to signal 9",
    "bad-configuration": "(Line 12) Unknown keyword 'advert_interval'",
    "conflict": "Duplicate address detected",
    "neighbour-table": "neighbour: arp_cache: neighbour table overflow!",
}


@pytest.mark.parametrize("name", [pattern.name for pattern in PATTERNS])
def test_each_pattern_fits_its_line_and_fails_the_run(name: str) -> None:
    """A pattern that fits nothing watches nothing."""
    line = Log(7 * SECOND, "nfs", "kernel", 3, LINES[name])
    pattern = next(each for each in PATTERNS if each.name == name)
    assert pattern.fits(line)
    run = quiet()
    run.logs = [line]
    assert seen(run, "log") is Verdict.FAIL


def test_a_line_that_a_fault_brings_about_is_excused() -> None:
    """Long before or after it is not."""
    run = quiet()
    run.faults = fault("disk.pull", 6000, 9000, ("nfs",))
    run.logs = [Log(7 * SECOND, "nfs", "kernel", 3, LINES["io-error"])]
    assert seen(run, "log") is Verdict.PASS
    run.logs = [Log(1 * SECOND, "nfs", "kernel", 3, LINES["io-error"])]
    assert seen(run, "log") is Verdict.FAIL


@pytest.mark.parametrize(
    "message",
    [
        "(VI_1) Entering MASTER STATE",
        "Starting VRRP child process, pid=1085",
        "(VI_1) Backup received priority 0 advertisement",
        "md/raid:md5: raid level 5 active with 3 out of 3 devices, algorithm 2",
    ],
)
def test_what_every_good_run_logs_is_fine(message: str) -> None:
    """The patterns are not so wide that they always fit."""
    assert first_match(Log(0, "director1", "keepalived.service", 6, message)) is None


def test_without_journals_the_logs_are_inconclusive() -> None:
    """Nobody read them."""
    assert only(without(quiet(), Log), "invariant log").verdict is Verdict.INCONCLUSIVE


def test_every_invariant_that_a_drill_can_name_is_watched() -> None:
    """Whoever adds one writes its judge."""
    assert set(LOOKS) == set(Invariant)
    parse_drill("drill: a\ntitle: A\ntimeline: [{at: 0, inject: host.load}]\nfor: 1\n")
