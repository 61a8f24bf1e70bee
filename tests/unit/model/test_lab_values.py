"""What follows from a lab file: sizes, capacities, states, addresses, the resolved lab."""

import json
from ipaddress import IPv4Address, IPv6Network
from pathlib import Path

import pytest

from lvslab.errors import UsageError
from lvslab.model import Array, Forwarding, Lab, Role, Size, VrrpState, load_lab

LABS = Path(__file__).parents[3] / "labs"


@pytest.fixture(scope="module")
def lab() -> Lab:
    """Return the default lab."""
    return load_lab(LABS / "lvs-dr.yml")


@pytest.mark.parametrize(("text", "size"), [("512MiB", 2**29), ("2GiB", 2**31), ("2048MiB", 2**31), ("1TiB", 2**40)])
def test_a_size_is_bytes_in_python_and_has_a_unit_in_the_file(text: str, size: int) -> None:
    """A size is written with a unit and counts as bytes."""
    assert Size.parse(text) == size
    assert Size.parse(Size.parse(text).text) == size


def test_a_size_is_written_in_the_largest_unit_that_divides_it() -> None:
    """The text of a size is short, and exact."""
    assert [Size(2**31).text, Size(3 * 2**29).text, Size(2**31).gib] == ["2GiB", "1536MiB", 2.0]


@pytest.mark.parametrize(("level", "members", "data"), [(0, 2, 2), (1, 3, 1), (5, 3, 2), (6, 4, 2), (10, 4, 2)])
def test_an_array_holds_less_than_its_disks(level: int, members: int, data: int) -> None:
    """Redundancy and metadata take their share, and no more than they need."""
    capacity = Array.model_validate({"level": level, "members": members}).capacity(Size.parse("2GiB"))
    assert data * 2030 * 2**20 < capacity < data * 2**31


def test_the_highest_priority_is_master(lab: Lab) -> None:
    """The state of a director follows from the priorities."""
    [instance] = lab.vrrp_instances
    assert instance.master == "director1"
    assert instance.state_of("director1") is VrrpState.MASTER
    assert instance.state_of("director2") is VrrpState.BACKUP
    assert lab.vrrp_state("director2") == {"VI_1": "BACKUP"}
    assert lab.vrrp_state("web1") == {}


def test_nodes_are_found_by_name_and_by_role(lab: Lab) -> None:
    """Nodes come in the order of the file."""
    assert lab.node("nfs").role is Role.NFS
    assert [node.name for node in lab.directors] == ["director1", "director2"]
    assert [node.name for node in lab.web_servers] == ["web1", "web2"]
    assert lab.real_servers == lab.web_servers


def test_an_unknown_node_is_answered_with_the_likeliest_first(lab: Lab) -> None:
    """The message names every node, so that nobody has to look."""
    with pytest.raises(UsageError) as caught:
        lab.node("direktor2")
    assert caught.value.message == (
        "lvs-dr: there is no node 'direktor2', its nodes are director2, director1, web1, web2, nfs"
    )
    assert caught.value.hint == "did you mean 'director2'?"


def test_the_service_reaches_its_real_servers_on_the_vips_network(lab: Lab) -> None:
    """The address of a real server is its node's, on the network of the virtual address."""
    [service] = lab.virtual_services
    assert service.forwarding is Forwarding.DR
    assert lab.vips == (service.address,)
    addresses = [str(lab.real_server_address(service, server)) for server in service.real_servers]
    assert addresses == ["192.168.18.32", "192.168.18.33"]
    assert {service.port_of(server) for server in service.real_servers} == {80}


def test_disks_get_serials_after_their_node(lab: Lab) -> None:
    """A count and a size stand for as many disks with serials of their own."""
    assert [disk.serial for disk in lab.node("nfs").disks] == ["nfs-1", "nfs-2", "nfs-3", "nfs-4"]
    assert {disk.size.gib for disk in lab.node("nfs").disks} == {2.0}


def test_management_addresses_count_up_from_ten(lab: Lab) -> None:
    """The management network's first address is the host's, the nodes have those from .10 on."""
    assert lab.management.gateway == IPv4Address("192.168.121.1")
    addresses = [str(lab.management_address(node)) for node in lab.nodes.values()]
    assert addresses == [f"192.168.121.{number}" for number in range(10, 15)]


def test_the_lab_of_the_document_has_its_timers() -> None:
    """Adverts every 2 s; checks with 10 s, three more attempts, 3 s apart, every 2 s."""
    lab = load_lab(LABS / "lvs-dr-document.yml")
    [service] = lab.virtual_services
    assert lab.vrrp_instances[0].advert_int == 2
    assert service.delay_loop == 2
    assert service.check is not None
    assert (service.check.connect_timeout, service.check.retry, service.check.delay_before_retry) == (
        10,
        3,
        3,
    )


def test_whole_seconds_stay_whole(lab: Lab) -> None:
    """A configuration file gets "1", as the lab file has it, and not "1.0"."""
    assert str(lab.vrrp_instances[0].advert_int) == "1"


def test_a_netmask_of_ipv6_is_the_length_of_the_prefix(lab: Lab) -> None:
    """Vagrant takes nothing else for a private network (network.rb of its VirtualBox provider)."""
    lan = lab.networks["lan"].model_copy(update={"subnet": IPv6Network("fd00:18::/64")})
    resolved = json.loads(json.dumps(lab.model_copy(update={"networks": {"lan": lan}}).resolved()))
    assert resolved["networks"][0]["netmask"] == resolved["nodes"][0]["interfaces"][0]["netmask"] == "64"


def test_the_resolved_lab_is_json_with_every_value_written_out(lab: Lab) -> None:
    """The Vagrantfile needs no default and no arithmetic of its own."""
    resolved = json.loads(json.dumps(lab.resolved()))
    assert resolved["networks"] == [
        {
            "name": "lan",
            "bridge": "lab-lan",
            "subnet": "192.168.18.0/24",
            "netmask": "255.255.255.0",
            "prefix": 24,
        }
    ]
    [nfs] = [node for node in resolved["nodes"] if node["name"] == "nfs"]
    assert nfs == {
        "name": "nfs",
        "role": "nfs",
        "box": None,
        "memory": 256,
        "cpus": 1,
        "mac_management": "52:54:00:ff:00:0e",
        "management_address": "192.168.121.14",
        "interfaces": [
            {
                "network": "lan",
                "mac": "52:54:00:00:12:22",
                "address": "192.168.18.34",
                "prefix": 24,
                "netmask": "255.255.255.0",
            }
        ],
        "cards": [
            {"mac": "52:54:00:f1:00:0e", "network": "lan"},
            {"mac": "52:54:00:f2:00:0e", "network": "spare"},
        ],
        "disks": [{"serial": f"nfs-{number}", "size_bytes": 2**31} for number in range(1, 5)],
    }


def test_a_lab_survives_being_written_and_read(lab: Lab) -> None:
    """The dump of a lab is a lab file."""
    assert Lab.model_validate(json.loads(lab.model_dump_json(by_alias=True))) == lab
