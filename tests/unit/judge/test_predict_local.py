"""What it should cost that a director which answers itself loses its web server."""

import pytest

from lvslab.history import History
from lvslab.judge.predict import Moment, Prediction, find, setup_of
from lvslab.judge.strikes import strike_of
from lvslab.model import Lab, parse_lab
from tests.unit.judge.histories import SECOND, fault
from tests.unit.recorded import LABS

REVIVES = (LABS / "vrrp-nginx.yml").read_text()
WEIGHT = (LABS / "vrrp-nginx-weight.yml").read_text()


def told(text: str, name: str = "process.stop httpd", moment: Moment = Moment.INJECT) -> Prediction:
    """Return the prediction of a fault for the service http."""
    return next(each for each in find(setup_of(parse_lab(text)), name) if (each.fault, each.moment) == (name, moment))


def test_a_script_that_revives_costs_its_interval_and_one_run() -> None:
    """The next run is at most 2 s away, and may take 2 s."""
    assert (told(REVIVES).earliest, told(REVIVES).latest) == (0, 4)
    assert told(REVIVES, "process.kill httpd").window == told(REVIVES).window


def test_a_script_that_only_looks_gives_the_address_up_and_the_backup_waits_for_the_skew() -> None:
    """Two runs 2 s apart, the last of at most 2 s, then (256 - 98) / 256 s."""
    prediction = told(REVIVES.replace("revive-web ", "check-web "))
    assert prediction.earliest == pytest.approx(2 + 0.617, abs=0.001)
    assert prediction.latest == pytest.approx(2 * 2 + 2 + 0.617, abs=0.001)
    assert any("priority 0" in reason for reason in prediction.reasoning)


def test_a_web_server_that_hangs_is_given_up_and_not_revived() -> None:
    """It runs, so it is not started anew; but it gives no page, so the script fails."""
    prediction = told(REVIVES, "process.freeze httpd")
    assert prediction.window == told(REVIVES.replace("revive-web ", "check-web ")).window
    assert told(REVIVES, "process.freeze httpd", Moment.HEAL).is_free


def test_a_web_server_that_answers_with_errors_is_given_up_as_one_that_hangs() -> None:
    """The script wants status 200; a start changes nothing for what runs."""
    prediction = told(REVIVES, "web.error")
    assert prediction.window == told(REVIVES, "process.freeze httpd").window
    assert told(REVIVES, "web.error", Moment.HEAL).is_free
    assert told(REVIVES, "web.error everywhere").latest is None


def test_a_web_server_that_answers_with_another_page_is_not_noticed() -> None:
    """The script reads the status alone, so whoever has the address keeps it."""
    for name in ("web.wrong-body", "web.wrong-body everywhere"):
        assert (told(REVIVES, name).earliest, told(REVIVES, name).latest) == (0, None)
    assert told(REVIVES, "web.wrong-body on backup").is_free


def test_a_weight_costs_the_master_down_time_besides() -> None:
    """The backup discards the adverts of lower priority, and waits for three intervals and its skew."""
    prediction = told(WEIGHT)
    assert prediction.earliest == pytest.approx(2 + 3.617 - 1, abs=0.001)
    assert prediction.latest == pytest.approx(6 + 3.617, abs=0.001)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("weight: -20", "weight: -1"),
        ("unicast: true", "unicast: true\n    nopreempt: true"),
        ("{director1: 100, director2: 98}\n    unicast: true", "{director1: 100}"),
    ],
)
def test_what_moves_no_address_lasts_as_long_as_the_fault(old: str, new: str) -> None:
    """A weight that does not change the order; one with nopreempt; a director that is alone."""
    assert old in WEIGHT
    assert told(WEIGHT.replace(old, new)).latest is None


def test_a_weight_of_the_difference_itself_is_not_enough() -> None:
    """Equal priorities are decided by the higher address, which nobody wrote down (RFC 3768, section 6.4.3)."""
    assert told(WEIGHT.replace("weight: -20", "weight: -2")).latest is None
    assert told(WEIGHT.replace("weight: -20", "weight: -3")).latest is not None


def test_nobody_misses_the_web_server_of_the_standby() -> None:
    """It has no address to answer for."""
    assert told(WEIGHT, "process.stop httpd on backup").is_free


def test_with_no_web_server_anywhere_only_a_script_that_revives_helps() -> None:
    """There is no director to move the address to."""
    assert told(WEIGHT, "process.stop httpd everywhere").latest is None
    assert told(REVIVES, "process.stop httpd everywhere").latest == 4


def test_the_address_goes_back_when_the_web_server_is_there_again() -> None:
    """Unless it never left."""
    assert told(WEIGHT, moment=Moment.HEAL).latest == told(WEIGHT, "failback").latest
    assert {each.moment for each in find(setup_of(parse_lab(REVIVES)), "process.stop httpd")} == {Moment.INJECT}


@pytest.mark.parametrize(
    ("name", "targets", "key"),
    [
        ("process.stop", ("director1",), "process.stop httpd"),
        ("process.stop", ("director2",), "process.stop httpd on backup"),
        ("process.stop", ("director1", "director2"), "process.stop httpd everywhere"),
        ("web.error", ("director1",), "web.error"),
        ("web.error", ("director2",), "web.error on backup"),
        ("web.wrong-body", ("director1", "director2"), "web.wrong-body everywhere"),
    ],
)
def test_a_fault_of_a_run_is_known_by_who_holds_the_address(name: str, targets: tuple[str, ...], key: str) -> None:
    """A director's web server matters while it is master."""
    lab: Lab = parse_lab(WEIGHT)
    history = History(fault(name, 1000, 2000, targets, process="httpd"))
    [span] = history.faults
    assert span.start < 2 * SECOND
    assert strike_of(history, lab, span).key == key
