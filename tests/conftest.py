"""What all tests share: a quick choice of them for every day, and all of them when it is asked for."""

from collections.abc import Sequence

import pytest
from hypothesis import settings

# how long an example takes says nothing of it: the machine may be busy with a lab
settings.register_profile("every-day", deadline=None, derandomize=True)
settings.register_profile("thorough", deadline=None)

LABS, EVERY = "labs", 20
"""The folder of tests on other labs, and after how many turns every other thorough test was run."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --thorough and --turn."""
    parser.addoption("--thorough", action="store_true", help="Run the tests that are marked so, too.")
    parser.addoption(
        "--turn", type=int, help="Run some of the thorough tests, too: those whose turn it is, from 0 on."
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, and have property tests look for new examples when there is time for what they find."""
    settings.load_profile("thorough" if config.getoption("--thorough") else "every-day")
    config.addinivalue_line("markers", "thorough: much like another test, and long: left to `make test-all`")


def in_turn(items: Sequence[pytest.Item], turn: int) -> set[pytest.Item]:
    """Return the thorough tests whose turn it is: all of one other lab, since it takes a change, and some others.

    A lab's file counts as one where it holds nothing else; of all other thorough tests it is every twentieth.
    """
    thorough = [item for item in items if item.get_closest_marker("thorough")]
    ordinary = {item.path for item in items if item not in thorough}
    labs = sorted({item.path for item in thorough if item.path.parent.name == LABS} - ordinary)
    rest = [item for item in thorough if item.path not in labs]
    whole = labs[turn % len(labs)] if labs else None
    return {item for item in thorough if item.path == whole} | set(rest[turn % EVERY :: EVERY])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the thorough ones out unless they are asked for; they count as deselected, not as skipped."""
    if config.getoption("--thorough"):
        return
    turn = config.getoption("--turn")
    taken = set() if turn is None else in_turn(items, turn)
    left = [item for item in items if item.get_closest_marker("thorough") and item not in taken]
    items[:] = [item for item in items if item not in left]
    if left:
        config.hook.pytest_deselected(items=left)
