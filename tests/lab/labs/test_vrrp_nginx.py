"""Active and standby without IPVS: nginx that dies is revived, and what cannot be revived gives the address up."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lvslab.pytest_plugin import LabUnderTest
from lvslab.wait import wait_for
from tests.lab.harness.adverts import adverts
from tests.lab.harness.asking import Asking

pytestmark = pytest.mark.lab("vrrp-nginx")
DIRECTORS = ("director1", "director2")
SCRIPT = "/etc/keepalived/scripts/revive-web"
VRRP, ADVERTS = 112, "224.0.0.18"
# the script's interval and timeout are 2 s, it has to fail twice, and the backup waits for its skew; an emulated
# processor has its own pace besides
REVIVED = 20.0
GIVEN_UP = 30.0
NOTICED = 7
"""Seconds in which the script has failed twice, if it fails."""
BACK = 60.0
# director1's master-down timer is 3 x 1 s + 156/256 s: it would take the address back before so many have passed
ENOUGH, HEARD = 6, 60.0


def holder(lab: LabUnderTest) -> str:
    """Return the one director that holds the VIP."""
    [found] = lab.holders()
    return found


def other(director: str) -> str:
    """Return the other director."""
    return DIRECTORS[director == DIRECTORS[0]]


def wait_for_answers_of(lab: LabUnderTest, director: str, within: float) -> None:
    """Return when this director, and no other, holds the VIP and answers ten requests in a row."""
    seen: list[str] = []

    def answers() -> bool:
        try:
            shares = lab.client.shares(10)
        except OSError as err:
            seen[:] = [str(err)]
            return False
        seen[:] = [str(dict(shares)), *lab.holders()]
        return shares == {director: 10} and lab.holders() == (director,)

    wait_for(answers, within=within, what=f"{director} does not answer alone", seen=lambda: str(seen), every=0.2)


def wait_for_state(lab: LabUnderTest, director: str, state: str, within: float) -> None:
    """Return when the VRRP instance of a director is in a state."""
    seen: list[object] = []

    def is_so() -> bool:
        seen[:] = [lab.vrrp()[director]]
        return seen == [{"VI_1": state}]

    wait_for(is_so, within=within, what=f"{director} is not {state}", seen=lambda: str(seen))


@pytest.fixture
def preferred(lab: LabUnderTest, recovers: None) -> str:
    """Have the address on the director of the higher priority, whoever had it, and the other wait; return its name.

    With nopreempt whoever was first holds it; and director2, when it comes back, is no match for director1 anyway.
    """
    if holder(lab) == "director2":
        lab.node("director2").check_output("systemctl stop keepalived")
        wait_for_answers_of(lab, "director1", GIVEN_UP)
        lab.node("director2").check_output("systemctl start keepalived")
    wait_for_state(lab, "director2", "BACKUP", GIVEN_UP)
    wait_for_state(lab, "director1", "MASTER", GIVEN_UP)
    priorities = lab.model.vrrp_instances[0].priorities
    assert priorities["director1"] > priorities["director2"]
    return "director1"


def assert_leaves_it(lab: LabUnderTest, preferred: str) -> None:
    """Assert that a director which is back hears the other's adverts, answers none of them, and stays BACKUP."""
    wait_for_state(lab, preferred, "BACKUP", BACK)
    heard = [each.source for each in adverts(lab, "lan", ENOUGH, HEARD)]
    assert heard == [lab.address(other(preferred))] * ENOUGH
    wait_for_state(lab, preferred, "BACKUP", REVIVED)
    wait_for_answers_of(lab, other(preferred), REVIVED)
    lab.wait_as_expected()
    assert holder(lab) == other(preferred)


@contextmanager
def beyond_repair(lab: LabUnderTest, director: str) -> Iterator[None]:
    """Have nginx of a director stopped, and refuse to start, for as long as the block lasts."""
    lab.node(director).check_output("systemctl mask --runtime --now nginx.service")
    try:
        yield
    finally:
        lab.node(director).check_output("systemctl unmask --runtime nginx.service")


def test_the_holder_answers_and_the_standby_does_not(lab: LabUnderTest) -> None:
    """One page, that of the director which has the address; the other's nginx waits."""
    answers = lab.client.get(10)
    active = holder(lab)
    assert {(answer.status, answer.server) for answer in answers} == {(200, active)}
    assert f"<h1>vrrp-nginx: {active}</h1>" in answers[0].body
    [answer] = lab.client.get(address=lab.address(other(active)))
    assert answer.server == other(active)


@pytest.mark.thorough
def test_nothing_is_balanced(lab: LabUnderTest) -> None:
    """The tables of IPVS are empty."""
    assert {name: lab.ipvs(name) for name in DIRECTORS} == {"director1": (), "director2": ()}


@pytest.mark.thorough
def test_keepalived_runs_the_script_and_nobody_else_may_change_it(lab: LabUnderTest) -> None:
    """It is root's alone, and keepalived has nothing to say against it."""
    for name in DIRECTORS:
        file = lab.node(name).file(SCRIPT)
        assert (file.user, file.mode) == ("root", 0o700)
        said = lab.node(name).check_output("journalctl --unit keepalived --boot --no-pager")
        assert [line for line in said.splitlines() if "SECURITY" in line or "nsafe" in line] == []
        assert "VRRP_Script(chk_nginx) succeeded" in said


@pytest.mark.thorough
def test_adverts_come_from_the_address_of_the_lab_file(lab: LabUnderTest) -> None:
    """By multicast, from the holder."""
    with lab.client.wire("lan", host=None) as wire:
        frames = list(wire.frames(within=3.0))
    adverts = [frame.payload for frame in frames if frame.kind == 0x0800 and frame.payload[9] == VRRP]
    ends = {(".".join(map(str, raw[12:16])), ".".join(map(str, raw[16:20]))) for raw in adverts}
    assert ends == {(lab.address(holder(lab)), ADVERTS)}


@pytest.mark.usefixtures("recovers")
def test_nginx_that_dies_is_revived_and_the_address_stays(lab: LabUnderTest) -> None:
    """The next run of the script restarts it, and systemd knows of it; nobody else takes the address meanwhile."""
    active = holder(lab)
    with Asking(lab.vip, 80) as asking:
        lab.node(active).check_output("systemctl kill --signal=KILL nginx.service")
        wait_for(lambda: lab.node(active).service("nginx").is_running, within=REVIVED, what="nginx is still dead")
        wait_for_answers_of(lab, active, REVIVED)
    assert {each.server for each in asking.since(0) if not each.error} == {active}
    assert lab.vrrp()[active] == {"VI_1": "MASTER"}
    lab.wait_as_expected()


@pytest.mark.usefixtures("recovers")
@pytest.mark.thorough
def test_nginx_of_the_standby_is_revived_too(lab: LabUnderTest) -> None:
    """It has to be well when it is needed."""
    standby = other(holder(lab))
    lab.node(standby).check_output("systemctl stop nginx.service")
    wait_for(lambda: lab.node(standby).service("nginx").is_running, within=REVIVED, what="nginx is still stopped")
    lab.wait_as_expected()


def test_nginx_that_cannot_be_revived_gives_the_address_up_for_good(lab: LabUnderTest, preferred: str) -> None:
    """The instance is in FAULT while it lasts, and BACKUP after it: nopreempt outweighs its higher priority."""
    with beyond_repair(lab, preferred):
        wait_for_answers_of(lab, other(preferred), GIVEN_UP)
        wait_for_state(lab, preferred, "FAULT", GIVEN_UP)
    assert_leaves_it(lab, preferred)


@pytest.mark.usefixtures("recovers")
@pytest.mark.thorough
def test_nginx_that_hangs_gives_the_address_up_and_is_left_as_it_is(lab: LabUnderTest) -> None:
    """It runs, and so is not started anew: whoever looks into it finds the same process."""
    active = holder(lab)
    process = lab.node(active).check_output("systemctl show --property=MainPID nginx.service")
    with lab.fault("process.freeze", active, process="httpd"):
        wait_for_answers_of(lab, other(active), GIVEN_UP)
        assert lab.node(active).check_output("systemctl show --property=MainPID nginx.service") == process
    wait_for_state(lab, active, "BACKUP", GIVEN_UP)
    lab.wait_as_expected()


@pytest.mark.usefixtures("recovers")
@pytest.mark.thorough
def test_nginx_that_answers_with_errors_gives_the_address_up(lab: LabUnderTest) -> None:
    """The script wants status 200, and a start changes nothing for what runs."""
    active = holder(lab)
    with lab.probe(rate=20) as probe:
        lab.client.get(2)
        with lab.fault("web.error", active):
            wait_for_answers_of(lab, other(active), GIVEN_UP)
        wait_for_state(lab, active, "BACKUP", GIVEN_UP)
    assert "http 500" in {each.error for each in probe.failed}
    lab.wait_as_expected()


@pytest.mark.usefixtures("recovers")
@pytest.mark.thorough
def test_another_page_is_noticed_by_the_client_and_not_by_the_script(lab: LabUnderTest) -> None:
    """It reads the status alone, and whoever has the address keeps it."""
    active = holder(lab)
    with lab.probe(rate=20) as probe:
        lab.client.run("sleep", "1")
        with lab.fault("web.wrong-body", active):
            lab.client.run("sleep", str(NOTICED))
            assert holder(lab) == active
    assert {each.error for each in probe.failed} == {"another page"}
    assert probe.attempts[0].ok and probe.attempts[-1].ok
    lab.wait_as_expected()


@pytest.mark.usefixtures("recovers")
@pytest.mark.thorough
def test_with_no_nginx_anywhere_nobody_holds_the_address(lab: LabUnderTest) -> None:
    """Both are in FAULT, and whoever is well first takes the address."""
    with beyond_repair(lab, "director1"), beyond_repair(lab, "director2"):
        wait_for(lambda: lab.holders() == (), within=GIVEN_UP, what="somebody holds the address")
    wait_for(lambda: len(lab.holders()) == 1, within=GIVEN_UP, what="nobody holds the address")
    lab.wait_as_expected()


@pytest.mark.thorough
def test_a_director_that_dies_and_returns_leaves_the_address_with_the_other(
    lab: LabUnderTest, preferred: str
) -> None:
    """The other takes over and keeps it, though the one that is back has the higher priority."""
    with lab.fault("node.power-off", preferred):
        wait_for_answers_of(lab, other(preferred), GIVEN_UP)
    assert_leaves_it(lab, preferred)


@pytest.mark.thorough
def test_provisioning_again_finds_nothing_to_do(lab: LabUnderTest) -> None:
    """What is there is what the lab file says."""
    assert {name: outcome.steps for name, outcome in lab.plan().items() if outcome.steps} == {}
