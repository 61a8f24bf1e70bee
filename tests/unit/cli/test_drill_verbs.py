"""The verbs that run drills, as far as they get without a lab."""

import json

from lvslab.cli.campaign import Made, worst
from tests.unit.cli.conftest import Lvslab


def test_drills_are_listed_with_their_titles(lvslab: Lvslab) -> None:
    """A line each; the same for programs."""
    ended = lvslab("drills")
    data = json.loads(lvslab("drills", "--json").out)
    assert ended.code == 0
    assert [line.split()[0] for line in ended.out.splitlines()] == [each["drill"] for each in data["drills"]]
    assert "director-power-off" in ended.out


def test_an_unknown_drill_is_told_with_a_guess(lvslab: Lvslab) -> None:
    """Wrong usage, and the one that was probably meant."""
    ended = lvslab("drill", "director-poweroff")
    assert ended.code == 2
    assert "there is no drill 'director-poweroff'" in ended.err
    assert "director-power-off" in ended.err


def test_no_drill_is_wrong_usage(lvslab: Lvslab) -> None:
    """The verb that lists them is named."""
    ended = lvslab("drill")
    assert ended.code == 2
    assert "lvslab drills" in ended.err


def test_a_drill_without_a_lab_says_how_to_raise_one(lvslab: Lvslab) -> None:
    """Wrong usage: there is nothing to run it on."""
    ended = lvslab("drill", "director-power-off")
    assert ended.code == 2
    assert "make lab-up" in ended.err


def test_the_worst_drill_tells() -> None:
    """A failure is worse than what could not be told, and no verdict at all is worse than both."""

    def of(*codes: int) -> int:
        return worst([Made("a", code, 1) for code in codes])

    assert [of(0, 0), of(0, 3), of(3, 1, 0), of(1, 4), of(0, 130, 4)] == [0, 3, 1, 4, 130]
