"""Lint of labs whose instances track scripts: findings stand on the lines of the lab file."""

import pytest

from lvslab.cli.lint import planned
from lvslab.lint import Finding, lint_lab
from lvslab.model import parse_lab
from tests.unit.recorded import LABS

REVIVES = (LABS / "vrrp-nginx.yml").read_text()
WEIGHT = (LABS / "vrrp-nginx-weight.yml").read_text()


def findings(text: str) -> list[Finding]:
    """Return the findings in the text of a lab file."""
    lab = parse_lab(text)
    return lint_lab(lab, text, "x.yml", [planned(lab, node) for node in lab.directors])


@pytest.mark.parametrize("text", [REVIVES, WEIGHT])
def test_the_labs_that_come_with_lvslab_are_fine(text: str) -> None:
    """Nothing in them is likely to surprise."""
    assert findings(text) == []


@pytest.mark.parametrize(
    ("text", "old", "new", "rule", "line"),
    [
        (WEIGHT, "weight: -20", "weight: -1", "weight-too-small", "track_scripts"),
        (REVIVES, "weight: 0 ", "weight: -20 ", "nopreempt-weight", "track_scripts"),
        (REVIVES, "timeout: 2 ", "timeout: 9 ", "script-timeout", "timeout: 9"),
    ],
)
def test_a_finding_has_its_place_in_the_lab_file(text: str, old: str, new: str, rule: str, line: str) -> None:
    """A script's own line, or that of the instance which tracks it."""
    assert old in text
    changed = text.replace(old, new, 1)
    [one] = {(each.rule, each.line) for each in findings(changed)}
    assert (one[0], line in changed.split("\n")[one[1] - 1]) == (rule, True)
