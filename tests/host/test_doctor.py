"""The doctor for real, on this machine."""

import os
import subprocess
import sys
from pathlib import Path

from lvslab.host import doctor
from lvslab.host.command import check
from lvslab.host.doctor import Status


def interfaces() -> str:
    """Return the host's interfaces, as ip(8) tells them."""
    return check(["ip", "-oneline", "link"], what="interfaces")


def test_this_machine_can_carry_a_lab() -> None:
    """Nothing fails where labs are raised; a warning may remain."""
    assert [found for found in doctor.examine() if found.status is Status.FAIL] == []


def test_the_doctor_leaves_nothing_behind() -> None:
    """What it tries, it tries in namespaces that end with the trial."""
    before = interfaces()
    doctor.examine()
    assert interfaces() == before


def test_the_doctor_builds_nothing(tmp_path: Path) -> None:
    """An empty cache stays empty, and the accelerator is told only as far as it is known."""
    environment = {**os.environ, "LVSLAB_CACHE": str(tmp_path / "cache"), "LVSLAB_STATE": str(tmp_path / "state")}
    script = "from lvslab.host import doctor; print(doctor.as_json(doctor.examine())['status'])"
    subprocess.run([sys.executable, "-c", script], env=environment, check=True)
    assert list(tmp_path.iterdir()) == []
