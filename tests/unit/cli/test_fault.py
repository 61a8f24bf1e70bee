"""The verbs that break and mend: what can be told without a lab, and how mistakes are told."""

import json

import pytest

from lvslab import faults
from tests.unit.cli.conftest import Lvslab


def test_the_list_needs_no_lab(lvslab: Lvslab) -> None:
    """Every kind is in it, with what it takes."""
    ended = lvslab("fault", "list")
    assert ended.code == 0
    for kind in faults.kinds().values():
        assert f"{kind.name}  {kind.does[:40]}" in ended.out
    assert "no fault is active" in ended.out


def test_the_list_is_json_as_well(lvslab: Lvslab) -> None:
    """Kinds with their parameters and defaults, and the active faults."""
    ended = lvslab("fault", "list", "--json")
    data = json.loads(ended.out)
    assert data["schema_version"] == 1
    assert data["active"] == []
    kinds = {kind["name"]: kind for kind in data["kinds"]}
    assert set(kinds) == set(faults.kinds())
    assert kinds["network.loss"]["parameters"][0] == {
        "name": "percent",
        "form": "PERCENT",
        "meaning": "how many of a hundred",
        "default": "10",
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["list", "--name", "other"], "no lab named other"),
        (["inject", "node.pause", "--on", "web1"], "no lab named lvs-dr"),
        (["inject", "network.loss", "-p", "percent"], "allowed: -p KEY=VALUE"),
        (["inject", "network.loss", "-p", "=3"], "allowed: -p KEY=VALUE"),
        (["inject", "network.loss", "--for", "-1"], "Invalid value for '--for'"),
        (["heal"], "no lab named lvs-dr"),
        (["heal", "3", "--all"], "an ID and --all cannot both be meant"),
        (["heal", "three"], "is not a valid integer"),
    ],
)
def test_a_wrong_word_is_told(lvslab: Lvslab, words: list[str], said: str) -> None:
    """Exit code 2, and nothing on standard output."""
    ended = lvslab("fault", *words)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
