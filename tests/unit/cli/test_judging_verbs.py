"""The verbs predict and judge."""

import json
from pathlib import Path

import pytest

from lvslab.history import RunFolder
from tests.unit.cli.conftest import Lvslab
from tests.unit.judge.histories import Watched, power_off
from tests.unit.recorded import LABS

DRILL = """drill: director-power-off
title: The master's power goes
timeline:
  - at: 1
    inject: node.power-off
    target: [master]
for: 9
"""
CONF = """vrrp_instance VI_1 {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority 99
    virtual_ipaddress {
        192.168.18.41
    }
}
"""


def stored(runs: Path, run: Watched) -> RunFolder:
    """Keep a run as a drill does."""
    folder = RunFolder.make(runs, "director-power-off")
    folder.add(run.events())
    folder.lab.write_text((LABS / "lvs-dr.yml").read_text())
    folder.drill.write_text(DRILL)
    return folder


def test_predict_prints_a_line_for_each_fault(lvslab: Lvslab) -> None:
    """Without a lab that runs."""
    ended = lvslab("predict", "lvs-dr")
    assert ended.code == 0
    assert "node.power-off master" in ended.out
    assert "2.61-3.61 s" in ended.out


def test_predict_shows_its_reasoning_for_one_fault(lvslab: Lvslab) -> None:
    """With the source to look it up in."""
    ended = lvslab("predict", "lvs-dr", "--fault", "node.power-off")
    assert "master-down = 3 x 1 s + skew = 3.613 s" in ended.out
    assert "source: RFC 3768, section 6.1" in ended.out


def test_predict_reads_a_keepalived_conf_alone(lvslab: Lvslab, tmp_path: Path) -> None:
    """The priority of the other director can be told."""
    path = tmp_path / "keepalived.conf"
    path.write_text(CONF)
    assert "2.61-3.61 s" in lvslab("predict", str(path)).out
    assert "2.02-3.02 s" in lvslab("predict", str(path), "--backup-priority", "250").out


def test_predict_prints_json(lvslab: Lvslab) -> None:
    """For programs."""
    told = json.loads(lvslab("predict", "lvs-dr", "--json").out)
    assert told["schema_version"] == 1
    crash = next(each for each in told["predictions"] if each["fault"] == "node.power-off master")
    assert crash["latest"] == pytest.approx(3.613, abs=0.001)


@pytest.mark.parametrize(
    "words",
    [
        ("predict", "nowhere"),
        ("predict", "lvs-dr", "--fault", "x"),
        ("predict", "/no/such.conf"),
        ("judge", "nowhere"),
    ],
)
def test_what_is_not_there_is_wrong_usage(lvslab: Lvslab, words: tuple[str, ...]) -> None:
    """Exit code 2, and a hint."""
    ended = lvslab(*words)
    assert ended.code == 2
    assert "try: " in ended.err


@pytest.mark.parametrize(("outage", "code", "verdict"), [(3120, 0, "pass"), (5000, 1, "fail")])
def test_judge_tells_a_stored_runs_verdict(
    lvslab: Lvslab, tmp_path: Path, outage: int, code: int, verdict: str
) -> None:
    """And keeps the findings beside it."""
    folder = stored(tmp_path, power_off(outage))
    ended = lvslab("judge", str(folder.path))
    assert ended.code == code
    assert ended.out.splitlines()[-1] == verdict
    assert json.loads(folder.findings.read_text())[0]["judge"] == "outage"


def test_judge_prints_json(lvslab: Lvslab, tmp_path: Path) -> None:
    """With the verdict and every finding."""
    told = json.loads(lvslab("judge", str(stored(tmp_path, power_off()).path), "--json").out)
    assert (told["schema_version"], told["verdict"]) == (1, "pass")
    assert told["findings"][0]["figures"]["outage_ms"] == 3120


def test_a_run_that_was_cut_short_is_inconclusive_or_worse(lvslab: Lvslab, tmp_path: Path) -> None:
    """Exit code 3 when nothing was seen to fail."""
    run = power_off()
    events = [event for event in run.events() if event.t < 6 * 10**9]
    folder = stored(tmp_path, run)
    folder.history.unlink()
    folder.add(events)
    assert lvslab("judge", str(folder.path)).code == 3
