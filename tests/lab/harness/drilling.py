"""Drills on a lab that the tests are inside of already, and the evidence of a run that did not go as predicted."""

import json
from pathlib import Path

from lvslab.drill import runner
from lvslab.drill.runner import Outcome
from lvslab.history import RunFolder
from lvslab.host import state
from lvslab.host.paths import project_root
from lvslab.judge import Verdict
from lvslab.lifecycle.progress import Silence
from lvslab.lifecycle.status import active_faults
from lvslab.model import load_drill
from lvslab.pytest_plugin import LabUnderTest

FAULTS = {
    "director-power-off": "node.power-off master",
    "director-link-down": "node.link-down master",
    "httpd-stopped": "process.stop httpd",
}
"""Drills that any lab with two directors and web servers can have, and the fault whose outage each is about."""
RATE = 50
"""Attempts a second: a machine that boots under them takes the processor that they leave."""
FILES = ("history.jsonl", "lab.yml", "drill.yml", "capture.pcap", "findings.json", "summary.json", "junit.xml",
         "report.html")  # fmt: skip
"""What is kept of each run."""


class Quiet(Silence):
    """A drill's progress that nobody hears."""

    def glance(self, name: str, text: str) -> None:
        """Say nothing."""


def drilled(lab: LabUnderTest, name: str, runs: Path) -> Outcome:
    """Run a drill of lvslab's own on the lab as it was verified, and return what came of it.

    That is what ``lvslab drill`` does, which would have to be outside. The lab is left as the drill leaves it.
    """
    written = load_drill(project_root() / "drills" / f"{name}.yml")
    drill = written.model_copy(update={"probe": written.probe.model_copy(update={"rate": RATE})})
    with state.locked(lab.instance.paths, "drill"):
        lab.put_back()
        return runner.run(lab.instance, drill, RunFolder.make(runs, drill.name), Quiet())


def assert_as_predicted(outcome: Outcome, drill: str) -> None:
    """Assert that no finding fails, and that the outage of its fault was judged by what is predicted of it.

    On a busy host some findings cannot be told. Everything is kept, and no fault is left.
    """
    folder, fault = outcome.folder.path, FAULTS[drill]
    failed = [f"{each.judge}: {each.message}" for each in outcome.findings if each.verdict is Verdict.FAIL]
    assert failed == [], "\n".join([*failed, evidence(folder)])
    outages = [each.message for each in outcome.findings if each.judge == "outage"]
    assert any(fault in message for message in outages), f"no outage of {fault}: {outages}"
    unjudged = [each for each in outages if "predicted" not in each or "nothing is predicted" in each]
    assert unjudged == [], unjudged
    missing = [file for file in FILES if not (folder / file).is_file()]
    assert missing == [], missing
    left = active_faults()
    assert left == (), left


def evidence(folder: Path) -> str:
    """Return what tells why a drill failed: who sent adverts, and what the directors' keepalived said last."""
    history = [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]
    adverts = [f"{each['t'] / 1e9:.1f} {each.get('node')}" for each in history if each["kind"] == "advert"]
    logs = [line for name in ("director1", "director2") for line in tail(folder / "logs" / f"{name}.log")]
    return "\n".join(["adverts (s, from): " + ", ".join(adverts[-30:]), *logs])


def tail(log: Path) -> list[str]:
    """Return the last lines of a node's journal that are keepalived's."""
    lines = log.read_text().splitlines() if log.is_file() else [f"{log.name}: none"]
    return [line[:160] for line in lines if "eepalived" in line][-12:]
