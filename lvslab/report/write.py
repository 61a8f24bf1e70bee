"""The files that a run leaves for people and for programs."""

import json

from lvslab.history import History, RunFolder
from lvslab.judge.finding import Finding
from lvslab.model import Lab
from lvslab.model.drill import Drill
from lvslab.report.junit import junit
from lvslab.report.page import page
from lvslab.report.record import Record
from lvslab.report.summary import summarise

PAGE = "report.html"
SUMMARY = "summary.json"
JUNIT = "junit.xml"


def write_all(folder: RunFolder, history: History, lab: Lab, drill: Drill, findings: tuple[Finding, ...]) -> None:
    """Write the page, summary.json and junit.xml into a run's folder, over those that are there."""
    record = Record(history, lab, drill, findings)
    (folder.path / PAGE).write_text(page(record), encoding="utf-8")
    (folder.path / SUMMARY).write_text(json.dumps(summarise(record).as_json(), indent=1) + "\n", encoding="utf-8")
    (folder.path / JUNIT).write_text(junit(record), encoding="utf-8")
