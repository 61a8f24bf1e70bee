"""The suite on real VMs: it is a user of lvslab's own plugin of pytest, as any other suite can be."""

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from lvslab.pytest_plugin import LabUnderTest, lab_of

HERE = Path(__file__).parent
# those that only look come first, those that the lab needs minutes to recover from last
ORDER = (
    "cli",
    "drills",
    "storage",
    "web",
    "director",
    "balance",
    "provision",
    "failover",
    "measure",
    "faults",
    "reboot",
)
PASSED, LEAVES = pytest.StashKey[bool](), pytest.StashKey[bool]()
READS_ALL = "test_provisioning_again_finds_nothing_to_do"


def place(item: pytest.Item) -> int:
    """Return where a test's file stands in the order; what belongs elsewhere comes before all."""
    if not item.path.is_relative_to(HERE):
        return -1
    theme = item.path.stem.removeprefix("test_")
    return ORDER.index(theme) if theme in ORDER else len(ORDER) + (theme == "switching")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests in order.

    What reads all nodes comes first on each lab: after a restore every program takes an emulated processor long.
    """
    files = list(dict.fromkeys(item.path for item in items))
    items.sort(key=lambda item: (place(item), files.index(item.path), item.name != READS_ALL))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep how a test itself went, for fixtures that end after it."""
    report = yield
    if report.when == "call":
        item.stash[PASSED] = report.passed
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Keep whether another lab follows, which begins from machines that have just booted."""
    item.stash[LEAVES] = nextitem is not None and lab_of(nextitem) != lab_of(item)


@pytest.fixture
def recovers(request: pytest.FixtureRequest, lab: LabUnderTest) -> Iterator[None]:
    """Leave the lab as it is after a test that saw it as it was before; put it back where the test did not pass."""
    yield
    if not request.node.stash.get(PASSED, False):
        lab.reset()


@pytest.fixture
def restored(request: pytest.FixtureRequest, lab: LabUnderTest) -> Iterator[None]:
    """Put the lab back, memory included, after a test that leaves it in disorder; unless another lab follows."""
    yield
    if not request.node.stash[LEAVES]:
        lab.reset()
