"""What faults cost real machines, against what is predicted: those that no drill of lvslab's own makes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

LVSLAB = str(Path(sys.executable).with_name("lvslab"))
LIMIT = 500
MADE = """drill: {name}
title: "made for a test"
timeline:
  - {{at: 0, inject: {fault}, target: {target}, with: {parameters}, for: {lasts}}}
for: {until}
after: {after}
recovery: 150
expect: {{outage: predicted, allow: [two-holders, no-holder, daemon-dead, log]}}
"""
ARP_AGES = 60
"""Seconds after which no client has a director in its ARP cache that gave the VIP up."""

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize(
    ("fault", "target", "parameters", "lasts", "after"),
    [
        ("network.partition", "master", "{}", 12, ARP_AGES),
        ("network.partition", "master", "{from: backup}", 12, ARP_AGES),
        ("network.partition", "master", "{from: client}", 8, 5),
        ("network.partition", "backup", "{}", 12, ARP_AGES),
        ("network.partition", "real-server", "{}", 12, 5),
        ("network.partition", "real-server", "{from: client}", 8, 5),
        ("network.drop", "master", "{}", 12, ARP_AGES),
        ("network.block", "master", "{protocol: health-checks}", 12, 5),
        ("network.delay", "master", "{delay: 0.02}", 8, 5),
        ("network.delay", "real-server", "{delay: 0.3}", 8, 5),
        ("network.loss", "master", "{percent: 10}", 10, ARP_AGES),
        ("service.restart", "master", "{process: keepalived}", 10, 5),
        ("node.pause", "master", "{}", 2, 5),
        ("node.pause", "real-server", "{}", 3, 5),
        ("process.stop", "directors", "{process: keepalived}", 6, 5),
        ("process.stop", "real-servers", "{process: httpd}", 8, 5),
        ("web.slow", "real-server", "{delay: 1.5}", 8, 5),
        ("web.error", "real-server", "{}", 8, 5),
        ("web.wrong-body", "real-server", "{}", 8, 5),
        ("disk.full", "storage", "{}", 8, 5),
    ],
)
def test_a_fault_costs_what_is_predicted(
    fault: str, target: str, parameters: str, lasts: int, after: int, lab_name: str, tmp_path: Path
) -> None:
    """No finding on outages or requests fails; what is chance, or a busy host's, cannot be told."""
    path = tmp_path / "made.yml"
    fields = {"fault": fault, "target": target, "parameters": parameters, "lasts": lasts, "after": after}
    path.write_text(MADE.format(name="made", until=lasts + 1, **fields))
    words = ["drill", str(path), "--name", lab_name, "--runs", str(tmp_path)]
    done = subprocess.run([LVSLAB, *words], capture_output=True, text=True, timeout=LIMIT)
    findings = json.loads((tmp_path / "made" / "latest" / "findings.json").read_text())
    judged = [each for each in findings if each["judge"] in ("outage", "requests")]
    assert judged, done.stderr[-600:]
    assert [each["message"] for each in judged if each["verdict"] == "fail"] == []
    assert [each["message"] for each in judged if "nothing is predicted" in each["message"]] == []
