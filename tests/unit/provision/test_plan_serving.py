"""Plans of two directors that are real servers, too: quiet about the VIP, and without IPVS while they are backup."""

from pathlib import Path

import pytest

from lvslab.model import Lab, load_lab
from lvslab.nodes.facts.system import File
from lvslab.nodes.probe import Reading
from provision import director
from provision.provisioner import plan
from provision.real_server import ARP_CONF, direct_vips
from provision.role import Facts
from provision.step import Write
from tests.unit.recorded import FIXTURES, LABS, facts_of, with_files

on_both = pytest.mark.parametrize("node", ["director1", "director2"])


@pytest.fixture
def lab() -> Lab:
    """Return the lab of two machines."""
    return load_lab(LABS / "lvs-dr-local.yml")


@on_both
def test_both_have_the_vip_on_lo(lab: Lab, node: str) -> None:
    """For good, whoever is master: the backup takes what the master sends it."""
    assert direct_vips(lab, lab.node(node)) == ["192.168.18.41/32"]
    steps = plan(lab, lab.node(node), Facts(facts_of("lvs-dr", node)))
    [written] = [each for each in steps if isinstance(each, Write) and each.path.endswith("05-vip.network")]
    assert "Name=lo\n" in written.content
    assert "Address=192.168.18.41/32\n" in written.content


def test_the_one_director_has_no_vip_on_lo() -> None:
    """It has the VIP on its network for good."""
    lab = load_lab(LABS / "lvs-nat-local.yml")
    assert direct_vips(lab, lab.node("director1")) == []


def test_a_bare_director_is_quiet_and_serves_before_it_balances(lab: Lab) -> None:
    """ARP is settled before the VIP is there, and IPVS knows of backup_only before keepalived makes the table."""
    steps = [step.what for step in plan(lab, lab.node("director1"), Facts(facts_of("bare", "director1")))]
    order = [
        f"apply {ARP_CONF}",
        "put 192.168.18.41/32 on lo",
        "start nginx.service",
        "load ip_vs",
        f"apply {director.SYSCTL}",
        "start keepalived.service",
    ]
    assert [step for step in steps if step in order] == order


@on_both
def test_the_file_of_kernel_settings_has_backup_only(lab: Lab, node: str) -> None:
    """So it is there after a boot as well; the real server's file says nothing of the same settings."""
    steps = plan(lab, lab.node(node), Facts(facts_of("lvs-dr", node)))
    files = {each.path: each.content for each in steps if isinstance(each, Write)}
    assert "net.ipv4.vs.backup_only = 1\n" in files[director.SYSCTL]
    keys = [{line.split(" = ")[0] for line in files[path].splitlines()[1:]} for path in (ARP_CONF, director.SYSCTL)]
    assert not keys[0] & keys[1]


def test_only_several_directors_that_serve_leave_ipvs_alone_as_backup() -> None:
    """No other lab's directors get the setting."""
    having = {
        path.stem for path in LABS.glob("*.yml") if "net.ipv4.vs.backup_only" in director.settings(load_lab(path))
    }
    assert having == {"lvs-dr-local"}


def told(lab: Lab, backup_only: str) -> Facts:
    """Return what a director of this lab says whose kernel has another value than its file."""
    content = "# What a director needs of the kernel.\n"
    settings = director.settings(lab)
    content += "".join(f"{name} = {value}\n" for name, value in (settings | director.SILENT).items())
    files = with_files(facts_of("lvs-dr", "director1"), {director.SYSCTL: File(content, 0o644)})
    known = settings | {"net.ipv4.vs.backup_only": backup_only}
    return Facts(files | {"sysctls": Reading(0, "".join(f"{name} = {value}\n" for name, value in known.items()))})


@pytest.mark.parametrize(("value", "steps"), [("1", []), ("0", [f"apply {director.SYSCTL}"])])
def test_backup_only_is_given_to_a_kernel_that_has_lost_it(lab: Lab, value: str, steps: list[str]) -> None:
    """A run of provisioning looks at what the kernel has, not only at the file."""
    planned = [each.what for each in director.plan(lab, lab.node("director1"), told(lab, value))]
    assert [each for each in planned if director.SYSCTL in each] == steps


@on_both
def test_keepalived_is_configured_as_the_lab_says(lab: Lab, node: str) -> None:
    """The whole file, word for word."""
    written = director.keepalived_conf(lab, lab.node(node), Facts(facts_of("lvs-dr", node)))
    assert written == Path(FIXTURES, "golden", f"lvs-dr-local.{node}.keepalived.conf").read_text()
