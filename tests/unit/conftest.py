"""What many tests share: the labs that come with lvslab, and the folder of an instance."""

from pathlib import Path

import pytest

from lvslab.host.paths import InstancePaths
from lvslab.model import Lab, load_lab
from tests.unit.recorded import LABS


@pytest.fixture(scope="session")
def lab() -> Lab:
    """Return the default lab, which the recorded nodes were raised from."""
    return load_lab(LABS / "lvs-dr.yml")


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InstancePaths:
    """Return the folder of an instance, in a state folder of our own."""
    monkeypatch.setenv("LVSLAB_STATE", str(tmp_path / "labs"))
    found = InstancePaths("mine")
    found.root.mkdir(parents=True)
    return found
