"""The verbs that read lab files: labs, validate, resolve, graph."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.unit.cli.conftest import Lvslab
from tests.unit.recorded import LABS


def test_labs_are_listed_with_their_titles(lvslab: Lvslab) -> None:
    """A line each, names and titles in columns."""
    ended = lvslab("labs")
    names = [line.split()[0] for line in ended.out.splitlines()]
    assert (ended.code, ended.err) == (0, "")
    assert set(names) >= {"lvs-dr", "lvs-dr-document"}
    assert len({line.index(line.split(None, 1)[1]) for line in ended.out.splitlines()}) == 1


def test_labs_as_json(lvslab: Lvslab) -> None:
    """The same for programs, with the version of its form."""
    data = json.loads(lvslab("labs", "--json").out)
    assert data["schema_version"] == 1
    assert {lab["lab"] for lab in data["labs"]} >= {"lvs-dr", "lvs-dr-document"}
    assert all(lab["title"] for lab in data["labs"])


@pytest.mark.parametrize("word", ["lvs-dr", str(LABS / "lvs-dr.yml")])
def test_a_lab_file_that_is_fine(lvslab: Lvslab, word: str) -> None:
    """By its name or by its path."""
    ended = lvslab("validate", word)
    assert (ended.code, ended.out) == (0, f"{word}: fine\n")


def test_every_mistake_in_every_file_is_told(lvslab: Lvslab, tmp_path: Path) -> None:
    """With its file and its line; the exit code is 2, and a good file among them is told to be fine."""
    bad = tmp_path / "bad.yml"
    bad.write_text(
        (LABS / "lvs-dr.yml").read_text().replace("role: director,", "role: king,").replace("port: 80", "port: 0")
    )
    ended = lvslab("validate", str(bad), "lvs-dr", str(tmp_path / "missing.yml"))
    assert ended.code == 2
    lines = ended.out.splitlines()
    assert [line for line in lines if "lvs-dr: fine" in line]
    assert len([line for line in lines if line.startswith(f"{bad}:") and "king" in line]) == 2
    assert [line for line in lines if "missing.yml: no such file" in line]


def test_faults_that_there_are_not_are_mistakes_of_a_drill(lvslab: Lvslab, tmp_path: Path) -> None:
    """Their names and those of their parameters need no lab to be looked up; all of them are told."""
    steps = ("network.lost, target: master", "network.loss, target: master, with: {percents: 1}")
    timeline = "".join(f"  - {{at: 0, inject: {step}}}\n" for step in steps)
    file = tmp_path / "bad.yml"
    file.write_text(f"drill: bad\ntitle: Bad\ntimeline:\n{timeline}for: 10\n")
    ended = lvslab("validate", str(file))
    first, second = ended.out.splitlines()
    assert ended.code == 2
    assert first.startswith(f"{file}: timeline[0]: there is no fault 'network.lost'; faults are network.loss, ")
    assert (
        second
        == f"{file}: timeline[1]: network.loss has no parameter 'percents'; its parameters are percent, network"
    )


def test_mistakes_as_json(lvslab: Lvslab, tmp_path: Path) -> None:
    """A list for each file; an empty one is a file without mistakes."""
    bad = tmp_path / "bad.yml"
    bad.write_text("lab: x\n")
    ended = lvslab("validate", "--json", "lvs-dr", str(bad))
    data = json.loads(ended.out)
    assert (ended.code, data["schema_version"], data["mistakes"]["lvs-dr"]) == (2, 1, [])
    assert data["mistakes"][str(bad)]


def test_a_lab_is_resolved_as_the_vagrantfile_reads_it(lvslab: Lvslab) -> None:
    """With all that follows from the file: MAC addresses, sizes in bytes, management addresses."""
    data = json.loads(lvslab("resolve", "lvs-dr").out)
    nodes = {node["name"]: node for node in data["nodes"]}
    assert nodes["director1"]["interfaces"][0]["mac"] == "52:54:00:00:12:1f"
    assert nodes["nfs"]["disks"][0] == {"serial": "nfs-1", "size_bytes": 2 * 2**30}
    assert data["management"]["subnet"] == "192.168.121.0/24"


@pytest.mark.parametrize(("form", "begin"), [("mermaid", "flowchart"), ("dot", "digraph"), ("svg", "<svg")])
def test_a_lab_is_drawn(lvslab: Lvslab, form: str, begin: str) -> None:
    """Nothing but the picture is on standard output."""
    ended = lvslab("graph", "lvs-dr", "--format", form)
    assert (ended.code, ended.err) == (0, "")
    assert begin in ended.out[:200]
    assert ended.out.endswith("\n") and not ended.out.endswith("\n\n")


def test_a_picture_is_written_to_a_file(lvslab: Lvslab, tmp_path: Path) -> None:
    """What was written is told on standard error."""
    target = tmp_path / "lab.svg"
    ended = lvslab("graph", "--format", "svg", "-o", str(target))
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.replace("\n", "") == f"{target} written"
    assert ElementTree.fromstring(target.read_text()).tag.endswith("svg")
