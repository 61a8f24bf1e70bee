"""A run as it was kept: its folder, read back."""

import json

from pydantic import TypeAdapter, ValidationError

from lvslab.errors import UsageError
from lvslab.history import RunFolder
from lvslab.judge.finding import Finding
from lvslab.model import load_drill, load_lab
from lvslab.report.record import Record

FINDINGS = TypeAdapter(tuple[Finding, ...])


def record_of(folder: RunFolder) -> Record:
    """Read a run's history, lab, drill and findings; UsageError where one of them is missing or broken."""
    return Record(folder.read(), load_lab(folder.lab), load_drill(folder.drill), findings_of(folder))


def keep_findings(folder: RunFolder, findings: tuple[Finding, ...]) -> None:
    """Write what the judges found into a run's folder."""
    text = json.dumps([each.as_json() for each in findings], indent=1) + "\n"
    folder.findings.write_text(text, encoding="utf-8")


def findings_of(folder: RunFolder) -> tuple[Finding, ...]:
    """Return what the judges found; UsageError when the run was not judged, or the file holds something else."""
    hint = f"lvslab judge {folder.path}"
    try:
        data = json.loads(folder.findings.read_text(encoding="utf-8"))
        return FINDINGS.validate_python(data["findings"] if isinstance(data, dict) else data)
    except FileNotFoundError as err:
        raise UsageError(f"{folder.path}: this run was not judged, findings.json is missing", hint) from err
    except (ValueError, KeyError, ValidationError) as err:
        raise UsageError(f"{folder.findings}: these are no findings", hint, str(err).splitlines()[:5]) from err
