"""What many tests share: the labs that come with lvslab."""

import pytest

from lvslab.model import Lab, load_lab
from tests.unit.recorded import LABS


@pytest.fixture(scope="session")
def lab() -> Lab:
    """Return the default lab, which the recorded nodes were raised from."""
    return load_lab(LABS / "lvs-dr.yml")
