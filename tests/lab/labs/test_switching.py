"""Back at the default lab, on machines that were another one a moment ago: nothing of that one is left."""

from pathlib import Path

import pytest

from lvslab.host import namespace, snapshots
from lvslab.pytest_plugin import LabUnderTest

# by its path, and so not among the other tests of this lab: it comes after all other labs
pytestmark = pytest.mark.lab(str(Path(__file__).parents[3] / "labs" / "lvs-dr.yml"))
OTHERS = (
    "/etc/systemd/system/ipvsadm-rules.service",
    "/etc/systemd/network/05-inside.network",
    "/etc/modules-load.d/lvs-tunnel.conf",
)


def test_the_lab_is_as_its_file_says_and_needs_nothing(lab: LabUnderTest) -> None:
    """It was verified when it came back, and provisioning finds nothing to do on any node."""
    assert {name: outcome.steps for name, outcome in lab.plan().items() if outcome.steps} == {}
    assert lab.client.shares(10) == {"web1": 5, "web2": 5}


@pytest.mark.parametrize("name", ["director1", "director2", "web1", "web2", "nfs"])
def test_no_file_route_or_address_of_another_lab_is_left(lab: LabUnderTest, name: str) -> None:
    """The second card is unused and down, and there is no way out."""
    node = lab.node(name)
    assert [path for path in OTHERS if node.file(path).exists] == []
    assert node.check_output("ip route show default") == ""
    assert node.check_output("ip -4 -oneline address show eth2") == ""


def test_the_other_labs_routers_are_gone(lab: LabUnderTest) -> None:
    """Of the namespaces, there is the client's alone; on the lab's bridge are five machines and the client."""
    assert [path.name for path in namespace.FOLDER.iterdir()] == ["client"]
    ports = Path("/sys/class/net", lab.model.networks["lan"].bridge, "brif")
    assert len(list(ports.iterdir())) == 6


def test_the_storage_node_keeps_what_other_labs_begin_from(lab: LabUnderTest) -> None:
    """One snapshot for each storage that was made on its disks; labs with the same share it."""
    assert lab.model.storage is not None
    assert snapshots.with_storage(lab.model.storage) in snapshots.names("nfs")


def test_a_snapshot_of_another_lab_is_none_of_this_one(lab: LabUnderTest) -> None:
    """Only what was taken of this lab can be restored."""
    assert snapshots.VERIFIED in snapshots.common(lab.model)
    assert snapshots.stored(lab.model, snapshots.VERIFIED) in snapshots.names("web1")
    assert not [name for name in snapshots.common(lab.model) if "lvs-" in name]
