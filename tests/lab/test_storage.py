"""The storage: RAID5 over the disks' serials, LVM, ext4, NFS; and what is written there is what is served."""

import secrets
from collections.abc import Iterator

import pytest
from testinfra.host import Host

from lvslab.nodes.facts import storage as facts_of
from lvslab.nodes.facts import system
from lvslab.nodes.facts.storage import Array
from lvslab.nodes.probe import read
from lvslab.pytest_plugin import LabUnderTest
from lvslab.wait import wait_for

pytestmark = pytest.mark.lab(restore="never")  # these only look
WEBS = ("web1", "web2")
each_web = pytest.mark.parametrize("web", WEBS)
CHECK_LIMIT = 120.0


@pytest.fixture(scope="module")
def nfs(lab: LabUnderTest) -> Host:
    """Return the storage node."""
    return lab.node("nfs")


@pytest.fixture
def array(lab: LabUnderTest) -> Array:
    """Return the array as mdadm tells it now."""
    seen = facts_of.array(read(lab.remote("nfs"), [facts_of.array_probe("/dev/md5")])["array"])
    assert seen is not None
    return seen


def test_the_array_is_raid5_with_three_active_devices_and_a_spare(array: Array) -> None:
    """Level, devices and state are what the lab file says; nothing is degraded or rebuilding."""
    assert (array.level, array.active, array.spare, array.failed) == ("raid5", 3, 1, 0)
    assert array.is_clean


def test_the_members_are_the_first_partitions_of_the_four_disks_by_serial(lab: LabUnderTest, array: Array) -> None:
    """nfs-1 to nfs-3 are active and nfs-4 is the spare, whatever letters they got."""
    disks = facts_of.disks(read(lab.remote("nfs"), [facts_of.DISKS])["disks"])
    serials = {disk.partitions[0]: disk.serial for disk in disks.values() if disk.partitions}
    assert {serials[device]: state.split()[0] for device, state in array.members} == {
        "nfs-1": "active", "nfs-2": "active", "nfs-3": "active", "nfs-4": "spare",
    }  # fmt: skip
    assert {disks[f"nfs-{number}"].table for number in (1, 2, 3, 4)} == {"gpt"}


def test_mdadm_conf_names_the_array_by_its_uuid(nfs: Host, array: Array) -> None:
    """So it comes back as /dev/md5 and not as md127."""
    assert f"ARRAY /dev/md5 metadata=1.2 UUID={array.uuid}" in nfs.file("/etc/mdadm/mdadm.conf").content_string


@pytest.mark.thorough
def test_the_parity_is_right_on_every_stripe(lab: LabUnderTest, nfs: Host) -> None:
    """A check of the whole array, which was created without a first sync, ends with no mismatch."""
    md = "/sys/block/md5/md"
    nfs.check_output(f"echo 2000000 > {md}/sync_speed_max; echo check > {md}/sync_action")
    try:
        wait_for(
            lambda: nfs.file(f"{md}/sync_action").content_string == "idle\n",
            within=CHECK_LIMIT,
            what="the check of md5",
            seen=lambda: nfs.file("/proc/mdstat").content_string,
            every=0.5,
        )
    finally:
        nfs.check_output(f"echo idle > {md}/sync_action; echo system > {md}/sync_speed_max")
    assert nfs.file(f"{md}/last_sync_action").content_string == "check\n"
    assert nfs.file(f"{md}/mismatch_cnt").content_string == "0\n"
    # meanwhile pages come late, and a health check may have taken a web server out
    lab.wait_as_expected()


def test_the_volume_has_the_size_and_group_of_the_lab_file(lab: LabUnderTest) -> None:
    """vg0 lies on md5, and vg0/web has exactly 2 GiB."""
    readings = read(lab.remote("nfs"), [facts_of.GROUPS, facts_of.VOLUMES])
    assert facts_of.groups(readings["groups"]) == {"/dev/md5": "vg0"}
    assert facts_of.volumes(readings["volumes"]) == {"vg0/web": 2 * 2**30}


def test_the_volume_is_mounted_on_web_as_ext4_by_fstab(lab: LabUnderTest, nfs: Host) -> None:
    """The mount is there now, and the line that makes it at boot."""
    mount = system.mounts(read(lab.remote("nfs"), [system.MOUNTS])["mounts"])["/web"]
    assert (mount.source, mount.kind) == ("/dev/mapper/vg0-web", "ext4")
    lines = [line.split() for line in nfs.file("/etc/fstab").content_string.splitlines()]
    assert [line[:3] for line in lines if line[1] == "/web"] == [["/dev/vg0/web", "/web", "ext4"]]


def test_the_volume_is_exported_to_the_lan_with_the_options_of_the_lab_file(lab: LabUnderTest) -> None:
    """One export, to 192.168.18.0/24, read-write, synchronous, root trusted; what the kernel has, not the file."""
    assert lab.model.storage is not None
    [export] = facts_of.exports(read(lab.remote("nfs"), [facts_of.EXPORTS])["exports"])
    assert (export.path, export.client) == ("/web", "192.168.18.0/24")
    assert set(lab.model.storage.export.options) <= set(export.options)


@each_web
def test_a_web_server_mounts_the_export_on_its_document_root(lab: LabUnderTest, web: str) -> None:
    """By NFS, now and at boot, and at boot only once there is a network (_netdev)."""
    mount = system.mounts(read(lab.remote(web), [system.MOUNTS])["mounts"])[lab.model.web.document_root]
    assert (mount.source, mount.kind) == (f"{lab.address('nfs')}:/web", "nfs4")
    lines = [line.split() for line in lab.node(web).file("/etc/fstab").content_string.splitlines()]
    [line] = [line for line in lines if line[1] == lab.model.web.document_root]
    assert line[0] == mount.source
    assert "_netdev" in line[3].split(",")


@pytest.fixture
def page(nfs: Host) -> Iterator[tuple[str, str]]:
    """Return the path and the content of a page that was just written on the storage node."""
    name, content = f"/{secrets.token_hex(8)}.txt", secrets.token_hex(64)
    nfs.check_output(f"echo -n {content} > /web{name}")
    yield name, content
    nfs.check_output(f"rm /web{name}")


def test_what_is_written_on_the_storage_node_is_served_by_both_web_servers(
    lab: LabUnderTest, page: tuple[str, str]
) -> None:
    """At once, byte for byte, by each of them asked directly and through the VIP."""
    path, content = page
    direct = [answer for web in WEBS for answer in lab.client.get(address=lab.address(web), path=path)]
    balanced = lab.client.get(2, path=path)
    assert {(answer.status, answer.body) for answer in direct + balanced} == {(200, content)}
    assert {answer.server for answer in direct} == {answer.server for answer in balanced} == set(WEBS)
