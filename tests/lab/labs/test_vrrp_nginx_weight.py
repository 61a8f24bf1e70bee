"""A script's weight that changes the order of the directors, and adverts from one to the other."""

from itertools import islice

import pytest

from lvslab.pytest_plugin import LabUnderTest
from lvslab.pytest_plugin.wire import ETH_P_IP
from lvslab.wait import wait_for

pytestmark = [pytest.mark.lab("vrrp-nginx-weight"), pytest.mark.thorough]
VRRP, HEARD = 112, 10.0
# two runs of the script, 2 s apart, then the backup's master-down timer of 3.6 s; emulated machines take their time
MOVED = 40.0


def wait_for_answers_of(lab: LabUnderTest, director: str) -> None:
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

    wait_for(answers, within=MOVED, what=f"{director} does not answer alone", seen=lambda: str(seen), every=0.2)


def adverts(lab: LabUnderTest) -> set[tuple[str, str, int]]:
    """Return source, destination and priority of the next two adverts (RFC 3768, section 5.1)."""
    with lab.client.wire("lan", host=None) as wire:
        found = (each.payload for each in wire.frames(HEARD) if each.kind == ETH_P_IP and each.payload[9] == VRRP)
        two = list(islice(found, 2))
    return {(".".join(map(str, raw[12:16])), ".".join(map(str, raw[16:20])), raw[22]) for raw in two}


def test_adverts_go_to_the_other_director_alone(lab: LabUnderTest) -> None:
    """From the master's own address, and with the priority of the lab file."""
    assert adverts(lab) == {(lab.address("director1"), lab.address("director2"), 100)}


@pytest.mark.usefixtures("restored")
def test_the_order_changes_when_nginx_hangs(lab: LabUnderTest) -> None:
    """It is frozen and still takes connections, but the script wants an answer."""
    lab.inject("process.freeze", "director1", process="httpd")
    wait_for_answers_of(lab, "director2")
    assert lab.vrrp()["director1"] == {"VI_1": "BACKUP"}


@pytest.mark.usefixtures("recovers")
def test_the_order_changes_while_nginx_is_stopped_and_back(lab: LabUnderTest) -> None:
    """100 less 20 is below 98."""
    with lab.fault("process.stop", "director1", process="httpd"):
        wait_for_answers_of(lab, "director2")
        assert adverts(lab) == {(lab.address("director2"), lab.address("director1"), 98)}
        assert lab.vrrp()["director1"] == {"VI_1": "BACKUP"}
    wait_for_answers_of(lab, "director1")
    assert adverts(lab) == {(lab.address("director1"), lab.address("director2"), 100)}


@pytest.mark.usefixtures("restored")
def test_with_no_nginx_anywhere_the_address_stays_where_it_was(lab: LabUnderTest) -> None:
    """Both have lost 20, so the order is as before: 80 and 78. A weight never gives the address up."""
    with lab.fault("process.stop", "director1", "director2", process="httpd"):
        source, target = lab.address("director1"), lab.address("director2")
        wait_for(lambda: (source, target, 80) in adverts(lab), within=MOVED, what="director1 is not at 80")
        assert lab.holders() == ("director1",)
    wait_for_answers_of(lab, "director1")


def test_provisioning_again_finds_nothing_to_do(lab: LabUnderTest) -> None:
    """What is there is what the lab file says."""
    assert {name: outcome.steps for name, outcome in lab.plan().items() if outcome.steps} == {}
