"""What each scheduler picks, and what it promises with its flags."""

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from lvslab.judge import hashing, schedulers
from lvslab.judge.schedulers import BY_PORT, TABLE, Promise, character
from lvslab.model import Lab, Scheduler, SchedulerFlag

Pick = Callable[[Mapping[str, int], Mapping[str, int]], str | None]
PAGE = (Path(__file__).parents[3] / "docs" / "schedulers.md").read_text()
WEIGHTS = {"nfs": 3, "web2": 2, "web1": 1}
CLIENTS = [f"192.168.10.{number}" for number in range(140, 200)]


def held(pick: Pick, count: int) -> list[str | None]:
    """Return the picks of so many connections that all stay open."""
    active: Counter[str] = Counter()
    order = []
    for _ in range(count):
        server = pick(WEIGHTS, active)
        active.update([server] if server else [])
        order.append(server)
    return order


@pytest.mark.parametrize(
    ("pick", "order"),
    [
        (schedulers.lc, "nfs web2 web1 nfs web2 web1 nfs web2 web1"),
        (schedulers.wlc, "nfs web2 web1 nfs web2 nfs nfs web2 web1"),
        (schedulers.sed, "nfs web2 nfs nfs web2 web1 nfs web2 nfs"),
        (schedulers.nq, "nfs web2 web1 nfs nfs web2 nfs web2 nfs"),
        (schedulers.ovf, "nfs nfs nfs nfs web2 web2 web2 web1 web1"),
        (schedulers.fo, "nfs nfs nfs nfs nfs nfs nfs nfs nfs"),
    ],
)
def test_connections_that_stay_open_tell_schedulers_apart(pick: Pick, order: str) -> None:
    """Nine of them, weights 3, 2 and 1: no two schedulers give the same order."""
    assert held(pick, 9) == order.split()


def test_overflow_has_nobody_left_when_each_has_one_more_than_its_weight() -> None:
    """4, 3 and 2 connections are open; the tenth is refused."""
    assert held(schedulers.ovf, 10)[-1] is None


@pytest.mark.parametrize("pick", [schedulers.lc, schedulers.wlc, schedulers.sed, schedulers.nq, schedulers.ovf])
def test_a_weight_of_0_gets_nothing(pick: Pick) -> None:
    """However idle it is; where nobody else is there, nobody is picked."""
    assert pick({"a": 0, "b": 1}, {"b": 1}) == "b"
    assert pick({"a": 0}, {}) is None


def test_source_hashing_spreads_clients_by_weight() -> None:
    """Each server has buckets as its weight says: here 128, 86 and 42 of 256."""
    homes = Counter(hashing.sh(WEIGHTS, each) for each in CLIENTS)
    assert homes == {"nfs": 29, "web2": 19, "web1": 12}


def test_source_hashing_with_ports_spreads_one_client() -> None:
    """Each of its ports is as good as another address."""
    assert {hashing.sh(WEIGHTS, CLIENTS[0], port) for port in range(20000, 20024)} == set(WEIGHTS)


def test_a_paused_server_keeps_its_clients_unless_they_fall_back() -> None:
    """They are refused, or answered elsewhere; the others stay either way."""
    equal = dict.fromkeys(WEIGHTS, 1)
    paused = equal | {"web1": 0}
    for each in CLIENTS:
        before = hashing.sh(equal, each)
        assert hashing.sh(paused, each) == (None if before == "web1" else before)
        assert hashing.sh(paused, each, fallback=True) in (("nfs", "web2") if before == "web1" else (before,))


def test_source_hashing_deals_anew_when_a_server_is_removed() -> None:
    """Half of those move whose server is still there."""
    equal, left = dict.fromkeys(WEIGHTS, 1), dict.fromkeys(("nfs", "web2"), 1)
    others = [each for each in CLIENTS if hashing.sh(equal, each) != "web1"]
    assert sum(hashing.sh(equal, each) != hashing.sh(left, each) for each in others) == len(others) / 2


def test_destination_hashing_looks_at_no_weight_but_0() -> None:
    """One address has one server; when that is paused there is none."""
    home = hashing.dh(WEIGHTS, "192.168.0.200")
    assert home == hashing.dh(dict.fromkeys(WEIGHTS, 7), "192.168.0.200") == "nfs"
    assert hashing.dh(WEIGHTS | {"nfs": 0}, "192.168.0.200") is None


def test_a_table_without_servers_hashes_to_nobody() -> None:
    """Every client is refused."""
    assert hashing.sh({}, CLIENTS[0]) is None
    assert hashing.sh({"a": 0}, CLIENTS[0], fallback=True) is None
    assert hashing.dh({}, CLIENTS[0]) is None


def test_every_scheduler_of_a_lab_file_says_what_it_promises_and_where_that_stands() -> None:
    """Whoever adds one adds its character."""
    assert set(TABLE) == set(Scheduler)
    assert all(each.picks and each.source for each in TABLE.values())


@pytest.mark.parametrize("word", [*Scheduler, *SchedulerFlag])
def test_the_page_on_schedulers_tells_of_it(word: str) -> None:
    """What a lab file may say is explained, and what it may not."""
    assert f"`{word}`" in PAGE


@pytest.mark.parametrize(
    ("flag", "promise"),
    [
        (SchedulerFlag.SH_FALLBACK, Promise.SOURCE),
        (SchedulerFlag.SH_PORT, Promise.NOTHING),
        (SchedulerFlag.MH_FALLBACK, Promise.SOURCE),
        (SchedulerFlag.MH_PORT, Promise.NOTHING),
    ],
)
def test_hashing_the_port_takes_back_that_a_client_stays(lab: Lab, flag: SchedulerFlag, promise: Promise) -> None:
    """Falling back does not: while the table is the same, a client has the same server."""
    changes = {"scheduler": flag.scheduler, "scheduler_flags": (flag,)}
    told = character(lab.virtual_services[0].model_copy(update=changes))
    assert told.promise is promise
    assert (told is BY_PORT) == (promise is Promise.NOTHING)


@pytest.mark.parametrize("scheduler", [Scheduler.LBLC, Scheduler.LBLCR])
def test_locality_promises_nothing_once_a_server_may_be_overloaded(scheduler: Scheduler) -> None:
    """Two open connections are too many for a weight of 1 while another server is idle."""
    assert TABLE[scheduler].promise is Promise.NOTHING
