"""What goes wrong is told in one error, with the right exit code, and leaves nothing behind."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lvslab.host.box import cached
from lvslab.host.paths import cache_home
from tests.host.lvslab_program import PROGRAM, SMALL, leftovers, run, start

NAME = "failing"


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Take the lab away after each test, and see that nothing of it is left."""
    yield
    assert run("down", NAME).returncode == 0
    assert leftovers(NAME) == []


def test_a_machine_that_does_not_boot_is_named_with_the_end_of_its_console() -> None:
    """A boot limit that no machine can meet: exit code 4, which machine, its console; no traceback."""
    done = run("up", str(SMALL), "--name", NAME, "--boot-limit", "3")
    assert done.returncode == 4, done.stderr
    assert "did not come up" in done.stderr
    assert "console" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_lab_that_is_being_changed_says_who_is_at_it() -> None:
    """A second command that would change the lab ends with exit code 4 and names the first."""
    first = start("up", str(SMALL), "--name", NAME)
    try:
        assert first.stdout is not None
        first.stdout.readline()
        second = run("up", str(SMALL), "--name", NAME)
    finally:
        first.kill()
        first.communicate()
    assert second.returncode == 4
    assert "is being changed by 'lvslab up'" in second.stderr


def test_a_disk_too_small_for_the_box_is_told_before_the_build(tmp_path: Path) -> None:
    """Too little room in the cache: exit code 4, how much there is and how much is needed."""
    done = _with_tmpfs(tmp_path, "100m", "exec")
    assert done.returncode == 4, done.stderr
    assert "GiB free" in done.stderr


def test_a_disk_that_fills_up_while_the_box_is_built_is_told(tmp_path: Path) -> None:
    """The disk fills up in the middle of a build: exit code 4 and the disk named; no half box stays."""
    done = _with_tmpfs(tmp_path, "4100m", f"fallocate -l 4000m {tmp_path}/ballast; exec")
    assert done.returncode == 4, done.stderr
    assert "full" in done.stderr or "GiB free" in done.stderr
    assert "Traceback" not in done.stderr


def _with_tmpfs(folder: Path, size: str, before: str) -> "subprocess.CompletedProcess[str]":
    script = (
        f'mount -t tmpfs -o size={size} tmpfs "$1" && export LVSLAB_CACHE="$1/cache" TMPDIR="$1"'
        f' && shift && {before} "$@"'
    )
    return subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", str(folder), *PROGRAM, "box", "build"],
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_a_box_that_was_cut_short_is_not_used(tmp_path: Path) -> None:
    """A box whose image lost its end: exit code 4, what was seen and expected, and how to mend it."""
    whole = cached()
    assert whole is not None
    cache = tmp_path / "cache"
    copy = cache / whole.folder.name
    copy.mkdir(parents=True)
    for path in whole.folder.iterdir():
        if path.name != "box.img":
            (copy / path.name).write_bytes(path.read_bytes())
    (copy / "box.img").write_bytes(b"QFI")
    done = run("up", str(SMALL), "--name", NAME, env={"LVSLAB_CACHE": str(cache)})
    assert done.returncode == 4
    assert "cut short" in done.stderr
    assert "lvslab box remove" in done.stderr


def test_what_is_missing_on_the_host_is_named(tmp_path: Path) -> None:
    """A host without libvirtd: exit code 4, every missing program, and the one command that installs them."""
    only = tmp_path / "bin"
    only.mkdir()
    (only / "sh").symlink_to("/bin/sh")
    # the system's own folders are looked in as well: hide them for this one process
    script = 'mount --bind "$1" /usr/sbin && shift && exec "$@"'
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", str(only), *PROGRAM, "up", str(SMALL), "--name", NAME],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PATH": f"/usr/bin:/bin:{Path(PROGRAM[0]).parent}"},
    )
    assert done.returncode == 4, done.stderr
    assert "not installed: libvirtd" in done.stderr
    assert "apt-get install" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_cached_box_is_where_the_tests_expect_it() -> None:
    """The tests above leave the real cache alone."""
    box = cached()
    assert box is not None
    assert box.folder.parent == cache_home()
