"""What faults should cost where two directors are the real servers as well, and how a run of that is judged."""

from dataclasses import replace

import pytest

from lvslab.history import History
from lvslab.judge import Verdict, judge
from lvslab.judge.predict import Moment, Prediction, of_strike, predictions, setup_of
from lvslab.judge.strike import MASTER
from lvslab.judge.strikes import strike_of
from lvslab.judge.timing import ServiceTiming
from lvslab.model import load_lab, parse_drill, parse_lab
from tests.unit.judge.histories import SECOND, adverts, attempts, fault, gratuitous, phases
from tests.unit.recorded import LABS

LAB = load_lab(LABS / "lvs-dr-local.yml")
SETUP = setup_of(LAB)
TEXT = (LABS / "lvs-dr-local.yml").read_text()
INJECT, HEAL = Moment.INJECT, Moment.HEAL


def told(fault: str, moment: Moment = INJECT, text: str = TEXT, **arguments: str) -> Prediction:
    """Return what counts for requests: of a service and its VRRP instance the last, as judges take it."""
    every = predictions(setup_of(parse_lab(text)), arguments)
    return [each for each in every if (each.fault, each.moment) == (fault, moment)][-1]


def service(name: str) -> ServiceTiming:
    """Return the first service of a lab."""
    return setup_of(load_lab(LABS / f"{name}.yml")).services[0]


@pytest.mark.parametrize(("name", "directors"), [("lvs-dr", 0), ("lvs-nat-local", 1), ("lvs-dr-local", 2)])
def test_a_service_knows_how_many_of_its_servers_are_directors(name: str, directors: int) -> None:
    """Only with several there is one that balances and one that answers what it sends."""
    assert service(name).directors == directors
    assert service(name).is_served_by_directors is (directors > 1)


@pytest.mark.parametrize("fault", ["node.power-off", "node.link-down", "node.pause"])
def test_a_master_that_is_gone_costs_the_takeover_and_then_a_silent_real_server(fault: str) -> None:
    """All requests for 2.6 to 3.6 s, then half until the removal, 5 to 7 s after the fault: checks ran all along."""
    found = told(f"{fault} master")
    assert (found.subject, found.window, found.failing) == ("http", "5.00-7.00 s", "50-100 %")
    assert not found.is_total and found.breaks
    assert any("master-down" in reason for reason in found.reasoning)
    assert any("connect_timeout" in reason for reason in found.reasoning)


def test_where_vrrp_is_slower_than_the_checks_the_takeover_ends_it() -> None:
    """With adverts each 3 s the silent one is out of the table before the VIP moves."""
    found = told("node.power-off master", text=TEXT.replace("advert_int: 1", "advert_int: 3"))
    assert found.window == "6.61-9.61 s"


def test_without_a_check_half_of_the_requests_are_lost_for_as_long_as_it_lasts() -> None:
    """Nobody removes the silent one."""
    lines = [line for line in TEXT.splitlines() if "check:" not in line and "delay_loop" not in line]
    found = told("node.power-off master", text="\n".join(lines))
    assert (found.latest, found.share) == (None, (0.5, 1.0))


def test_a_scheduler_whose_shares_are_unknown_promises_the_takeover_alone() -> None:
    """One client may be sent to the one that is well."""
    found = told("node.power-off master", text=TEXT.replace("scheduler: rr", "scheduler: sh"))
    assert found.window == "2.61-7.00 s"
    assert found.share == (0.0, 1.0)


@pytest.mark.parametrize("fault", ["node.power-off", "node.link-down", "node.pause", "node.reset"])
def test_a_backup_that_is_gone_is_a_silent_real_server(fault: str) -> None:
    """Not free, as a backup is that only waits."""
    assert told(f"{fault} backup") == replace(told(f"{fault} real-server"), fault=f"{fault} backup")


@pytest.mark.parametrize(("fault", "window"), [("link-down", "0 s"), ("pause", "0 s"), ("power-off", "0.00-0.50 s")])
def test_a_backup_that_boots_may_balance_for_a_moment(fault: str, window: str) -> None:
    """keepalived's two processes do not wait for each other; where none of them starts anew, it costs nothing."""
    assert told(f"node.{fault} backup", HEAL).window == window


@pytest.mark.parametrize("fault", ["node.power-off master", "node.link-down master", "process.stop keepalived"])
def test_the_way_back_is_the_failback(fault: str) -> None:
    """The other answers until the server that was removed is there again; connections in use may break."""
    found = told(fault, HEAL)
    assert found.subject == "http" and found.earliest == 0
    assert found.hands_over and found.breaks


def test_an_old_master_that_starts_keepalived_may_balance_before_it_is_backup() -> None:
    """From its start to its failback single requests may fail; a link that is back starts nothing."""
    for stopped in ("node.power-off master", "node.reset master", "process.stop keepalived"):
        found = told(stopped, HEAL)
        assert (found.window, found.share) == ("0.00-4.11 s", (0, 1))
    assert told("node.link-down master", HEAL).window == "0.00-0.50 s"


def test_a_goodbye_costs_no_more_than_the_skew_and_perhaps_nothing() -> None:
    """The VIP is on lo of the one that stops: clients that know its MAC address are answered."""
    found = told("process.stop keepalived")
    assert (found.subject, found.window) == ("http", "0.00-0.61 s")
    assert told("service.restart keepalived").window == "0.00-1.11 s"


@pytest.mark.parametrize(
    ("fault", "moment"),
    [
        ("process.kill keepalived", INJECT),
        ("process.kill keepalived", HEAL),
        ("process.freeze keepalived", INJECT),
        ("process.freeze keepalived", HEAL),
        ("node.pause master", HEAL),
        ("network.partition master", INJECT),
        ("network.partition master from backup", INJECT),
        ("network.block vrrp", INJECT),
    ],
)
def test_of_two_masters_nothing_is_promised(fault: str, moment: Moment) -> None:
    """Each balances what the other sends it."""
    found = told(fault, moment)
    assert found.untold and found.two_holders
    assert found.subject == "http"


@pytest.mark.parametrize("fault", ["network.partition backup", "network.drop backup", "network.block health-checks"])
def test_of_packets_that_are_cut_at_a_director_nothing_is_promised(fault: str) -> None:
    """It is both director and real server, so what is cut is more than one way."""
    assert told(fault).untold


def test_the_sync_daemons_messages_are_no_requests_way() -> None:
    """And its state, by which backup_only goes, does not hang on them."""
    assert told("network.block sync").is_free


@pytest.mark.parametrize("fault", ["kill", "freeze"])
def test_a_backups_kernel_goes_on_as_backup(fault: str) -> None:
    """Whoever looks after it is gone or asleep."""
    assert told(f"process.{fault} keepalived on backup").is_free


@pytest.mark.parametrize(
    ("fault", "moment"),
    [
        ("process.stop keepalived on backup", INJECT),
        ("process.stop keepalived on backup", HEAL),
        ("process.kill keepalived on backup", HEAL),
        ("service.restart keepalived on backup", INJECT),
        ("service.reload", INJECT),
    ],
)
def test_a_backups_keepalived_may_balance_for_a_moment_when_it_comes_or_goes(fault: str, moment: Moment) -> None:
    """Its table and its sync daemon's state are seen to by two processes, and a reload may start the daemon anew."""
    found = told(fault, moment)
    assert (found.earliest, found.latest, found.share) == (0, 0.5, (0, 1))


def test_what_befalls_both_directors_is_as_vrrp_says() -> None:
    """Nobody is left; but a keepalived that is stopped leaves an httpd that answers."""
    assert told("node.power-off directors").subject == "VI_1"
    assert told("process.stop keepalived on directors").untold


@pytest.mark.parametrize("kind", ["delay", "jitter", "loss", "rate"])
def test_late_or_lost_packets_of_the_backup_are_a_real_servers(kind: str) -> None:
    """It sends what half of the requests wait for."""
    backup, server = told(f"network.{kind} backup"), told(f"network.{kind} real-server")
    assert (backup.window, backup.failing, backup.reasoning) == (server.window, server.failing, server.reasoning)
    assert not backup.is_free
    assert told(f"network.{kind} directors").untold


def test_a_small_delay_of_the_backup_costs_nothing() -> None:
    """Requests are slow then, and none fails."""
    assert told("network.delay backup", delay="0.02").is_free


@pytest.mark.parametrize(
    ("name", "target", "key"),
    [
        ("process.stop", "director1", "process.stop httpd"),
        ("process.stop", "director2", "process.stop httpd"),
        ("process.freeze", "director2", "process.freeze httpd"),
        ("service.restart", "director2", "service.restart httpd"),
        ("process.stop", "director1,director2", "process.stop httpd everywhere"),
    ],
)
def test_httpd_on_a_director_is_a_real_servers(name: str, target: str, key: str) -> None:
    """Whether the director is master or backup, its share is lost."""
    history = History(fault(name, 1000, 2000, target.split(","), process="httpd"))
    strike = strike_of(history, LAB, history.faults[0])
    assert strike.key == key
    assert {each.subject for each in of_strike(SETUP, strike)} == {"http"}


def test_keepalived_on_a_director_is_a_directors() -> None:
    """Though the node is a real server as well."""
    history = History(fault("process.stop", 1000, 2000, ["director2"], process="own"))
    assert strike_of(history, LAB, history.faults[0]).key == "process.stop keepalived on backup"


def test_who_holds_the_vip_is_the_master_of_whom_it_is_told() -> None:
    """By samples, whichever director that is."""
    every = predictions(setup_of(LAB, "director2"))
    found = [each for each in every if (each.fault, each.moment) == (f"node.power-off {MASTER}", INJECT)]
    assert found[-1].subject == "http"
    assert found[-1].reasoning[1].startswith("skew = (256 - 100)")


DRILL = parse_drill(
    "drill: made\ntitle: Made\ntimeline: [{at: 0, inject: node.power-off, target: master, for: 12}]\nfor: 13\n"
    "expect: {outage: predicted}\n"
)


def outage(removed: int, taken_over: int = 9110) -> Verdict:
    """Return the verdict on a power-off at 6 s, by when the backup took over and removed the dead one, in ms."""

    def answer(number: int, sent: int) -> tuple[str, str]:
        if sent < 6 * SECOND:
            return f"director{1 + number % 2}", ""
        is_silent = sent < taken_over * 10**6 or (number % 2 and sent < removed * 10**6)
        return ("", "connect timeout") if is_silent else ("director2", "")

    events = [
        *attempts(answer, 17),
        *fault("node.power-off", 6000, 18000),
        *phases(6000, 18000, 18000, 18000),
        *adverts("director1", 0, 6000),
        *adverts("director2", taken_over, 18000),
        *gratuitous("director2", taken_over),
    ]
    found = [each for each in judge(History(events), LAB, DRILL) if each.judge == "outage"]
    return found[0].verdict


@pytest.mark.parametrize(("removed", "verdict"), [(12500, Verdict.PASS), (15500, Verdict.FAIL), (9110, Verdict.FAIL)])
def test_a_takeover_with_a_silent_server_after_it_is_judged_as_one(removed: int, verdict: Verdict) -> None:
    """Removed after 6.5 s passes; after 9.5 s is too late; and not to be missed at all is too good to be true."""
    assert outage(removed) is verdict
