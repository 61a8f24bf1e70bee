"""Mistakes of a lab file as findings: one for each, with line, reason, remedy and source."""

from pathlib import Path

import pytest

from lvslab.lint import MISTAKE_RULES, Finding, MistakeRule, Severity, is_mistake, lint_mistakes
from lvslab.model import lab_mistakes
from tests.unit.model.test_lab_file_mistakes import cases, changed

OUTSIDE_ONLY = """
lab: two
networks: {outside: {subnet: 192.168.10.0/24}, inside: {subnet: 192.168.0.0/24}}
nodes:
  director1: {role: director, addresses: {outside: 192.168.10.31, inside: 192.168.0.31}}
  director2: {role: director, addresses: {outside: 192.168.10.30, inside: 192.168.0.30}}
  web1: {role: web, addresses: {inside: 192.168.0.32}}
client: {addresses: {outside: 192.168.10.140}}
vrrp_instances:
  - {name: VI_1, network: outside, virtual_router_id: 51, virtual_addresses: [192.168.10.41],
     priorities: {director1: 100, director2: 99}}
virtual_services:
  - {name: http, address: 192.168.10.41, port: 80, forwarding: NAT, real_servers: [{node: web1}]}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a path for a lab file."""
    return tmp_path / "x.yml"


def found_in(file: Path, text: str) -> list[Finding]:
    """Return the findings in a lab file that makes no lab."""
    file.write_text(text)
    return lint_mistakes(lab_mistakes(file), "x.yml")


@pytest.mark.parametrize(("change", "expected"), cases())
def test_every_mistake_is_one_finding_with_all_that_a_reader_needs(
    file: Path, change: str, expected: list[str]
) -> None:
    """Whatever the mistake is: by no case of its own."""
    found = found_in(file, changed(change))
    assert sorted(_told(one) for one in found) == sorted(expected)
    for one in found:
        assert (one.severity, one.source) == (Severity.ERROR, "x.yml")
        assert one.reason.endswith(".") and one.remedy and one.reference
        assert is_mistake(one)


def _told(one: Finding) -> str:
    named = "" if one.rule == "lab-file" else f" [{one.rule}]"
    return f"{one.line}: {one.message}{named}"


def test_a_value_is_explained_by_what_its_key_is_for(file: Path) -> None:
    """And the remedy is what is allowed."""
    [one] = found_in(file, changed("weight: 1 => weight: -1"))
    assert one.reason == "weight: The weight; 0 gives it no new connections."
    assert one.remedy == "write what is allowed: a whole number from 0 to 65535"
    assert one.reference == "docs/labs.md, Reference"


def test_how_parts_fit_together_is_explained_by_the_rule(file: Path) -> None:
    """Its own first sentence, where it has no longer words."""
    [one] = found_in(file, changed("spares: 1 => spares: 2"))
    assert (one.rule, one.reason) == ("lab-file", "The storage node has a disk for each member and spare.")


def test_a_text_that_is_no_yaml_is_a_finding(file: Path) -> None:
    """On the line where reading ended."""
    [one] = found_in(file, "lab: x\nnodes: [\n")
    assert (one.rule, one.line) == ("lab-file", 3)


def test_nat_without_a_moving_address_inside_says_that_there_is_none(file: Path) -> None:
    """The one outside is no way back."""
    [one] = found_in(file, OUTSIDE_ONLY)
    assert one.rule == "lab-nat-no-way-back"
    assert one.message == (
        "nodes.web1.gateway: is missing, allowed with NAT: a director's (none is in a network that web1 is on)"
    )


@pytest.mark.parametrize("rule", MISTAKE_RULES, ids=lambda rule: rule.name)
def test_a_rule_says_all_that_a_reader_needs(rule: MistakeRule) -> None:
    """A title that is a sentence, a reason, a remedy and a source, and the keys that it looks at."""
    assert rule.title.startswith("Find ") and rule.title.endswith(".")
    assert rule.reason.endswith(".") and rule.remedy and rule.reference and rule.looks_at
    assert rule.name.startswith("lab-")
