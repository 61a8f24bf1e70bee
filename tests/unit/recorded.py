"""What real nodes said, as it stands below tests/fixtures; its README tells how it was recorded."""

import base64
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

from lvslab.nodes.facts import system
from lvslab.nodes.facts.system import File
from lvslab.nodes.probe import Reading, Readings, split

FIXTURES = Path(__file__).parents[1] / "fixtures"
LABS = Path(__file__).parents[2] / "labs"
NODES = ("director1", "director2", "web1", "web2", "nfs")


def reading(path: str, status: int = 0) -> Reading:
    """Return the output of one command, recorded."""
    return Reading(status, (FIXTURES / path).read_text())


def facts_of(state: str, node: str) -> dict[str, Reading]:
    """Return what provisioning read from a node of a lab in ``state``."""
    return split((FIXTURES / "readings" / state / f"{node}.facts.txt").read_text())


def status_of(state: str, node: str) -> dict[str, Reading]:
    """Return what the status of a lab in ``state`` was made from."""
    return split((FIXTURES / "readings" / state / f"{node}.status.txt").read_text())


def packed(files: Mapping[str, File]) -> Reading:
    """Return the reading of a node that has these files, as its tar would say it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, file in files.items():
            member = tarfile.TarInfo(path.lstrip("/"))
            member.mode, body = file.mode, file.content.encode()
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    return Reading(0, base64.b64encode(buffer.getvalue()).decode())


def with_files(readings: Readings, changes: Mapping[str, File | None]) -> dict[str, Reading]:
    """Return the readings of a node whose files differ; None is a file that is not there."""
    files = system.files(readings["files"]) | dict(changes)
    return {**readings, "files": packed({path: file for path, file in files.items() if file})}


def altered(readings: Readings, name: str, old: str, new: str) -> dict[str, Reading]:
    """Return readings of which one says ``new`` where it said ``old``."""
    said = readings[name]
    assert old in said.output, f"{name} says nothing of {old!r}"
    return {**readings, name: Reading(said.status, said.output.replace(old, new))}
