"""Web servers that are not alike: each node is asked for its own, told of by its name, and broken by its unit."""

import pytest

from lvslab import faults
from lvslab.drill.recovery import mismatches as recovered
from lvslab.faults.kinds.process import daemon_of
from lvslab.history import WebSample
from lvslab.host.certificates import Certificate
from lvslab.host.isolation import Keeper
from lvslab.host.state import Phase, State
from lvslab.lifecycle import verify
from lvslab.lifecycle.status import assemble, probes
from lvslab.measure.samples import asks
from lvslab.model import Lab, WebServer, load_lab
from lvslab.nodes.probe import Reading, Readings
from lvslab.report.graph.gather import view_of
from provision import web
from provision.role import Facts
from tests.unit.recorded import LABS, NODES, facts_of, status_of

STATE = State("x", "lvs-dr-checks", Phase.READY, Keeper(1, 1), "tcg", "", "")
UNITS = {"web1": "apache2.service", "web2": "nginx.service"}


@pytest.fixture
def mixed() -> Lab:
    """Return the lab of an apache2 and an nginx."""
    return load_lab(LABS / "lvs-dr-checks.yml")


def test_a_node_has_the_web_server_that_it_names_or_that_of_all(mixed: Lab) -> None:
    """The key of the node goes first."""
    assert {name: mixed.web_server_of(mixed.node(name)) for name in UNITS} == {
        "web1": WebServer.APACHE2,
        "web2": WebServer.NGINX,
    }


@pytest.mark.parametrize(("node", "unit"), UNITS.items())
def test_a_node_gets_its_own_web_server_and_no_other(mixed: Lab, node: str, unit: str) -> None:
    """Site, page and unit; both have the key and the certificate."""
    facts = Facts(facts_of("bare", "web1"), Certificate("a key", "a certificate"))
    whats = [step.what for step in web.plan(mixed, mixed.node(node), facts)]
    assert f"start {unit}" in whats
    assert not [what for what in whats for other in UNITS.values() if other != unit and other in what]
    assert "write /etc/ssl/private/lvslab.key" in whats and "write /var/www/html/index.html" in whats


@pytest.mark.parametrize(("node", "unit"), UNITS.items())
def test_a_node_is_asked_for_its_own_unit_and_log(mixed: Lab, node: str, unit: str) -> None:
    """By the status, and by the looks of a run."""
    assert any(unit in " ".join(probe.argv) for probe in probes(mixed, mixed.node(node)))
    asked = asks(mixed, mixed.node(node), 1.0)
    assert f"/sys/fs/cgroup/system.slice/{unit}/cgroup.events" in asked["files"]
    assert asked["sizes"] == [f"/var/log/{unit.removesuffix('.service')}/access.log"]


def test_what_does_not_run_is_told_by_its_name(mixed: Lab) -> None:
    """In the status and after a drill."""

    def said(node: str) -> Readings:
        return {**status_of("lvs-dr", node), "units": Reading(0, "")}

    seen = assemble(mixed, STATE, dict.fromkeys(NODES, "running"), {name: said(name) for name in UNITS})
    told = [line for line in verify.mismatches(mixed, seen) if "does not run" in line]
    assert told == ["web1: apache2 does not run", "web2: nginx does not run"]
    looks = {name: WebSample(t=1, node=name, took=0, httpd=False, vips=("192.168.18.41",)) for name in UNITS}
    assert [line for line in recovered(mixed, looks) if "does not run" in line] == told


@pytest.mark.parametrize(("node", "unit"), UNITS.items())
def test_a_fault_of_httpd_is_one_of_the_nodes_own(mixed: Lab, node: str, unit: str) -> None:
    """Whichever it is."""
    assert daemon_of(mixed, faults.order(mixed, "process.stop", [node]), node).unit == unit


def test_the_picture_names_each(mixed: Lab) -> None:
    """With the ports that it listens on."""
    lines = {node.name: node.lines for node in view_of(mixed).cards}
    assert "apache2, port 80 and 443" in lines["web1"] and "nginx, port 80 and 443" in lines["web2"]
