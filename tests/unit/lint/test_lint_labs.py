"""Lint of labs: the rules on their directors' keepalived.conf, in the lab file's lines, and rules on networks."""

from pathlib import Path

import pytest
import yaml

from lvslab.cli.lint import planned
from lvslab.lint import Finding, lint_lab
from lvslab.lint.labs import trail
from lvslab.lint.rules.lab import LAB_RULES
from lvslab.model import Lab, load_lab, parse_lab
from lvslab.model.keepalived import Configuration

LABS = sorted((Path(__file__).parents[3] / "labs").glob("*.yml"))
DEFAULT = next(path for path in LABS if path.stem == "lvs-dr")


def findings(text: str, budget: float | None = None) -> list[Finding]:
    """Return what lint finds in the text of a lab file."""
    lab = parse_lab(text)
    return lint_lab(lab, text, "lab.yml", configurations(lab), budget)


def configurations(lab: Lab) -> list[Configuration]:
    """Return the keepalived.conf of each director that is to have one."""
    return [planned(lab, node) for node in lab.directors if lab.has_keepalived(node)]


def changed(old: str, new: str) -> str:
    """Return the default lab with a text replaced; it has to be there."""
    text = DEFAULT.read_text()
    assert old in text
    return text.replace(old, new)


@pytest.mark.parametrize("path", LABS, ids=lambda path: path.stem)
def test_the_labs_that_come_with_lvslab_have_no_error_and_no_warning(path: Path) -> None:
    """Notes may be right of a lab that shows something."""
    lab = load_lab(path)
    found = lint_lab(lab, path.read_text(), path.name, configurations(lab))
    assert [(one.rule, one.message) for one in found if one.severity != "note"] == []


def test_a_finding_on_both_directors_is_one_of_the_lab() -> None:
    """It stands in the lab file once."""
    (one,) = findings(DEFAULT.read_text())
    assert (one.rule, one.source) == ("check-shallow", "lab.yml")
    assert "check:" in DEFAULT.read_text().split("\n")[one.line - 1]


@pytest.mark.parametrize(
    ("old", "new", "rule", "line"),
    [
        ("weight: 1}", "weight: 0}", "weights-zero", "- name: http"),
        ("protocol: tcp", "protocol: udp", "check-tcp-on-udp", "check:"),
    ],
)
def test_a_finding_has_the_line_of_the_lab_file(old: str, new: str, rule: str, line: str) -> None:
    """That of the key that keepalived's directive is rendered from."""
    text = changed(old, new)
    found = {one.rule: text.split("\n")[one.line - 1] for one in findings(text)}
    assert line in found[rule]


def test_a_service_without_a_check_is_found_at_its_first_server() -> None:
    """There every other could be named as well."""
    text = DEFAULT.read_text().partition("    check:")[0]
    (one,) = findings(text)
    assert (one.rule, "node: web1" in text.split("\n")[one.line - 1]) == ("check-missing", True)


@pytest.mark.parametrize("name", ["pfwm", "pcc"])
def test_a_service_of_several_ports_is_found_by_its_name(name: str) -> None:
    """keepalived calls it by its mark, or by its address alone."""
    path = next(path for path in LABS if path.stem == "lvs-dr-fwmark")
    text = path.read_text()
    lines = text.split("\n")
    begin = next(number for number, line in enumerate(lines) if f"name: {name} " in line)
    wanted = next(number for number in range(begin, len(lines)) if "persistence_timeout:" in lines[number]) + 1
    assert wanted in [one.line for one in findings(text) if one.rule == "persistence-hides-scheduler"]


def test_a_budget_that_the_checks_do_not_keep() -> None:
    """The default lab's checks take 7 s at worst."""
    text = DEFAULT.read_text()
    assert [one.rule for one in findings(text, 7)] == ["check-shallow"]
    slow = next(one for one in findings(text, 6.9) if one.rule == "check-slow")
    assert "check:" in text.split("\n")[slow.line - 1]


def test_a_lab_file_states_its_budget_itself() -> None:
    """Its own counts unless another is told."""
    strict = changed("title:", "detection_budget: 6.9\ntitle:")
    assert "check-slow" in {one.rule for one in findings(strict)}
    assert "check-slow" not in {one.rule for one in findings(strict, 7)}
    assert "check-slow" not in {one.rule for one in findings(changed("title:", "detection_budget: 7\ntitle:"))}


def test_a_budget_is_kept_by_tracked_scripts_as_well() -> None:
    """chk_nginx fails twice, 2 s apart, and may take its timeout: what is noticed is more than real servers."""
    path = next(path for path in LABS if path.stem == "vrrp-nginx-weight")
    text = path.read_text().replace("title:", "detection_budget: 3\ntitle:")
    slow = next(one for one in findings(text) if one.rule == "script-slow")
    assert "name: chk_nginx" in text.split("\n")[slow.line - 1]


def test_a_place_in_a_configuration_is_known_with_its_blocks() -> None:
    """From the line of a directive to the block at the top."""
    lab = load_lab(DEFAULT)
    conf = planned(lab, lab.directors[0])
    line = conf.virtual_servers[0].real_servers[1].checks[0].line_of("connect_timeout")
    keywords = [each.keyword for each in trail(conf, line)]
    assert keywords == ["virtual_server", "real_server", "TCP_CHECK", "connect_timeout"]


TWO_NETWORKS = """
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
  - {name: VI_2, network: inside, virtual_router_id: 52, virtual_addresses: [192.168.0.41],
     priorities: {director1: 100, director2: 99}}
virtual_services:
  - {name: http, address: 192.168.10.41, port: 80, forwarding: NAT, real_servers: [{node: web1}]}
"""


def two_networks(**changes: object) -> Lab:
    """Return a NAT lab of two networks with some of its parts changed."""
    return Lab.model_validate(yaml.safe_load(TWO_NETWORKS) | changes)


def test_an_ethernet_is_fine() -> None:
    """What a network says nothing of is as usual."""
    assert [rule.name for rule in LAB_RULES if list(rule.check(two_networks()))] == []


@pytest.mark.parametrize(("mtu", "count"), [({"mtu": 1400}, 1), ({"mtu": 1500}, 0), ({"mtu": 9000}, 0), ({}, 0)])
def test_a_tunnel_over_a_small_mtu_is_found(mtu: dict[str, int], count: int, tmp_path: Path) -> None:
    """What the file says of a network's MTU; a network that says nothing is an Ethernet."""
    data = yaml.safe_load((DEFAULT.with_stem("lvs-tun")).read_text())
    data["networks"]["far"] |= mtu
    file = tmp_path / "lab.yml"
    file.write_text(yaml.safe_dump(data))
    lab = load_lab(file)
    found = lint_lab(lab, file.read_text(), "lab.yml", [planned(lab, each) for each in lab.directors])
    assert [each.rule for each in found].count("lab-tun-mtu") == count


def test_two_instances_of_a_director_are_on_two_interfaces() -> None:
    """In the order of the lab file, as the machines will have them."""
    conf = planned(two_networks(), two_networks().directors[0])
    assert [one.interface for one in conf.instances] == ["eth1", "eth2"]
