"""The verbs report and compare, as they are typed."""

import json
from pathlib import Path

import pytest

from lvslab.history import RunFolder
from tests.unit.cli.conftest import Lvslab
from tests.unit.report.example import keep, record


def kept(folder: Path, name: str, **changes: object) -> str:
    """Keep a made-up run in a folder, and return its path."""
    folder.mkdir()
    keep(RunFolder(folder), record(name, rate=10, **changes))
    return str(folder)


def test_report_writes_the_files_again(lvslab: Lvslab, tmp_path: Path) -> None:
    """The page is drawn from what is kept, and the five lines say where it is."""
    run = kept(tmp_path / "run", "power-off")
    for name in ("report.html", "summary.json", "junit.xml"):
        (tmp_path / "run" / name).unlink()
    ended = lvslab("report", run)
    assert ended.code == 0
    assert str(tmp_path / "run" / "report.html") in ended.out.replace("\n", "")
    assert "<h1>" in (tmp_path / "run" / "report.html").read_text()
    assert json.loads((tmp_path / "run" / "summary.json").read_text())["verdict"] == "inconclusive"
    assert (tmp_path / "run" / "junit.xml").read_text().startswith("<?xml")


def test_report_tells_programs_where_the_files_are(lvslab: Lvslab, tmp_path: Path) -> None:
    """--json has the verdict and three paths that exist."""
    told = json.loads(lvslab("report", kept(tmp_path / "run", "split-brain"), "--json").out)
    assert (told["schema_version"], told["verdict"]) == (1, "fail")
    assert all(Path(told[name]).is_file() for name in ("page", "summary", "junit"))


def test_report_of_a_drill_takes_its_latest_run(
    lvslab: Lvslab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The drill's name is enough."""
    monkeypatch.chdir(tmp_path)
    folder = RunFolder.make(Path("runs"), "power-off")
    keep(folder, record("power-off", rate=10))
    told = json.loads(lvslab("report", "power-off", "--json").out)
    assert Path(told["page"]) == (tmp_path / folder.path).resolve() / "report.html"


def test_report_of_no_run_is_wrong_usage(lvslab: Lvslab) -> None:
    """Exit code 2 and the command that makes a run."""
    ended = lvslab("report", "nothing-here")
    assert ended.code == 2
    assert "lvslab drill" in ended.err


def test_compare_of_a_run_with_itself_is_fine(lvslab: Lvslab, tmp_path: Path) -> None:
    """Exit code 0, and a table of rows that are the same."""
    run = kept(tmp_path / "run", "power-off")
    ended = lvslab("compare", run, run)
    assert ended.code == 0
    assert "median answer" in ended.out
    assert "worse" not in ended.out


def test_compare_ends_with_1_when_a_verdict_got_worse(lvslab: Lvslab, tmp_path: Path) -> None:
    """A split brain is worse than a rebuild, and the JSON says which finding it is."""
    ended = lvslab("compare", kept(tmp_path / "old", "rebuild"), kept(tmp_path / "new", "split-brain"), "--json")
    assert ended.code == 1
    told = json.loads(ended.out)
    assert told["is_worse"] is True
    worse = {row["name"] for row in told["rows"] if row["change"] == "worse"}
    assert {"verdict", "finding: invariants"} <= worse
