"""The names that a snapshot can have."""

import pytest

from lvslab.cli.snapshots import check_snapshot_name
from lvslab.errors import UsageError


@pytest.mark.parametrize("name", ["a", "before-drill", "v1.2_x", "0" * 41])
def test_snapshot_names_that_are_names(name: str) -> None:
    """Letters, digits and a few marks between."""
    check_snapshot_name(name)


@pytest.mark.parametrize("name", ["", "a b", "-a", ".a", "a/b", "ä", "a\n", "x" * 42, "--help"])
def test_snapshot_names_that_are_refused(name: str) -> None:
    """What libvirt could not take, or would take for an option."""
    with pytest.raises(UsageError, match="is no name for a snapshot"):
        check_snapshot_name(name)
