"""What verify says of a lab with boxes of the user's own, and how it ends."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lvslab.cli import raising
from lvslab.host.isolation import Keeper
from lvslab.host.paths import InstancePaths
from lvslab.host.state import Phase, State
from lvslab.lifecycle import instance, own_servers, verify
from lvslab.lifecycle.instance import Instance
from lvslab.lifecycle.status import Status, assemble
from lvslab.model import Lab, load_lab
from tests.unit.cli.conftest import Lvslab
from tests.unit.recorded import LABS

STATE = State("here", "lvs-dr", Phase.READY, Keeper(1, 1), "tcg", "sha256", "digest")
PLAIN = "web2: {role: web, addresses: {lan: 192.168.18.33}}"
LINE = "web2: not in director1's table of 192.168.18.41:80, for it does not answer the check"


@pytest.fixture
def left(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have a lab run that is as its file says, and return what of the user's own does not serve yet."""
    lines: list[str] = []

    @contextmanager
    def connections(*_: Any) -> Iterator[dict[str, Any]]:
        yield {}

    status = assemble(lab, STATE, {}, {})
    monkeypatch.setattr(raising, "need_root", lambda command: None)
    monkeypatch.setattr(instance, "entered", lambda name: Instance(InstancePaths(name), lab, STATE))
    monkeypatch.setattr(instance, "connections", connections)
    monkeypatch.setattr(verify, "wait_until_as_expected", lambda *_: status)
    monkeypatch.setattr(own_servers, "left", lambda lab, seen: lines)
    return lines


def test_a_lab_whose_every_server_serves_ends_with_0(lvslab: Lvslab, left: list[str]) -> None:
    """As it always did."""
    ended = lvslab("verify", "--name", "here")
    assert (ended.code, ended.out) == (0, "here: as its lab file says\n")


def test_what_is_left_to_the_person_is_told_and_ends_with_3(lvslab: Lvslab, left: list[str]) -> None:
    """Nothing that lvslab answers for is wrong, and not everything serves: for people and for programs."""
    left.append(LINE)
    ended = lvslab("verify", "--name", "here")
    assert (ended.code, ended.out) == (3, f"here: as its lab file says, but for boxes of your own:\n{LINE}\n")
    ended = lvslab("verify", "--name", "here", "--json")
    data = json.loads(ended.out)
    assert (ended.code, data["as_expected"], data["left"]) == (3, True, [LINE])


def test_up_ends_with_what_is_left_to_the_person(
    lvslab: Lvslab, left: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the lab file as it was at the beginning: inside the lab's namespaces it may be out of sight."""
    file = tmp_path / "mixed.yml"
    file.write_text((LABS / "lvs-dr.yml").read_text().replace(PLAIN, f"{PLAIN[:-1]}, box: own.box}}"))
    mixed = load_lab(file)

    def raise_it(*_: Any) -> Status:
        file.unlink()
        return assemble(mixed, STATE, {}, {})

    monkeypatch.setattr(raising.lifecycle_up, "up", raise_it)
    left.append(LINE)
    ended = lvslab("up", str(file), "--name", "here")
    assert ended.code == 0
    assert "web2 runs linux from a box of your own" in ended.err
    assert LINE in ended.err
