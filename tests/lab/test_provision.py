"""Provisioning: nothing is done where all is well; what was tampered with is named, and repaired."""

import pytest

from lvslab.pytest_plugin import LabUnderTest
from provision.director import SYSCTL
from provision.step import Write

EXPORTS = "/etc/exports"
BACK_UP = 300.0


def whats(lab: LabUnderTest) -> dict[str, list[str]]:
    """Return what a dry run names, by node, without the nodes that need nothing."""
    return {name: [step.what for step in outcome.steps] for name, outcome in lab.plan().items() if outcome.steps}


def test_a_second_run_plans_nothing_on_every_node(lab: LabUnderTest) -> None:
    """All five nodes are asked, and none needs a step."""
    plan = lab.plan()
    assert {name: len(outcome.steps) for name, outcome in plan.items()} == dict.fromkeys(lab.model.nodes, 0)
    assert len(plan) == 5


@pytest.fixture
def tampered(lab: LabUnderTest, restored: None) -> None:
    """Change the exports, stop a web server and take the VIP from the other, behind provisioning's back."""
    lab.node("nfs").check_output(f"echo '/web 192.168.18.0/24(ro)' > {EXPORTS}")
    lab.node("web1").check_output("systemctl stop apache2")
    lab.node("web2").check_output(f"ip address delete {lab.vip}/32 dev lo")


def test_a_dry_run_names_the_repairs_and_a_run_makes_them(lab: LabUnderTest, tampered: None) -> None:
    """Three nodes, each with its own steps and no others; then all is as the lab file says."""
    repairs = {
        "nfs": [f"write {EXPORTS}", "export"],
        "web1": ["start apache2.service"],
        "web2": ["set lo up", f"put {lab.vip}/32 on lo"],
    }
    assert whats(lab) == repairs
    assert whats(lab) == repairs, "a dry run changes nothing"
    done = lab.provision()
    assert {name: [step.what for step in outcome.steps] for name, outcome in done.items() if outcome.steps} == repairs
    assert whats(lab) == {}
    lab.wait_as_expected()


def test_a_dry_run_shows_the_difference_of_a_file(lab: LabUnderTest, tampered: None) -> None:
    """What would be taken away and what would be put there, as a unified diff."""
    [write] = [step for step in lab.plan(["nfs"])["nfs"].steps if isinstance(step, Write)]
    assert write.diff().splitlines()[3:] == [
        "-/web 192.168.18.0/24(ro)",
        "+/web 192.168.18.0/24(rw,sync,no_root_squash)",
    ]


@pytest.mark.thorough
@pytest.mark.usefixtures("restored")
def test_what_was_provisioned_outlives_a_loss_of_power(lab: LabUnderTest) -> None:
    """A file system writes data late: without a sync, what was written a moment ago would be a file of no length."""
    lab.node("director2").check_output(f"rm {SYSCTL}")
    lab.provision(["director2"])
    with lab.fault("node.power-off", "director2"):
        lab.disconnect("director2")
    lab.wait_as_expected(BACK_UP)
    assert whats(lab) == {}
