"""Drills and load: what is read from their output, and the lab file of VRRP version 3."""

import pytest

from lvslab.bench import drills, loads, vrrp3, watching
from lvslab.bench.process import Timed
from lvslab.errors import HostError, UnusableError
from lvslab.history import Attempt
from lvslab.lifecycle import instance
from lvslab.model import parse_lab

LAB_FILE = instance.lab_path("lvs-dr").read_text()
AB = """
Concurrency Level:      8
Time taken for tests:   30.002 seconds
Complete requests:      12345
Failed requests:        2
   (Connect: 0, Receive: 0, Length: 2, Exceptions: 0)
Requests per second:    411.47 [#/sec] (mean)
Time per request:       19.443 [ms] (mean)
"""


def test_ab_tells_requests_a_second_and_failures() -> None:
    """The report of ab(1)."""
    assert loads.read(AB) == loads.Told(411.47, 2)


def test_ab_that_reports_nothing_is_an_error_with_what_it_said() -> None:
    """As where nobody answers."""
    with pytest.raises(UnusableError) as caught:
        loads.read("apr_socket_recv: Connection refused (111)\n")
    assert caught.value.details == ["apr_socket_recv: Connection refused (111)"]


def test_a_missing_ab_is_told_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is raised."""
    monkeypatch.setattr("lvslab.host.doctor.packages.find", _not_there)
    with pytest.raises(HostError, match="ab is not installed") as caught:
        loads.require()
    assert caught.value.hint == "apt-get install --no-install-recommends apache2-utils"


def _not_there(program: str) -> str:
    raise HostError(f"{program} is not installed")


def test_a_load_counts_good_answers_that_ended_between_two_moments() -> None:
    """The prober's are requests as well, but not the load's."""
    second = 1_000_000_000
    attempts = [
        Attempt(0, 0, done=second - 1, stream="locust"),
        Attempt(0, 0, done=second, stream="locust"),
        Attempt(0, 0, done=2 * second, stream="locust"),
        Attempt(0, 0, done=2 * second),
        Attempt(0, 0, done=2 * second, error="reset", stream="locust"),
        Attempt(0, 0, error="connect timeout", stream="locust"),
        Attempt(0, 0, done=3 * second, stream="locust"),
    ]
    assert watching.rates(attempts, second, 3 * second) == {"locust": 1.0, "all": 1.5}


def test_a_drill_is_timed_up_to_its_page() -> None:
    """The restore after it is not waited for; without one its end tells."""
    lines = (
        (1.0, "   0.4 s  restoring the snapshot verified"),
        (39.0, "  38.4 s  judging"),
        (40.0, "  39.4 s  restoring the snapshot verified"),
    )
    assert drills.reported(Timed(44.0, "", lines)) == 40.0
    assert drills.reported(Timed(44.0, "", ())) == 44.0


def test_the_recovery_of_a_run_is_the_length_of_its_phase() -> None:
    """In seconds, from milliseconds."""
    phases = [
        {"name": "fault", "start_ms": 0.0, "end_ms": 10.0},
        {"name": "recovery", "start_ms": 10.0, "end_ms": 4410.0},
    ]
    assert drills.recovery({"phases": phases}) == 4.4


def test_the_lab_of_vrrp_version_3_is_a_valid_lab_of_its_own_name() -> None:
    """On the same machines, and without the password that version 3 does not know."""
    plain, lab = (parse_lab(text) for text in (LAB_FILE, vrrp3.derived(LAB_FILE)))
    assert lab.name == "lvs-dr-vrrp3"
    assert [(each.version, each.advert_int, each.auth_pass) for each in lab.vrrp_instances] == [(3, 0.1, None)]
    assert instance.machines_digest(lab) == instance.machines_digest(plain)
