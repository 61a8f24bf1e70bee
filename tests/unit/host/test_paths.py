"""Where a lab keeps things: all of it in one folder, which is removed whole."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lvslab.errors import UsageError
from lvslab.host import paths
from lvslab.host.paths import InstancePaths


@pytest.mark.parametrize("name", ["a", "lvs-dr", "0", "x" * 31, "a--b-"])
def test_names_that_are_names(name: str) -> None:
    """Lower-case letters, digits and hyphens, the first one no hyphen."""
    assert InstancePaths(name).name == name


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "/", "../etc", "a/b", "-a", "A", "a b", "a\n", "a.lock", "ä", "x" * 32, "a\0", "~", "*"],
)
def test_names_that_are_refused(name: str) -> None:
    """A name becomes a folder that is removed whole: nothing in it may lead elsewhere."""
    with pytest.raises(UsageError, match="is no name for a lab"):
        InstancePaths(name)


def test_all_of_a_lab_is_in_its_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Except for the lock, which outlives it."""
    monkeypatch.setenv("LVSLAB_STATE", str(tmp_path))
    mine = InstancePaths("mine")
    assert mine.root == tmp_path / "mine"
    for path in (
        mine.state,
        mine.lab_file,
        mine.resolved,
        mine.key,
        mine.known_hosts,
        mine.host_key("web1"),
        mine.console("web1"),
        mine.vagrant_home,
        mine.vagrant_dotfile,
        mine.vagrant_log,
        mine.private("/etc/libvirt"),
    ):
        assert mine.root in path.parents
    assert mine.lock == tmp_path / "mine.lock"


def test_private_folders_do_not_collide() -> None:
    """Each of libvirt's folders has one of its own."""
    mine = InstancePaths("mine")
    folders = ("/etc/libvirt", "/var/lib/libvirt", "/var/log/libvirt")
    assert [mine.private(folder).name for folder in folders] == ["etc-libvirt", "var-lib-libvirt", "var-log-libvirt"]


@pytest.mark.parametrize(
    ("variable", "function", "default"),
    [
        ("LVSLAB_STATE", paths.state_home, "/var/lib/lvslab"),
        ("LVSLAB_CACHE", paths.cache_home, "/var/cache/lvslab"),
    ],
)
def test_folders_can_be_moved(
    variable: str, function: Callable[[], Path], default: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the environment, each time it is asked for."""
    monkeypatch.delenv(variable, raising=False)
    assert function() == Path(default)
    monkeypatch.setenv(variable, "/elsewhere")
    assert function() == Path("/elsewhere")


def test_the_checkout_is_where_the_labs_are() -> None:
    """It is found from the package, wherever a command is run."""
    assert (paths.project_root() / "labs" / "lvs-dr.yml").is_file()
