"""What every node is brought to: its name, the others' names, its addresses, its packages."""

from collections.abc import Callable

import pytest

from lvslab.errors import NodeError
from lvslab.model import Lab
from lvslab.nodes.facts.system import File
from lvslab.nodes.probe import Readings
from provision import base
from provision.provisioner import plan, roles, wants
from provision.role import Facts
from provision.step import Run, Write
from tests.unit.recorded import NODES, altered, facts_of, with_files

NETWORK = "/etc/systemd/network/05-lan.network"
Deviation = Callable[[Readings], Readings]


def whats(lab: Lab, node: str, readings: Readings) -> list[str]:
    """Return what the whole plan of a node would do."""
    return [step.what for step in plan(lab, lab.node(node), Facts(readings))]


@pytest.mark.parametrize("node", NODES)
def test_a_provisioned_node_is_left_alone(lab: Lab, node: str) -> None:
    """A second run finds nothing to do, on any node."""
    assert whats(lab, node, facts_of("lvs-dr", node)) == []


@pytest.mark.parametrize(
    ("node", "names"),
    [
        ("director1", ["base", "director"]),
        ("director2", ["base", "director"]),
        ("web1", ["base", "web"]),
        ("nfs", ["storage", "nfs", "base", "nfs"]),
    ],
)
def test_roles_of_a_node(lab: Lab, node: str, names: list[str]) -> None:
    """Addresses come first, for all but the volume needs them; the volume comes before its export.

    What takes long and is the same for every lab (the volume, and systemd told of NFS) comes first of all.
    """
    assert [role.name for role in roles(lab, lab.node(node))] == names


def test_a_node_of_role_nfs_that_holds_no_storage_is_a_plain_node(lab: Lab) -> None:
    """The lab file may have such a node and no storage."""
    alone = lab.model_copy(update={"storage": None})
    assert [role.name for role in roles(alone, alone.node("nfs"))] == ["base"]


@pytest.mark.parametrize(
    ("node", "address", "mac", "given"),
    [
        ("director1", "192.168.18.31/24", "52:54:00:00:12:1f", ["give eth1 the MAC address 52:54:00:00:12:1f"]),
        ("web1", "192.168.18.32/24", "52:54:00:00:12:20", ["give eth1 the MAC address 52:54:00:00:12:20"]),
        ("nfs", "192.168.18.34/24", "52:54:00:00:12:22", []),
    ],
)
def test_a_bare_node_gets_its_name_and_its_address(
    lab: Lab, node: str, address: str, mac: str, given: list[str]
) -> None:
    """Both at once and for the next boot; nfs was recorded on a machine that was made with the lab's MAC address."""
    steps = base.plan(lab, lab.node(node), Facts(facts_of("bare", node)))
    assert [step.what for step in steps] == [
        "write /etc/hosts",
        "write /etc/hostname",
        f"set the host name to {node}",
        f"write {NETWORK}",
        *given,
        "set eth1 up",
        f"put {address} on eth1",
    ]
    written = {step.path: step.content for step in steps if isinstance(step, Write)}
    assert written["/etc/hostname"] == f"{node}\n"
    assert f"MACAddress={mac}\n" in written[NETWORK]
    assert f"Address={address}\n" in written[NETWORK]


def test_every_node_knows_every_name(lab: Lab) -> None:
    """All nodes and the client, with the addresses of the lab file, after localhost."""
    assert base.hosts(lab).splitlines() == [
        "127.0.0.1\tlocalhost",
        "::1\tlocalhost",
        "192.168.18.31\tdirector1",
        "192.168.18.30\tdirector2",
        "192.168.18.32\tweb1",
        "192.168.18.33\tweb2",
        "192.168.18.34\tnfs",
        "192.168.18.140\tclient",
    ]


@pytest.mark.parametrize(
    ("deviation", "repair"),
    [
        (lambda seen: with_files(seen, {"/etc/hosts": None}), ["write /etc/hosts"]),
        (lambda seen: with_files(seen, {"/etc/hostname": File("debian\n")}), ["write /etc/hostname"]),
        (lambda seen: altered(seen, "hostname", "web1", "debian"), ["set the host name to web1"]),
        (
            lambda seen: altered(seen, "addresses", '"192.168.18.32"', '"192.168.18.99"'),
            ["set eth1 up", "put 192.168.18.32/24 on eth1"],
        ),
        (lambda seen: with_files(seen, {NETWORK: File("[Match]\n")}), [f"write {NETWORK}"]),
        (
            lambda seen: altered(
                seen, "units", "=enabled\n\nNames=apache2.service", "=disabled\n\nNames=apache2.service"
            ),
            ["have networkd configure interfaces at boot"],
        ),
        (
            lambda seen: altered(seen, "packages", "nfs-common installed", "nfs-common config-files"),
            ["update the package lists", "install nfs-common"],
        ),
    ],
)  # fmt: skip
def test_what_differs_is_repaired_and_nothing_else(lab: Lab, deviation: Deviation, repair: list[str]) -> None:
    """Each single deviation of a provisioned node has its own steps."""
    assert whats(lab, "web1", deviation(facts_of("lvs-dr", "web1"))) == repair


def test_missing_packages_are_installed_first(lab: Lab) -> None:
    """On another provider's box; all of them in one go, and only those that are missing."""
    seen = altered(facts_of("bare", "nfs"), "packages", "mdadm installed\n", "")
    first, second, *_ = plan(
        lab, lab.node("nfs"), Facts(altered(seen, "packages", "nfs-kernel-server installed\n", ""))
    )
    assert isinstance(first, Run) and first.argv == ("apt-get", "-qq", "update")
    assert isinstance(second, Run) and second.argv[-2:] == ("mdadm", "nfs-kernel-server")


def test_an_address_that_the_provider_configured_is_left_to_it(lab: Lab) -> None:
    """Where the address is there and no file of ours, as with VirtualBox, networkd's is not written."""
    assert whats(lab, "web1", with_files(facts_of("lvs-dr", "web1"), {NETWORK: None})) == []


def test_a_machine_without_the_interface_is_an_error(lab: Lab) -> None:
    """A machine that was made from another lab file has another MAC address."""
    seen = altered(facts_of("lvs-dr", "web1"), "addresses", "52:54:00:00:12:20", "52:54:00:00:12:99")
    with pytest.raises(NodeError, match="web1: no interface has the MAC address 52:54:00:00:12:20 of lan"):
        plan(lab, lab.node("web1"), Facts(seen))


@pytest.mark.parametrize("node", NODES)
def test_all_that_a_plan_looks_at_is_asked_for(lab: Lab, node: str) -> None:
    """No reading that was recorded is missing from what is wanted, nor the other way round."""
    assert {probe.name for probe in wants(lab, lab.node(node)).all_probes} == set(facts_of("lvs-dr", node))
