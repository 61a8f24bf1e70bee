"""Every mistake in a lab file is named with its line, its place, what was found and what is allowed."""

from pathlib import Path

import pytest

from lvslab.errors import LabFileError
from lvslab.model import parse_lab

HERE = Path(__file__).parent
SMALL = (HERE / "small-lab.yml").read_text()


def cases() -> list[tuple[str, list[str]]]:
    """Read the changes and what is expected of each."""
    blocks = (HERE / "mistakes.txt").read_text().strip().split("\n\n")[1:]
    return [(block.splitlines()[0], [line.strip() for line in block.splitlines()[1:]]) for block in blocks]


def mistakes_after(*changes: str) -> list[str]:
    """Return what is wrong with the small lab after changes of the form ``old => new``."""
    text = SMALL
    for change in changes:
        old, _, new = change.replace("⏎", "\n").partition(" => ")
        assert old in text
        text = text.replace(old, new, 1)
    with pytest.raises(LabFileError) as caught:
        parse_lab(text, "x.yml")
    return caught.value.details


def test_the_small_lab_has_no_mistake() -> None:
    """What the cases start from is a good lab."""
    assert parse_lab(SMALL).name == "small"


@pytest.mark.parametrize(("change", "expected"), cases())
def test_a_mistake_is_named(change: str, expected: list[str]) -> None:
    """A change for the worse gives the expected lines, and no others that merely follow from it."""
    assert mistakes_after(change) == [f"x.yml:{line}" for line in expected]


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
