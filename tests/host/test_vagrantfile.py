"""The Vagrantfile at the top says the same lab to every provider that can be asked here."""

import os
import subprocess
from pathlib import Path

import pytest

from lvslab.host.paths import project_root
from tests.host.lvslab_program import run


def _vagrant(folder: Path, provider: str, *words: str, resolved: bool = True) -> "subprocess.CompletedProcess[str]":
    env = {key: value for key, value in os.environ.items() if not key.startswith(("VAGRANT", "LVSLAB"))}
    env |= {"VAGRANT_HOME": str(folder / "home"), "VAGRANT_DOTFILE_PATH": str(folder / "dotfile")}
    env |= {"VAGRANT_DEFAULT_PROVIDER": provider, "VAGRANT_CHECKPOINT_DISABLE": "1"}
    if resolved:
        (folder / "lab.json").write_text(run("resolve", "lvs-dr").stdout)
        env["LVSLAB_RESOLVED"] = str(folder / "lab.json")
    return subprocess.run(
        ["vagrant", *words], cwd=project_root(), env=env, capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize("provider", ["libvirt", "virtualbox"])
def test_it_is_valid_for(provider: str, tmp_path: Path) -> None:
    """`vagrant validate` accepts it; what only VirtualBox itself could check is left out."""
    done = _vagrant(tmp_path, provider, "validate", "--ignore-provider")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "validated successfully" in done.stdout


def test_without_a_resolved_lab_it_says_what_to_do(tmp_path: Path) -> None:
    """Whoever types vagrant in the checkout is told the way."""
    done = _vagrant(tmp_path, "libvirt", "status", resolved=False)
    assert done.returncode != 0
    assert "LVSLAB_RESOLVED" in done.stdout + done.stderr
