"""What tests of helper processes share: on this host there is no client's network to enter."""

from pathlib import Path

import pytest

from lvslab.measure import helper, load


@pytest.fixture
def no_namespace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have ``ip netns exec NAME COMMAND`` run the command where it is."""
    stand_in = tmp_path / "ip"
    stand_in.write_text('#!/bin/sh\nshift 3\nexec "$@"\n')
    stand_in.chmod(0o755)
    for module in (helper, load):
        monkeypatch.setattr(module, "find", lambda program: str(stand_in))
