"""Shares of the real servers by three witnesses, and what schedulers promise."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lvslab.history import DirectorSample, History, Row, Served
from lvslab.history.history import Span
from lvslab.judge import Verdict, schedulers
from lvslab.judge.schedulers import TABLE
from lvslab.judge.witnesses import access_logs, client, counters, increments
from lvslab.model import Scheduler
from tests.unit.judge.histories import MS, SECOND, Answers, Watched, drill, lab, quiet
from tests.unit.judge.looking import found, only, without

RELOAD = drill(fault="service.reload")


def every(*servers: str) -> Answers:
    """Answer by these servers in turn, again and again."""
    return lambda number, _sent: (servers[number % len(servers)], "")


def test_round_robin_that_takes_turns_passes_in_every_phase() -> None:
    """All three witnesses tell the same."""
    told = found(quiet(), "distribution", RELOAD)
    assert [each.message.partition(":")[0] for each in told] == ["http, before", "http, fault", "http, after"]
    assert {each.verdict for each in told} == {Verdict.PASS}


def test_round_robin_that_favours_a_server_fails() -> None:
    """Client, counters and access logs agree that it does."""
    told = only(quiet(20, every("web1", "web1", "web2")), "distribution", RELOAD)
    assert told.verdict is Verdict.FAIL
    assert "rr promises web1 50.0 %, web2 50.0 %" in told.message
    assert "client saw web1 at 66.7 %" in told.message


def test_a_server_that_is_out_of_the_table_gets_nothing() -> None:
    """Then all to the other one is what round robin promises."""
    run = quiet(20, every("web2"))
    run.table = lambda _t: {"web2": 1}
    assert only(run, "distribution", RELOAD).verdict is Verdict.PASS


def test_an_answer_of_a_server_that_is_not_in_the_table_fails() -> None:
    """Somebody passes connections on to it all the same."""
    run = quiet()
    run.table = lambda _t: {"web2": 1}
    told = only(run, "distribution", RELOAD)
    assert told.verdict is not Verdict.PASS
    assert "web1 answered without a place in the table" in told.message
    assert "web1 is not in the table" in told.message


def test_a_weight_that_is_not_the_labs_is_told_as_the_reason() -> None:
    """Round robin leaves out a weight of 0."""
    run = quiet()
    run.table = lambda _t: {"web1": 0, "web2": 1}
    assert "web1 has weight 0 instead of 1" in only(run, "distribution", RELOAD).message


def test_a_table_that_changes_meanwhile_promises_nothing() -> None:
    """Shares of such a phase are told and not judged."""
    run = quiet(20, every("web2"))
    run.table = lambda t: {"web2": 1} if 6500 * MS < t < 7500 * MS else {"web1": 1, "web2": 1}
    _, fault, _ = found(run, "distribution", RELOAD)
    assert fault.verdict is Verdict.PASS
    assert "the table changed" in fault.message


def test_connections_that_are_reused_are_not_counted_and_told_as_the_reason() -> None:
    """Round robin is by connection, and keep-alive hides it."""
    run = quiet(20, every("web1"))
    run.attempts = [replace(each, reused=number % 2 == 1) for number, each in enumerate(run.attempts)]
    told = only(run, "distribution", RELOAD)
    assert told.verdict is Verdict.FAIL
    assert told.figures["client_web1"] == 300
    assert "300 of 600 requests reused a connection" in told.message


def test_witnesses_that_disagree_are_inconclusive() -> None:
    """One of them is wrong, and which is not known."""
    run = quiet()
    events = [replace(each, node="web1") if isinstance(each, Served) else each for each in run.events()]
    told = only(events, "distribution", RELOAD)
    assert told.verdict is Verdict.INCONCLUSIVE
    assert "access log saw web1 at 100.0 %" in told.message


def test_a_witness_that_is_missing_is_inconclusive() -> None:
    """Two that agree are no proof of what the third would have said."""
    told = only(without(quiet(), Served), "distribution", RELOAD)
    assert told.verdict is Verdict.INCONCLUSIVE
    assert "not heard: access log" in told.message


def test_a_box_of_the_users_own_keeps_its_logs_to_itself() -> None:
    """Nobody fetches them, so the access logs are no witness there, and none that is missing."""
    plain = "web2: {role: web, addresses: {lan: 192.168.18.33}}"
    own = lab(lambda text: text.replace(plain, f"{plain[:-1]}, box: freebsd.box, system: freebsd}}"))
    events = [each for each in quiet().events() if not isinstance(each, Served) or each.node != "web2"]
    told = only(events, "distribution", RELOAD, own)
    assert (told.verdict, "access_log_web1" in told.figures) == (Verdict.PASS, False)
    assert only(events, "distribution", RELOAD).verdict is Verdict.INCONCLUSIVE


def test_too_few_connections_are_inconclusive() -> None:
    """Nineteen show no shares."""
    run = quiet()
    run.attempts = run.attempts[:10] + run.attempts[900:]
    assert only(run, "distribution", RELOAD).verdict is Verdict.INCONCLUSIVE


def test_a_drill_may_take_any_distribution() -> None:
    """Then nothing is judged."""
    run = quiet(20, every("web1"))
    assert found(run, "distribution", drill("distribution: any", fault="service.reload")) == []


def test_weighted_round_robin_follows_the_weights() -> None:
    """3 to 1 here; in equal shares it fails."""
    heavy = lab(
        lambda text: text.replace("scheduler: rr ", "scheduler: wrr ").replace("web1, weight: 1", "web1, weight: 3")
    )
    weights = {"web1": 3, "web2": 1}
    right, wrong = (quiet(20, each) for each in (every("web1", "web1", "web1", "web2"), every("web1", "web2")))
    for run in (right, wrong):
        run.table = lambda _t: weights
    assert only(right, "distribution", RELOAD, heavy).verdict is Verdict.PASS
    assert only(wrong, "distribution", RELOAD, heavy).verdict is Verdict.FAIL


def test_persistence_promises_no_shares() -> None:
    """The prober is one client, and all of its connections go to one server, whatever the scheduler."""
    kept = lab(lambda text: text.replace("    delay_loop: 2 ", "    persistence_timeout: 5\n    delay_loop: 2 "))
    told = only(quiet(20, every("web1")), "distribution", RELOAD, kept)
    assert told.verdict is Verdict.PASS
    assert "persistence keeps a client with its server for 5 s, so no share is expected" in told.message


def hashed(scheduler: str, run: Watched) -> Verdict:
    """Return the verdict of a run under a scheduler that hashes addresses."""
    other = lab(lambda text: text.replace("scheduler: rr ", f"scheduler: {scheduler} "))
    return only(run, "distribution", RELOAD, other).verdict


@pytest.mark.parametrize("scheduler", ["sh", "mh", "dh"])
def test_a_hash_sends_one_address_to_one_server(scheduler: str) -> None:
    """The client has one address, and the service has one."""
    assert hashed(scheduler, quiet(20, every("web2"))) is Verdict.PASS
    assert hashed(scheduler, quiet()) is Verdict.FAIL


def test_source_hashing_may_send_each_client_elsewhere() -> None:
    """Destination hashing may not."""
    run = quiet()
    run.attempts = [
        replace(each, source="10.0.0.1" if each.server == "web1" else "10.0.0.2") for each in run.attempts
    ]
    assert hashed("sh", run) is Verdict.PASS
    assert hashed("dh", run) is Verdict.FAIL


def test_a_hash_of_the_port_too_promises_no_shares() -> None:
    """One client's connections may go anywhere, one by one."""
    flagged = "scheduler: sh\n    scheduler_flags: [sh-port] "
    told = only(quiet(), "distribution", RELOAD, lab(lambda text: text.replace("scheduler: rr ", flagged)))
    assert told.verdict is Verdict.PASS
    assert "sh promises no shares: by a hash of the source address and port" in told.message


def test_locality_may_leave_a_server_that_is_overloaded() -> None:
    """One address has one server only while few connections are open."""
    assert hashed("lblc", quiet()) is Verdict.PASS


def sample(t: int, **connections: int) -> DirectorSample:
    """Return a sample with a row for each server."""
    rows = tuple(Row("http", name, 1, 0, 0, count) for name, count in connections.items())
    return DirectorSample(t, "director1", MS, rows=rows)


def test_counters_that_begin_anew_are_added_up() -> None:
    """A row that was taken out and added again counts from nothing."""
    samples = [sample(0, web1=100), sample(1, web1=110), sample(2), sample(3, web1=4), sample(4, web1=9)]
    assert sum(count for _, count in increments(samples, "http")) == 10 + 4 + 5


def test_a_counter_that_is_lower_than_before_began_anew_between_two_samples() -> None:
    """What it shows is all new."""
    assert list(increments([sample(0, web1=100), sample(1, web1=3)], "http")) == [("web1", 3)]


def test_health_checks_are_no_clients() -> None:
    """keepalived's own requests are in the access logs."""
    span = Span("all", 0, 20 * SECOND)
    history = quiet().history()
    assert access_logs(history, {"192.168.18.41"}, span).counts == {"web1": 1000, "web2": 1000}
    assert client(history, "http", span).total == 2000
    assert counters(history, "http", span).total == 1900


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 9), min_size=1))
def test_weighted_round_robin_gives_each_its_weight_in_a_cycle(weights: dict[str, int]) -> None:
    """In any order of weights."""
    length = schedulers.cycle(Scheduler.WRR, weights)
    picks = schedulers.wrr(weights, length)
    shares = schedulers.expected_shares(Scheduler.WRR, weights) or {}
    assert all(picks.count(name) == pytest.approx(share * length) for name, share in shares.items())


def test_the_worked_example_of_weighted_round_robin() -> None:
    """Weights 4, 3 and 2."""
    assert "".join(schedulers.wrr({"A": 4, "B": 3, "C": 2}, 18)) == "AABABCABC" * 2


def test_the_worked_example_of_shortest_expected_delay() -> None:
    """Weights 1, 2, 3 and as many open connections: (1+1)/1, (2+1)/2, (3+1)/3, so the third."""
    weights = {"A": 1, "B": 2, "C": 3}
    assert schedulers.sed(weights, weights) == "C"


def test_never_queue_takes_an_idle_server_first() -> None:
    """Shortest expected delay would wait at the fast one."""
    weights, active = {"slow": 1, "fast": 10}, {"fast": 1}
    assert schedulers.nq(weights, active) == "slow"
    assert schedulers.sed(weights, active) == "fast"
    assert schedulers.nq(weights, {"slow": 1, "fast": 1}) == "fast"


def test_weighted_least_connection_counts_an_open_connection_256_times() -> None:
    """Connections that are closing still count a little."""
    weights = {"a": 1, "b": 1}
    assert schedulers.wlc(weights, {"a": 1}, {"b": 255}) == "b"
    assert schedulers.wlc(weights, {"a": 1}, {"b": 257}) == "a"


def test_round_robin_leaves_out_a_weight_of_0() -> None:
    """A server that is drained gets nothing new."""
    assert schedulers.rr({"a": 5, "b": 0, "c": 1}, 4) == ("a", "c", "a", "c")
    assert schedulers.rr({"a": 0}, 4) == ()
    assert schedulers.expected_shares(Scheduler.RR, {"a": 0}) is None


def test_weighted_failover_sends_all_to_the_highest_weight() -> None:
    """The others wait."""
    assert schedulers.expected_shares(Scheduler.FO, {"a": 1, "b": 3}) == {"a": 0.0, "b": 1.0}


def test_every_scheduler_has_a_character() -> None:
    """Whoever adds one says what it promises."""
    assert set(TABLE) == set(Scheduler)


def test_a_servers_clock_that_is_off_moves_no_request_into_another_phase() -> None:
    """A line of its log belongs to the attempt that came from its port."""
    history = quiet().history()
    late = [
        replace(each, t=each.t + 3 * SECOND) if isinstance(each, Served) and each.node == "web1" else each
        for each in history.events
    ]
    span = next(each for each in history.phases if each.name == "before")
    vip = "192.168.18.41"
    assert access_logs(History(late), {vip}, span) == access_logs(history, {vip}, span)
