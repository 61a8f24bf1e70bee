"""docs/commands.md tells of every verb and of every option."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from lvslab.cli.main import cli
from tests.unit.cli.conftest import commands_of

PAGE = (Path(__file__).parents[3] / "docs" / "commands.md").read_text()
EVERYWHERE = {"--help"}


def verbs(group: click.Group, words: tuple[str, ...] = ("lvslab",)) -> Iterator[tuple[str, click.Command]]:
    """Return every verb below a group with the words that call it."""
    for name, command in commands_of(group):
        if isinstance(command, click.Group):
            yield from verbs(command, (*words, name))
        else:
            yield " ".join((*words, name)), command


def section_of(words: str) -> str:
    """Return the part of the page that is headed by the verb's words."""
    _, found, rest = PAGE.partition(f"\n### `{words}`\n")
    assert found, f"docs/commands.md has no section: ### `{words}`"
    return rest.partition("\n### ")[0].partition("\n## ")[0]


EVERY = list(verbs(cli))


@pytest.mark.parametrize(("words", "command"), EVERY, ids=[words for words, _ in EVERY])
def test_every_verb_has_a_section_that_names_its_options(words: str, command: click.Command) -> None:
    """Whoever adds a verb or an option writes what it does."""
    options = {name for each in command.params for name in each.opts if name.startswith("--")}
    assert sorted(name for name in options - EVERYWHERE if name not in section_of(words)) == []


def test_the_page_tells_of_no_verb_that_is_not_there() -> None:
    """Whoever takes a verb away takes its section away."""
    headings = {line.strip("#` ") for line in PAGE.splitlines() if line.startswith("### `lvslab ")}
    assert headings == {words for words, _ in EVERY}
