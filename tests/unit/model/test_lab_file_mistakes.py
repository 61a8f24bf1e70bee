"""Every mistake in a lab file is named with its line, its place, what was found and what is allowed."""

import re
from pathlib import Path

import pytest

from lvslab.errors import LabFileError
from lvslab.model import lab_mistakes, parse_lab
from lvslab.model.rules import EXPLAINED

HERE = Path(__file__).parent
SMALL = (HERE / "small-lab.yml").read_text()
RULE = re.compile(r" \[(lab-[a-z0-9-]+)\]$")
ELSEWHERE = {"lab-tun-no-way", "lab-reply-no-way", "lab-real-server-family"}
"""Rules whose combinations need another lab than the small one: test_lab_file_ways.py, test_families.py."""


def cases() -> list[tuple[str, list[str]]]:
    """Read the changes and what is expected of each."""
    blocks = (HERE / "mistakes.txt").read_text().strip().split("\n\n")[1:]
    return [(block.splitlines()[0], [line.strip() for line in block.splitlines()[1:]]) for block in blocks]


def changed(*changes: str) -> str:
    """Return the small lab after changes of the form ``old => new``."""
    text = SMALL
    for change in changes:
        old, _, new = change.replace("⏎", "\n").partition(" => ")
        assert old in text
        text = text.replace(old, new, 1)
    return text


def mistakes_after(*changes: str) -> list[str]:
    """Return what is wrong with the small lab after changes."""
    with pytest.raises(LabFileError) as caught:
        parse_lab(changed(*changes), "x.yml")
    return caught.value.details


def test_the_small_lab_has_no_mistake() -> None:
    """What the cases start from is a good lab."""
    assert parse_lab(SMALL).name == "small"


@pytest.mark.parametrize(("change", "expected"), cases())
def test_a_mistake_is_named(change: str, expected: list[str]) -> None:
    """A change for the worse gives the expected lines, and no others that merely follow from it."""
    assert mistakes_after(change) == [f"x.yml:{RULE.sub('', line)}" for line in expected]


@pytest.mark.parametrize(("change", "expected"), cases())
def test_a_mistake_has_the_reason_of_its_rule(change: str, expected: list[str], tmp_path: Path) -> None:
    """The rule that explains it is told; and every rule on how parts fit together has a reason at least."""
    file = tmp_path / "x.yml"
    file.write_text(changed(change))
    found = lab_mistakes(file)
    rules = [each.why.rule if each.why else "" for _, each in found]
    assert rules == [named[1] if (named := RULE.search(line)) else "" for line in expected]
    assert all(each.why.reason.endswith(".") for _, each in found if each.why)


def test_every_rule_that_explains_itself_is_tried() -> None:
    """A reason that no lab file brings about would never be read."""
    tried = {named[1] for _, lines in cases() for line in lines if (named := RULE.search(line))}
    assert tried | ELSEWHERE == {rule.name for rule in EXPLAINED}


def test_reasons_stand_below_the_mistakes_that_have_them() -> None:
    """In the order of the lines; what a key is for is told where somebody asks."""
    with pytest.raises(LabFileError) as caught:
        parse_lab(changed("int: 1 => int: 1.5", "spares: 1 => spares: 2"), "x.yml")
    first, second, reason, remedy = caught.value.shown
    assert [first, second] == caught.value.details
    assert reason.startswith("    VRRP version 2 has a byte of whole seconds")
    assert remedy.startswith("    remedy: write `version: 3`")


def test_bytes_that_are_no_text_are_a_mistake_on_their_line(tmp_path: Path) -> None:
    """As any other: the file is there, and says something that cannot be read."""
    file = tmp_path / "x.yml"
    file.write_bytes(SMALL.replace("lab: small", "lab: small\ntitle: Clé").encode("latin-1"))
    [(line, found)] = lab_mistakes(file)
    assert (line, found.text) == (2, "found bytes that are not UTF-8, allowed: text in UTF-8")


def test_a_good_lab_has_no_mistakes(tmp_path: Path) -> None:
    """An empty list."""
    file = tmp_path / "x.yml"
    file.write_text(SMALL)
    assert lab_mistakes(file) == []


def test_all_mistakes_are_told_at_once_in_the_order_of_their_lines() -> None:
    """Nobody has to mend one mistake to learn of the next."""
    found = mistakes_after("18.31} => 19.31}", "weight: 1 => weight: 1, port: 81", "spares: 1 => spares: 9")
    assert [line.split(":")[1] for line in found] == ["6", "14", "34"]


def test_a_list_is_not_called_short_for_its_bad_entries() -> None:
    """A list whose every entry is wrong is not empty."""
    found = mistakes_after("weight: 1 => weight: x", "{node: web2} => {node: 2}")
    assert [line.split(":")[2].strip() for line in found] == [
        "virtual_services[0].real_servers[0].weight",
        "virtual_services[0].real_servers[1].node",
    ]


def test_the_error_counts_the_mistakes_and_says_how_to_look_again() -> None:
    """The message fits on one line; the hint is a command."""
    with pytest.raises(LabFileError) as caught:
        parse_lab(SMALL.replace("spares: 1", "spares: 9"), "labs/x.yml")
    assert caught.value.message == "labs/x.yml: 1 mistake"
    assert caught.value.hint == "lvslab validate labs/x.yml"


def test_a_lab_needs_a_director_and_a_service() -> None:
    """A lab in which nobody answers is no lab."""
    text = "\n".join(
        [
            "lab: empty",
            "networks: {lan: {subnet: 192.168.18.0/24}}",
            "nodes: {web1: {role: web, addresses: {lan: 192.168.18.32}}}",
            "client: {addresses: {lan: 192.168.18.140}}",
        ]
    )
    with pytest.raises(LabFileError) as caught:
        parse_lab(text, "x.yml")
    assert caught.value.details == [
        "x.yml:1: virtual_services: found none, allowed: at least one, with a real server, or one of local_services",
        "x.yml:3: nodes: no node has role director, allowed: at least one",
    ]
