"""The prober, against a server on the loopback."""

import itertools
import json
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from lvslab.history import Event, RunFolder, Stall
from lvslab.measure.clock import Clock
from lvslab.measure.exchange import Target
from lvslab.measure.prober import Lateness, Plan, Prober
from tests.unit.measure.probing import SECOND, attempts, probe
from tests.unit.measure.web import closed_port, serving


def test_every_attempt_is_answered_and_tells_who_answered() -> None:
    """A good answer carries its status, its real server and its moments in order."""
    with serving() as server:
        made = attempts(probe(Target("http", "127.0.0.1", server.port), 0.3))
    assert made
    for each in made:
        assert each.ok and each.status == 200 and each.server == "web1" and each.service == "http"
        assert each.connected is not None and each.first_byte is not None and each.done is not None
        assert each.t <= each.sent <= each.connected <= each.first_byte <= each.done


def test_attempts_are_due_on_a_fixed_schedule() -> None:
    """The schedule is the rate's, whatever the answers."""
    with serving() as server:
        made = attempts(probe(Target("http", "127.0.0.1", server.port), 0.3, rate=200))
    assert {later.t - earlier.t for earlier, later in itertools.pairwise(made)} == {SECOND // 200}


def test_a_silent_server_does_not_slow_the_schedule() -> None:
    """No attempt waits for the one before: an outage cannot make the prober ask less often."""
    with serving(answer=None) as server:
        made = attempts(probe(Target("http", "127.0.0.1", server.port), 0.3))
    assert len(made) >= 29
    assert {each.error for each in made} == {"timeout"}


def test_an_attempt_that_was_begun_late_has_its_whole_time() -> None:
    """What the prober's own host stole is not taken from the server: limits count from the SYN."""
    seen: list[Event] = []
    clock = Clock()
    with serving() as server:
        prober = Prober(Plan(Target("http", "127.0.0.1", server.port), 10), clock, seen.append)
        time.sleep(0.35)
        prober.turn(clock.now())
        while not prober.is_idle:
            prober.turn(clock.now() + SECOND, begin=False)
    made = attempts(seen)
    assert len(made) == 3 and all(each.ok for each in made)
    assert made[0].sent - made[0].t > 200_000_000


def test_each_attempt_has_a_connection_of_its_own() -> None:
    """A scheduler counts connections, so none may be used twice."""
    with serving() as server:
        made = attempts(probe(Target("http", "127.0.0.1", server.port), 0.2))
    assert len({each.port for each in made}) == len(made)


def test_a_port_that_nobody_listens_on_refuses() -> None:
    """A reset in answer to the SYN is told apart from silence."""
    made = attempts(probe(Target("http", "127.0.0.1", closed_port()), 0.1))
    assert {each.error for each in made} == {"refused"}
    assert all(each.connected is None and each.done is not None and each.sent <= each.done for each in made)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "http 503"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", "cut short"),
        (b"HTTP/1.1 200 OK\r\nConte", "cut short"),
        (b"", "no answer"),
        (b"220 mail.example ESMTP\r\n\r\n", "not http"),
    ],
    ids=["error-status", "body-cut", "head-cut", "nothing", "another-protocol"],
)
def test_an_answer_that_is_not_whole_and_good_is_an_error(answer: bytes, error: str) -> None:
    """A connection alone is no answer."""
    with serving(answer) as server:
        made = attempts(probe(Target("http", "127.0.0.1", server.port), 0.1))
    assert {each.error for each in made} == {error}


def test_the_sorry_servers_answer_is_an_answer() -> None:
    """Its status is an error's, and it ends the silence: somebody has told the client that the site is not there."""
    answer = b"HTTP/1.1 503 Sorry\r\nX-Real-Server: sorry\r\nContent-Length: 0\r\n\r\n"
    with serving(answer) as server:
        made = attempts(probe(Target("http", "127.0.0.1", server.port), 0.1))
    assert {(each.error, each.status, each.server) for each in made} == {("", 503, "sorry")}


def test_addresses_take_turns() -> None:
    """With several source addresses, each attempt comes from the next."""
    with serving() as server:
        made = attempts(probe(Target("http", "127.0.0.1", server.port), 0.1, sources=("127.0.0.2", "127.0.0.3")))
    assert [each.source for each in made[:4]] == ["127.0.0.2", "127.0.0.3"] * 2


def test_an_ipv6_service_is_probed_as_well() -> None:
    """The address decides the family."""
    with serving(address="::1") as server:
        made = attempts(probe(Target("http", "::1", server.port), 0.1))
    assert made and all(each.ok and each.source == "::1" for each in made)


def test_an_address_without_a_route_is_told_at_once() -> None:
    """240.0.0.0/4 is nobody's: the system itself says no."""
    made = attempts(probe(Target("http", "255.255.255.255", 80), 0.05))
    assert made and not any(each.ok for each in made)


def test_of_a_row_of_late_attempts_the_first_is_told() -> None:
    """One stall makes many attempts late, and is one stall."""
    lateness = Lateness(interval=10)
    told = [lateness.note(due, sent) for due, sent in ((0, 1), (10, 50), (20, 51), (30, 52), (40, 41))]
    assert told == [None, Stall(10, 40), None, None, None]


def test_the_worst_lateness_is_told_even_below_an_interval() -> None:
    """Whoever judges knows how finely the prober could see."""
    lateness = Lateness(interval=10)
    lateness.note(0, 3)
    lateness.note(10, 17)
    assert lateness.worst_untold() == Stall(10, 7)


def test_a_worst_lateness_that_was_told_is_not_told_again() -> None:
    """Each stall is one event."""
    lateness = Lateness(interval=10)
    assert lateness.note(0, 30) == Stall(0, 30)
    assert lateness.worst_untold() is None


def test_the_helper_process_runs_on_its_own(tmp_path: Path) -> None:
    """As a process with its wishes on standard input, it writes its attempts and ends with its input."""
    folder = RunFolder(tmp_path)
    with serving() as server:
        asked = {
            "target": asdict(Target("http", "127.0.0.1", server.port)),
            "rate": 50,
            "sources": [],
            "clock": asdict(Clock()),
            "history": str(folder.history),
        }
        with subprocess.Popen(
            [sys.executable, "-m", "lvslab.measure.prober"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(json.dumps(asked).encode() + b"\n")
            process.stdin.flush()
            assert process.stdout.readline() == b"ready\n"
            pulse = json.loads(process.stdout.readline())
            process.stdin.close()
            assert process.wait(10) == 0
    assert pulse["failed"] == 0 and pulse["server"] == "web1"
    assert len(folder.read().attempts) >= pulse["ok"] > 40
