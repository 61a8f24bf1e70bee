"""The array as the kernel tells it, against what mdadm said at the same time."""

import json

import pytest

from lvslab.nodes.facts import md
from tests.unit.recorded import FIXTURES

DEVICE = "/dev/md5"


def recorded(name: str) -> dict[str, str]:
    """Return the files of a storage node."""
    files: dict[str, str] = json.loads((FIXTURES / "sampler" / f"{name}.json").read_text())["files"]
    return files


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nfs", md.ArrayNow("clean", 3, 0, 1, None)),
        ("nfs-rebuilding", md.ArrayNow("clean, degraded, recovering", 2, 1, 1, 4.8)),
        ("nfs-degraded", md.ArrayNow("clean, degraded", 2, 2, 0, None)),
        ("nfs-failed", md.ArrayNow("clean, FAILED", 1, 3, 0, None)),
    ],
)
def test_an_array_is_told_in_mdadms_words(name: str, expected: md.ArrayNow) -> None:
    """State, and how many members are active, failed and spare; per cent while the spare is rebuilt."""
    assert md.array(DEVICE, recorded(name)) == expected


def test_an_array_that_is_not_there_has_no_state() -> None:
    """A stopped array has no folder in /sys."""
    assert md.array(DEVICE, {}) == md.ArrayNow("", 0, 0, 0, None)


def test_the_files_of_one_array_are_not_anothers() -> None:
    """A node may have several."""
    assert md.array("/dev/md127", recorded("nfs")).state == ""


def test_what_is_read_is_what_is_asked_for() -> None:
    """The patterns cover every file that the state is made from."""
    assert set(md.patterns(DEVICE)) >= {"/sys/block/md5/md/array_state", "/sys/block/md5/md/dev-*/state"}
