"""The client exists inside a lab only."""

from pathlib import Path

import pytest

from lvslab.host import client


def test_outside_a_lab_nothing_is_made_by_asking_for_the_client() -> None:
    """The host's own namespaces are not touched by whoever forgets to enter the lab."""
    there_before = Path("/run/netns/client").exists()
    if there_before:
        pytest.fail("somebody has left a namespace named client on this host")
    with pytest.raises(FileNotFoundError):
        client.inside(lambda: None)
    assert not Path("/run/netns/client").exists()
