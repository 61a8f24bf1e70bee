"""What all tests share: a quick choice of them for every day, and all of them when it is asked for."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import settings

# how long an example takes says nothing of it: the machine may be busy with a lab
settings.register_profile("every-day", deadline=None, derandomize=True)
settings.register_profile("thorough", deadline=None)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --thorough and --turn."""
    parser.addoption("--thorough", action="store_true", help="Run the tests that are marked so, too.")
    parser.addoption(
        "--turn", type=int, help="Run one file of thorough tests, too: that whose turn it is, from 0 on."
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, and have property tests look for new examples when there is time for what they find."""
    settings.load_profile("thorough" if config.getoption("--thorough") else "every-day")
    config.addinivalue_line("markers", "thorough: much like another test, and long: left to `make test-all`")


def in_turn(items: Iterable[pytest.Item], turn: int | None) -> Path | None:
    """Return the file whose turn it is, of those that hold nothing but thorough tests; None unless asked for."""
    every, ordinary = set[Path](), set[Path]()
    for item in items:
        (every if item.get_closest_marker("thorough") else ordinary).add(item.path)
    whole = sorted(every - ordinary)
    return whole[turn % len(whole)] if whole and turn is not None else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the thorough ones out unless they are asked for; they count as deselected, not as skipped."""
    if config.getoption("--thorough"):
        return
    taken = in_turn(items, config.getoption("--turn"))
    left = [item for item in items if item.get_closest_marker("thorough") and item.path != taken]
    items[:] = [item for item in items if item not in left]
    if left:
        config.hook.pytest_deselected(items=left)
