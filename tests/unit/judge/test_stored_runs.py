"""Runs that really were: histories of drills on real machines, judged as they have to be.

All were made where two processors emulated five machines and had much else to do: what they show of the cluster is
true, what they show of time is often in doubt. See tests/fixtures/histories.
"""

import lzma
from functools import cache
from pathlib import Path

import pytest

from lvslab.history import Advert, Arp, History, text
from lvslab.judge import Finding, Verdict, judge, worst
from lvslab.model import Expect, Lab, load_drill, load_lab, parse_lab

RUNS = Path(__file__).parents[2] / "fixtures" / "histories"
NAMES = sorted(path.name for path in RUNS.iterdir() if path.is_dir())


@cache
def history(name: str) -> History:
    """Return the history of a stored run."""
    with lzma.open(RUNS / name / "history.jsonl.xz", "rt") as lines:
        return History(text.events(lines, name))


def findings(name: str, lab: Lab | None = None) -> list[Finding]:
    """Return what is found in a stored run, by its own drill."""
    own = lab or load_lab(RUNS / name / "lab.yml")
    return list(judge(history(name), own, load_drill(RUNS / name / "drill.yml")))


def one(name: str, judge_name: str, place: int = 0) -> Finding:
    """Return a finding by its judge's name."""
    return [each for each in findings(name) if each.judge == judge_name][place]


@pytest.mark.parametrize("name", NAMES)
def test_no_run_of_a_host_that_had_no_time_passes(name: str) -> None:
    """Each of them lost requests that the faults do not explain."""
    assert worst(tuple(findings(name))) is not Verdict.PASS


@pytest.mark.parametrize("name", NAMES)
def test_a_stored_run_never_broke_what_nothing_had_touched(name: str) -> None:
    """Array, daemons, logs, and ARP of the real servers were well in all of them."""
    untouched = ("array-broken", "daemon-dead", "log", "real-server-arp", "backup-forwards", "no-holder")
    told = [each for each in findings(name) if each.judge.removeprefix("invariant ") in untouched]
    assert {each.verdict for each in told} == {Verdict.PASS}


def test_a_power_off_cost_what_vrrp_promises() -> None:
    """3.4 s; the backup waited its 3.613 s to the hundredth."""
    outage = one("director-power-off", "outage")
    assert outage.verdict is Verdict.PASS
    assert outage.figures["certain_ms"] == pytest.approx(3380, abs=1)
    failover = one("director-power-off", "failover")
    assert failover.verdict is Verdict.PASS
    assert failover.figures["silence_ms"] == pytest.approx(3613, abs=20)


def test_packets_and_prober_told_the_same_outage() -> None:
    """Within one probe interval and 5 ms."""
    apart = one("director-power-off", "failover").figures["witnesses_apart_ms"]
    assert isinstance(apart, float)
    assert apart <= 15


def test_the_same_power_off_fails_where_more_is_promised() -> None:
    """With VRRP version 3 and an interval of 0.1 s it may take 0.36 s."""
    swift = (RUNS / "director-power-off" / "lab.yml").read_text()
    swift = swift.replace("version: 2", "version: 3").replace("advert_int: 1 ", "advert_int: 0.1 ")
    lab = parse_lab(swift.replace('    auth_pass: "1111"  ', "    # "))
    told = [each for each in findings("director-power-off", lab) if each.judge in ("outage", "failover")]
    assert [each.verdict for each in told if "healed" not in each.message] == [Verdict.FAIL, Verdict.FAIL]


def test_the_same_power_off_fails_a_drill_that_expects_no_outage() -> None:
    """The prober's doubt about single requests does not reach an outage of seconds."""
    lab, drill = (RUNS / "director-power-off" / name for name in ("lab.yml", "drill.yml"))
    strict = load_drill(drill).model_copy(update={"expect": Expect(outage="none")})
    told = judge(history("director-power-off"), load_lab(lab), strict)
    assert next(each for each in told if each.judge == "outage").verdict is Verdict.FAIL


def test_a_goodbye_was_followed_after_the_skew() -> None:
    """619 ms, by the timers 613 ms."""
    told = one("keepalived-stopped", "failover")
    assert told.verdict is Verdict.PASS
    assert told.figures["silence_ms"] == pytest.approx(613, abs=10)


def test_a_run_that_was_unwell_from_its_beginning_says_so() -> None:
    """A third of its requests failed before keepalived was stopped."""
    assert one("keepalived-stopped", "baseline").verdict is Verdict.INCONCLUSIVE
    assert "it cannot be told" in one("keepalived-stopped", "outage").message


def test_a_killed_keepalived_left_two_owners_and_lost_nothing() -> None:
    """The kernel went on to forward."""
    assert one("keepalived-killed", "outage").verdict is Verdict.PASS
    owners = one("keepalived-killed", "invariant two-holders")
    assert owners.verdict is Verdict.PASS
    assert "two owners" in owners.message


def test_a_paused_master_cost_what_vrrp_promises_and_told_clients_when_it_woke() -> None:
    """Its first gratuitous ARP came with its first advert."""
    assert one("director-paused", "outage").verdict is Verdict.PASS
    back = [each for each in history("director-paused").of(Arp) if each.is_gratuitous and each.node == "director1"]
    adverts = [each for each in history("director-paused").of(Advert) if each.node == "director1"]
    first = next(each.t for each in adverts if each.t > history("director-paused").faults[0].end - 3 * 10**9)
    assert 0 < back[0].t - first < 5 * 10**6


def test_a_stopped_httpd_cost_half_of_the_requests_until_it_was_noticed() -> None:
    """httpd took three seconds to stop; the check's window counts from then."""
    told = one("httpd-stopped", "outage")
    assert told.verdict is Verdict.PASS
    assert told.figures["failed_share"] == pytest.approx(0.5, abs=0.02)
    assert one("httpd-stopped", "distribution", 1).message == "http, fault: web2 100.0 %; rr promises web2 100.0 %"


def test_a_split_brain_was_seen_and_its_end_left_clients_with_the_wrong_arp_entry() -> None:
    """The one that stayed spoke first, heard no lower priority, and so sent no gratuitous ARP."""
    assert "two owners" in one("vrrp-blocked", "invariant two-holders").message
    healed = one("vrrp-blocked", "outage", 1)
    assert healed.verdict is Verdict.INCONCLUSIVE
    assert "until the run ended" in healed.message
