"""lvslab as a plugin of pytest: the fixture ``lab`` is a running lab, restored as a test's marker says.

A test that asks for ``lab`` runs inside the lab's namespaces. Since there is no way back from there, such tests come
after all others, grouped by lab; the lab is raised before the first of them and taken away in the end. Between the
others and them come tests that ask for ``lab_name``: these stay on the host, beside the running lab.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # most runs of pytest want no lab, and need not wait for all that one needs
    from lvslab.pytest_plugin.lab import LabUnderTest
    from lvslab.pytest_plugin.suite import Suite

__all__ = ["LabUnderTest"]

SUITE = pytest.StashKey["Suite"]()
RESTORE = ("test", "module", "never")


def __getattr__(name: str) -> Any:
    """Import what tests name in annotations when it is asked for (PEP 562)."""
    if name == "LabUnderTest":
        return import_module("lvslab.pytest_plugin.lab").LabUnderTest
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@dataclass(frozen=True)
class Wish:
    """Which lab a test wants, and when that is put back to its snapshot."""

    lab: str
    restore: str


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the plugin's options."""
    group = parser.getgroup("lvslab", "tests on an lvslab lab")
    group.addoption("--lvslab-name", metavar="NAME", help="Use this running instance, and leave it running.")
    group.addoption("--lvslab-keep", action="store_true", help="Leave the lab running.")
    parser.addini("lvslab_lab", "The lab of tests that name none: a name below labs/, or a file.", default="lvs-dr")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    words = "the lab that a module wants, and when it is put back: after each 'test', 'module' (default), 'never'"
    config.addinivalue_line("markers", f"lab(name, restore='module'): {words}")


def suite_of(config: pytest.Config) -> "Suite":
    """Return the session's lab, which may not run yet."""
    from lvslab.pytest_plugin.suite import Suite

    if SUITE not in config.stash:
        config.stash[SUITE] = Suite(config.getoption("lvslab_name"), config.getoption("lvslab_keep"))
    return config.stash[SUITE]


def wish_of(node: pytest.Item | pytest.Collector, config: pytest.Config) -> Wish:
    """Return what the nearest markers of a test or a module want; pytest.UsageError for a word that is unknown."""
    markers = list(node.iter_markers("lab"))
    names = [marker.args[0] for marker in markers if marker.args]
    restores = [marker.kwargs["restore"] for marker in markers if "restore" in marker.kwargs]
    wish = Wish(str([*names, config.getini("lvslab_lab")][0]), [*restores, "module"][0])
    if wish.restore not in RESTORE:
        raise pytest.UsageError(f"{node.nodeid}: lab(restore={wish.restore!r}), expected one of {', '.join(RESTORE)}")
    return wish


def lab_of(item: pytest.Item) -> str:
    """Return the lab of a test, which is its module's; pytest.UsageError for a test that wants another."""
    module = item.getparent(pytest.Module) or item
    own, shared = (wish_of(node, item.config).lab for node in (item, module))
    if own != shared:
        raise pytest.UsageError(f"{item.nodeid}: wants the lab {own}, its module {shared}; a module has one lab")
    return own


def wants(item: pytest.Item, fixture: str) -> bool:
    """Whether a test asks for a fixture of this plugin, and not for one of the same name of its own."""
    # there is no public way to ask which fixture a name stands for
    found = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {}).get(fixture, ())
    return bool(found) and found[-1].func.__module__ == __name__


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests that need a lab last, those inside one lab together; otherwise they keep their order."""
    inside = [lab_of(item) for item in items if wants(item, "lab")]
    places = {name: place for place, name in enumerate(dict.fromkeys(inside), start=2)}

    def place(item: pytest.Item) -> int:
        return places[lab_of(item)] if wants(item, "lab") else int(wants(item, "lab_name"))

    items.sort(key=place)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """Raise the lab before the first test that runs on it, and enter it.

    Here pytest captures nothing, so the progress is seen, and this process has one thread, so it can enter.
    """
    if not wants(item, "lab") and not wants(item, "lab_name"):
        return
    suite = suite_of(item.config)
    reporter = item.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and not suite.is_raised:
        reporter.ensure_newline()
    code = suite.raise_once(wish_of(item, item.config).lab)
    if code != 0:
        pytest.exit(f"lvslab up ended with exit status {code}", returncode=code)
    if wants(item, "lab"):
        suite.enter_once()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take the lab away where it was raised but never entered; else, the process outside does that."""
    suite = config.stash.get(SUITE, None)
    if suite is not None and not suite.is_entered:
        suite.take_away()


@pytest.fixture
def lab_name(pytestconfig: pytest.Config) -> str:
    """Return the name of the running lab, for a test that stays on the host and calls ``lvslab``."""
    return suite_of(pytestconfig).name


# by another name here: the package has a module named lab
@pytest.fixture(scope="module", name="lab")
def running_lab(request: pytest.FixtureRequest, pytestconfig: pytest.Config) -> "Iterator[LabUnderTest]":
    """Return the running lab: its model, nodes, client, faults and probe."""
    wish, suite = wish_of(request.node, pytestconfig), suite_of(pytestconfig)
    yield suite.lab(wish.lab)
    if wish.restore == "module":
        suite.put_back_later()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """Put the lab back after a test that says so, once its own fixtures are done, unless they have."""
    suite = suite_of(item.config)
    if wants(item, "lab"):
        suite.used()
    yield
    if wants(item, "lab"):
        wish = wish_of(item, item.config)
        if wish.restore == "test":
            suite.lab(wish.lab).put_back()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Put a lab back that is not taken away; by now the last fixtures have ended, after Ctrl-C as well."""
    suite = session.config.stash.get(SUITE, None)
    if suite is not None:
        suite.leave()
