"""Drills on the suite's lab, as a person runs them: a verdict, a page, and nothing left broken."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from harness.drilling import FILES, evidence

from lvslab.wait import wait_for

LVSLAB = str(Path(sys.executable).with_name("lvslab"))
LIMIT = 400
# a quick set; `make drills` runs them all
QUICK = ("keepalived-stopped", "httpd-stopped")
THOROUGH = ("director-power-off", "keepalived-reload", "disk-failed")
PASSED, INCONCLUSIVE, INTERRUPTED = 0, 3, 130


def drill(name: str, lab_name: str, runs: Path) -> "subprocess.CompletedProcess[str]":
    """Run a drill to its end."""
    words = ["drill", name, "--name", lab_name, "--runs", str(runs)]
    return subprocess.run([LVSLAB, *words], capture_output=True, text=True, timeout=LIMIT)


def active(lab_name: str) -> list[object]:
    """Return the faults that are active."""
    done = subprocess.run([LVSLAB, "fault", "list", "--json", "--name", lab_name], capture_output=True, text=True)
    found: list[object] = json.loads(done.stdout)["active"]
    return found


@pytest.mark.parametrize("name", [*QUICK, *(pytest.param(name, marks=pytest.mark.thorough) for name in THOROUGH)])
def test_a_drill_finds_what_the_configuration_promises(name: str, lab_name: str, tmp_path: Path) -> None:
    """No finding fails; on a busy host some cannot be told. Everything is kept, and no fault is left."""
    done = drill(name, lab_name, tmp_path)
    folder = tmp_path / name / "latest"
    findings = json.loads((folder / "findings.json").read_text())
    failed = [f"{each['judge']}: {each['message']}" for each in findings if each["verdict"] == "fail"]
    assert failed == [], f"{done.stderr[-600:]}\n{evidence(folder)}"
    assert done.returncode in (PASSED, INCONCLUSIVE)
    assert [file for file in FILES if not (folder / file).is_file()] == []
    assert len(list((folder / "logs").glob("*.log"))) >= 5
    assert active(lab_name) == []


def test_ctrl_c_in_the_middle_of_a_drill_heals_what_it_broke(lab_name: str, tmp_path: Path) -> None:
    """The exit code says that it was interrupted, the history is kept, and the lab is as it was."""
    words = ["drill", "director-paused", "--name", lab_name, "--runs", str(tmp_path)]
    process = subprocess.Popen([LVSLAB, *words], stderr=subprocess.PIPE, text=True, process_group=0)
    try:
        wait_for(lambda: active(lab_name), within=120, what="a fault", every=0.5)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == INTERRUPTED, said
    assert "Traceback" not in said
    assert active(lab_name) == []
    history = (tmp_path / "director-paused" / "latest" / "history.jsonl").read_text()
    assert '"kind":"fault"' in history
    verified = subprocess.run([LVSLAB, "verify", "--name", lab_name], capture_output=True, text=True)
    assert verified.returncode == 0, verified.stderr


@pytest.mark.thorough
def test_a_drill_that_was_killed_leaves_faults_that_the_next_command_heals(lab_name: str, tmp_path: Path) -> None:
    """SIGKILL leaves no time to heal: what is broken is written down, and `fault heal --all` mends it."""
    words = ["drill", "director-link-down", "--name", lab_name, "--runs", str(tmp_path)]
    process = subprocess.Popen([LVSLAB, *words], stderr=subprocess.DEVNULL, process_group=0)
    try:
        wait_for(lambda: active(lab_name), within=120, what="a fault", every=0.5)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    began = time.monotonic()
    wait_for(lambda: active(lab_name), within=5, what="the fault that was left")
    healed = subprocess.run([LVSLAB, "fault", "heal", "--all", "--name", lab_name], capture_output=True, text=True)
    assert healed.returncode == 0, healed.stderr
    assert active(lab_name) == []
    verified = subprocess.run([LVSLAB, "verify", "--name", lab_name], capture_output=True, text=True)
    assert verified.returncode == 0, verified.stderr
    assert time.monotonic() - began < LIMIT
