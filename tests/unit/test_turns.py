"""Which thorough tests are run beside the others, and when."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from tests.conftest import EVERY, in_turn


@dataclass(frozen=True)
class Item:
    """As much of a test as a choice is made by."""

    path: Path
    number: int
    thorough: bool

    def get_closest_marker(self, name: str) -> bool:
        """Whether it is marked so."""
        return self.thorough and name == "thorough"


def made(path: str, thorough: int, ordinary: int = 0) -> list[Item]:
    """Return the tests of a file."""
    return [Item(Path(path), number, number < thorough) for number in range(thorough + ordinary)]


def taken(items: list[Item], turn: int) -> set[Item]:
    """Return those whose turn it is."""
    return cast(set[Item], in_turn(cast(list[pytest.Item], items), turn))


def test_another_lab_has_its_turn_as_a_whole_and_one_at_a_time() -> None:
    """Changing to it takes longer than most of its tests; a file that is run every day in part is none of these."""
    items = [*made("labs/test_a.py", 3), *made("labs/test_b.py", 2), *made("labs/test_c.py", 1, ordinary=4)]
    assert [{item.path.stem for item in taken(items, turn) if item.path.stem != "test_c"} for turn in (1, 2, 3)] == [
        {"test_b"},
        {"test_a"},
        {"test_b"},
    ]
    assert [len([item for item in taken(items, turn) if item.path.stem == "test_a"]) for turn in (0, 1)] == [3, 0]


def test_every_thorough_test_has_its_turn_and_no_other_test_needs_one() -> None:
    """Once in as many turns as there are."""
    items = [*made("labs/test_a.py", 3), *made("test_b.py", 50), *made("test_c.py", 7, ordinary=9)]
    chosen = [item for turn in range(EVERY) for item in taken(items, turn) if item.path.parent.name != "labs"]
    assert sorted(chosen, key=str) == sorted((item for item in items[3:] if item.thorough), key=str)
    assert max(len(taken(items, turn)) for turn in range(EVERY)) <= 3 + 3


def test_without_thorough_tests_nobody_has_a_turn() -> None:
    """As for a single file that somebody runs."""
    assert taken(made("test_b.py", 0, ordinary=2), 5) == set()
