"""Status and expectations of a lab whose directors answer themselves."""

import pytest

from lvslab.host.isolation import Keeper
from lvslab.host.state import Phase, State
from lvslab.lifecycle.served import request_mismatches
from lvslab.lifecycle.status import WebStatus, assemble, probes
from lvslab.lifecycle.verify import mismatches
from lvslab.model import Lab, load_lab
from tests.unit.recorded import LABS, altered, status_of

RUNNING = dict.fromkeys(("director1", "director2", "web1", "web2", "nfs"), "running")
STATE = State("x", "vrrp-nginx", Phase.READY, Keeper(1, 1), "tcg", "", "")
WHERE = "10.63.0.158:80: 10 requests went to"


@pytest.fixture
def lab() -> Lab:
    """Return the lab of two directors that serve."""
    return load_lab(LABS / "vrrp-nginx.yml")


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        (["director1"] * 10, []),
        (["director2"] * 10, []),
        (
            ["director1", "director2"] * 5,
            [f"{WHERE} director1 5, director2 5, expected all of them on director1 or director2"],
        ),
        (["stranger"] * 10, [f"{WHERE} stranger 10, expected all of them on director1 or director2"]),
        ([(403, "director1")], ["10.63.0.158:80: director1 answers 403, expected 200"]),
        ([ConnectionRefusedError("refused")], ["10.63.0.158:80: no answer to the client: refused"]),
    ],
)
def test_one_director_answers_all(lab: Lab, served: list[object], replies: list[object], expected: list[str]) -> None:
    """Whichever has the address; with nopreempt that is any of them."""
    served[:] = replies
    assert request_mismatches(lab) == expected


def test_where_the_higher_priority_preempts_it_is_the_one_that_answers(served: list[object]) -> None:
    """When all is well the address is on the first."""
    served[:] = ["director2"] * 10
    [line] = request_mismatches(load_lab(LABS / "vrrp-nginx-weight.yml"))
    assert line == f"{WHERE} director2 10, expected all of them on director1"


def test_a_director_is_asked_for_its_web_server(lab: Lab) -> None:
    """Beside what every director is asked for; an idle node is not."""
    assert "units" in [probe.name for probe in probes(lab, lab.node("director1"))]
    assert "units" not in [probe.name for probe in probes(lab, lab.node("web1"))]


def test_the_status_knows_who_holds_the_address_and_whether_nginx_runs(lab: Lab) -> None:
    """There is no table to be told of, and no difference for that."""
    said = status_of("lvs-nat-local", "director1")
    said = altered(said, "addresses", '"local":"192.168.10.254"', '"local":"10.63.0.158"')
    said = altered(said, "units", "Names=apache2.service", "Names=nginx.service")
    seen = assemble(lab, STATE, RUNNING, {"director1": said})
    assert seen.vip is not None and (seen.vip.address, seen.vip.port, seen.vip.holder) == (
        "10.63.0.158",
        80,
        "director1",
    )
    assert seen.web["director1"].httpd is True
    assert seen.web["director2"] == WebStatus(None, None, None, "director2 is not running")
    assert [line for line in mismatches(lab, seen) if "virtual service" in line] == []


def test_a_director_whose_nginx_is_gone_is_told(lab: Lab) -> None:
    """On the standby as well: it could not take over."""
    said = status_of("lvs-nat-local", "director1")
    said = altered(said, "units", "ActiveState=active", "ActiveState=inactive")
    said = altered(said, "units", "Names=apache2.service", "Names=nginx.service")
    seen = assemble(lab, STATE, RUNNING, {"director1": said})
    assert "director1: nginx does not run" in mismatches(lab, seen)
