"""The playbook: what it is told, and what it says it did."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from lvslab.bench import playbook, variables
from lvslab.bench.playbook import Recap
from lvslab.bench.variables import Access
from lvslab.model import Lab, load_lab
from provision import provisioner
from provision.provisioner import Outcome
from provision.role import Facts
from provision.step import Run, Step, Write
from tests.unit.recorded import facts_of

LAB = Path(__file__).parents[3] / "labs" / "lvs-dr.yml"
BARE = ("director1", "web1", "nfs")
STEPS: Sequence[Step] = (
    Write("/etc/hostname", "web1\n"),
    Write("/etc/hosts", "127.0.0.1\tlocalhost\n"),
    Run("address", ("ip", "address", "replace", "192.168.18.32/24", "dev", "eth1")),
    Write("/etc/fstab", "# old\nserver:/web\t/var/www/html\tnfs\tdefaults\t0\t0\n"),
    Run("partition", ("sfdisk", "--quiet", "/dev/vdb"), "label: gpt\n"),
    Run("file system", ("mkfs.ext4", "-q", "/dev/vg0/web")),
)
# the end of a first run by ansible-core 2.17.14
OUTPUT = """\
PLAY RECAP *********************************************************************
director1                  : ok=15   changed=9    unreachable=0    failed=0    skipped=1    rescued=0    ignored=0
nfs                        : ok=20   changed=14   unreachable=0    failed=1    skipped=0    rescued=0    ignored=0
"""


@pytest.fixture
def lab() -> Lab:
    """Return the lab that is measured."""
    return load_lab(LAB)


def test_files_come_whole_but_for_fstab() -> None:
    """There it is a line that counts."""
    assert variables.contents(STEPS) == {"/etc/hostname": "web1\n", "/etc/hosts": "127.0.0.1\tlocalhost\n"}


def test_the_line_of_fstab_is_the_one_that_the_plan_adds() -> None:
    """With_line puts it last."""
    assert variables.fstab_line(STEPS) == "server:/web\t/var/www/html\tnfs\tdefaults\t0\t0"
    assert variables.fstab_line(STEPS[:1]) == ""


def test_addresses_come_with_their_interfaces() -> None:
    """The playbook looks for no MAC address."""
    assert variables.addresses(STEPS) == [{"address": "192.168.18.32/24", "interface": "eth1"}]


def test_commands_come_by_program_in_names_that_a_template_can_say() -> None:
    """A dot would mean something else there."""
    found = variables.commands(STEPS)
    assert found["sfdisk"] == [{"argv": ["sfdisk", "--quiet", "/dev/vdb"], "stdin": "label: gpt\n"}]
    assert "mkfs_ext4" in found


def test_an_inventory_has_every_node_with_its_roles_and_its_login(lab: Lab) -> None:
    """What the playbook needs, and nothing of the user's own ssh."""
    made = variables.inventory(lab, [Outcome("web1", tuple(STEPS))], Access("/lab/key", "/lab/known"), "/lab/files")
    host = made["all"]["hosts"]["web1"]
    assert host["roles_of_node"] == ["base", "web"]
    assert host["ansible_host"] == str(lab.management_address("web1"))
    assert host["files"] == "/lab/files/web1"
    assert "/lab/known" in made["all"]["vars"]["ansible_ssh_common_args"]


def test_every_role_of_provision_has_its_tasks(lab: Lab) -> None:
    """A role that is added to provision is missed here."""
    roles = {role.name for node in lab.nodes.values() for role in provisioner.roles(lab, node)}
    files = {file.stem for file in (playbook.SITE.parent / "tasks").glob("*.yml")}
    assert files == roles


def tasks() -> list[dict[str, Any]]:
    """Return every task of every role."""
    files = sorted((playbook.SITE.parent / "tasks").glob("*.yml"))
    return [task for file in files for task in yaml.safe_load(file.read_text())]


def test_only_modules_of_ansible_core_are_used() -> None:
    """The bench installs no collection."""
    words = {word for task in tasks() for word in task if "." in word}
    assert words and all(word.startswith("ansible.builtin.") for word in words)


def test_the_tasks_have_all_files_that_provision_would_write(lab: Lab) -> None:
    """A file that is added to provision is missed here, unless a task takes a whole folder."""
    text = "".join(file.read_text() for file in (playbook.SITE.parent / "tasks").glob("*.yml"))
    folders = ("/etc/apache2/", "/etc/systemd/")
    wanted = {path for node in BARE for path in written(lab, node)}
    missing = {path for path in wanted if path not in text and not path.startswith((*folders, "/web/"))}
    assert wanted and not missing


def written(lab: Lab, name: str) -> list[str]:
    """Return what provision writes on a node that is bare."""
    return sorted(variables.contents(provisioner.plan(lab, lab.node(name), Facts(facts_of("bare", name)))))


def test_the_tasks_have_all_commands_that_they_ask_for(lab: Lab) -> None:
    """A command that provision no longer runs is missed here, not on a machine."""
    text = "".join(file.read_text() for file in (playbook.SITE.parent / "tasks").glob("*.yml"))
    plans = [provisioner.plan(lab, lab.node(name), Facts(facts_of("bare", name))) for name in BARE]
    there = {program for plan in plans for program in variables.commands(plan)}
    asked = set(re.findall(r"commands\.(\w+)", text))
    assert asked and asked <= there


def test_the_recap_is_read_by_host() -> None:
    """What was unreachable has failed."""
    assert playbook.recap(OUTPUT) == {"director1": Recap(15, 9, 0), "nfs": Recap(20, 14, 1)}
