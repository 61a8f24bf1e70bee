"""The suite on real VMs: one lab, raised for it, entered by it, taken away after it.

The tests run inside the lab's namespaces, except those marked ``outside``, which come first. LVSLAB_SUITE_KEEP=1
keeps the lab: the next run begins in seconds.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import outside
from harness.testbed import Testbed

from lvslab.lifecycle import instance as instances
from lvslab.lifecycle.instance import Instance

HERE = Path(__file__).parent
# those that only look come first, those that the lab needs minutes to recover from last
ORDER = ("cli", "storage", "web", "director", "balance", "provision", "failover", "reboot")

RAISED = pytest.StashKey[Instance]()
ENTERED = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "outside: runs on the host, beside the lab's namespaces, while the lab runs")


def is_ours(item: pytest.Item) -> bool:
    """Whether a test belongs to this suite."""
    return item.path.is_relative_to(HERE)


def place(item: pytest.Item) -> int:
    """Return where a test's file stands in the order; what belongs elsewhere comes before all."""
    if not is_ours(item):
        return -1
    theme = item.path.stem.removeprefix("test_")
    return ORDER.index(theme) if theme in ORDER else len(ORDER)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests in order: once the lab is entered, there is no way back to the host."""
    items.sort(key=place)
    items.sort(key=lambda item: is_ours(item) and item.get_closest_marker("outside") is None)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """Raise the lab before the first test that needs it and enter it before the first that runs inside.

    Here pytest captures nothing, so the progress is seen, and this process has one thread, so it can enter.
    """
    stash = item.config.stash
    if not is_ours(item):
        return
    if RAISED not in stash:
        stash[RAISED] = raised(item.config)
    if ENTERED not in stash and item.get_closest_marker("outside") is None:
        outside.enter(stash[RAISED])
        stash[ENTERED] = True


def raised(config: pytest.Config) -> Instance:
    """Return the suite's lab, running and as new; where it does not come up, there is nothing to test."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter.ensure_newline()
    code = outside.raise_lab()
    if code != 0:
        outside.take_away()
        pytest.exit(f"lvslab up ended with exit status {code}", returncode=code)
    return instances.find(outside.NAME)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take the lab away where it was raised but never entered; else, the process outside does that."""
    if RAISED in config.stash and ENTERED not in config.stash:
        outside.take_away()


@pytest.fixture(scope="session")
def lab(pytestconfig: pytest.Config) -> Iterator[Testbed]:
    """Return the lab."""
    testbed = Testbed(pytestconfig.stash[RAISED])
    yield testbed
    testbed.disconnect()


@pytest.fixture
def restored(lab: Testbed) -> Iterator[None]:
    """Put the lab back, memory included, after a test that leaves it in disorder."""
    yield
    lab.reset()
