"""docs/lint.md has every rule, and says of it what the rule says itself."""

from pathlib import Path

import pytest

from lvslab.lint import EVERY_RULE, AnyRule

PAGE = (Path(__file__).parents[3] / "docs" / "lint.md").read_text()


def row(rule: AnyRule) -> str:
    """Return the rule's row of the table."""
    title = rule.title.removeprefix("Find ").removesuffix(".")
    return f"| `{rule.name}` | {rule.severity} | {title} | {rule.reference} |"


@pytest.mark.parametrize("rule", EVERY_RULE, ids=lambda rule: rule.name)
def test_every_rule_has_its_row(rule: AnyRule) -> None:
    """Whoever adds or changes a rule changes the page."""
    assert row(rule) in PAGE.splitlines()


def test_the_page_tells_of_no_rule_that_is_not_there() -> None:
    """Whoever takes a rule away takes its row away."""
    rows = [line for line in PAGE.splitlines() if line.startswith("| `") and line.count("|") == 5]
    assert len(rows) == len(EVERY_RULE)


def test_names_of_rules_are_unique() -> None:
    """A name is what people ask lint to explain."""
    names = [rule.name for rule in EVERY_RULE]
    assert len(names) == len(set(names))
