"""Disks, arrays, volumes and exports, read from what a real storage node said."""

from collections.abc import Callable

import pytest

from lvslab.nodes.facts import storage
from lvslab.nodes.facts.storage import Array, Disk, Export
from lvslab.nodes.probe import NOTHING, Reading
from tests.unit.recorded import reading

UUID = "72a16634:86f0503f:ba1906c2:b639dc12"


@pytest.mark.parametrize(
    ("fixture", "is_clean", "expected"),
    [
        (
            "clean-with-spare",
            True,
            Array(
                "raid5",
                "clean",
                UUID,
                active=3,
                spare=1,
                failed=0,
                members=(
                    ("/dev/vdb1", "active sync"),
                    ("/dev/vdc1", "active sync"),
                    ("/dev/vdd1", "active sync"),
                    ("/dev/vde1", "spare"),
                ),
            ),
        ),
        (
            "rebuilding",
            False,
            Array(
                "raid5",
                "clean, degraded, recovering",
                UUID,
                active=2,
                spare=1,
                failed=1,
                members=(
                    ("/dev/vdb1", "active sync"),
                    ("/dev/vde1", "spare rebuilding"),
                    ("/dev/vdd1", "active sync"),
                    ("/dev/vdc1", "faulty"),
                ),
            ),
        ),
        (
            "degraded",
            False,
            Array(
                "raid5",
                "clean, degraded",
                UUID,
                active=2,
                spare=0,
                failed=2,
                members=(
                    ("/dev/vdb1", "active sync"),
                    ("/dev/vdd1", "active sync"),
                    ("/dev/vdc1", "faulty"),
                    ("/dev/vde1", "faulty"),
                ),
            ),
        ),
        (
            "inactive",
            False,
            Array(
                "raid5", "inactive", "b26db378:df1b515b:953b7da4:a3a22617", active=0, spare=0, failed=0, members=()
            ),
        ),
    ],
)
def test_an_array_in_each_state(fixture: str, is_clean: bool, expected: Array) -> None:
    """Members come in mdadm's order and words; only a whole array that runs is clean."""
    found = storage.array(reading(f"mdadm/{fixture}.txt"))
    assert found == expected
    assert found is not None and found.is_clean is is_clean


@pytest.mark.parametrize("fixture", ["missing", "stopped"])
def test_an_array_that_is_not_there_is_none(fixture: str) -> None:
    """mdadm fails for a device that does not exist, and for one that was stopped."""
    assert storage.array(reading(f"mdadm/{fixture}.txt", status=1)) is None


@pytest.mark.parametrize(
    ("state", "is_clean"),
    [
        ("clean", True),
        ("active", True),
        ("active, checking", True),
        ("clean, resyncing", False),
        ("active, degraded, recovering", False),
        ("clean, FAILED", False),
        ("active, FAILED, Not Started", False),
        ("inactive", False),
        ("broken", False),
        ("", False),
    ],
)
def test_which_states_are_clean(state: str, is_clean: bool) -> None:
    """A scrub of a whole array disturbs nobody; anything that lacks a member or its parity does."""
    assert Array("raid5", state, UUID, 3, 1, 0, ()).is_clean is is_clean


def test_disks_are_told_by_their_serials() -> None:
    """The disk that the node boots from has no serial, and so is none of the lab's."""
    assert storage.disks(reading("lsblk/array-and-volume.json")) == {
        f"nfs-{number}": Disk(f"/dev/vd{letter}", f"nfs-{number}", "gpt", (f"/dev/vd{letter}1",))
        for number, letter in enumerate("bcde", 1)
    }
    assert storage.disks(reading("lsblk/no-data-disks.json")) == {}


def test_a_bare_disk_has_no_table_and_no_partitions() -> None:
    """lsblk says null where there is nothing."""
    said = (
        '{"blockdevices": [{"path":"/dev/vdb","serial":"nfs-1","type":"disk","pttype":null,"fstype":null},'
        '{"path":"/dev/sr0","serial":"QM00001","type":"rom","pttype":null,"fstype":null}]}'
    )
    assert storage.disks(Reading(0, said)) == {"nfs-1": Disk("/dev/vdb", "nfs-1", "", ())}


def test_every_layer_has_its_kind() -> None:
    """File systems, array members and physical volumes are found at any depth."""
    assert storage.filesystems(reading("lsblk/array-and-volume.json")) == {
        "/dev/vda1": "ext4",
        "/dev/vdb1": "linux_raid_member",
        "/dev/vdc1": "linux_raid_member",
        "/dev/vdd1": "linux_raid_member",
        "/dev/vde1": "linux_raid_member",
        "/dev/md5": "LVM2_member",
        "/dev/mapper/vg0-web": "ext4",
    }


@pytest.mark.parametrize(("fixture", "groups"), [("one-group", {"/dev/md5": "vg0"}), ("none", {})])
def test_groups_by_physical_volume(fixture: str, groups: dict[str, str]) -> None:
    """pvs tells which volume group each physical volume is in."""
    assert storage.groups(reading(f"pvs/{fixture}.json")) == groups


@pytest.mark.parametrize(("fixture", "volumes"), [("one-volume", {"vg0/web": 2 * 2**30}), ("none", {})])
def test_volumes_with_their_size(fixture: str, volumes: dict[str, int]) -> None:
    """lvs tells the size of each logical volume in bytes."""
    assert storage.volumes(reading(f"lvs/{fixture}.json")) == volumes


def test_exports_with_their_options() -> None:
    """exportfs tells what the kernel exports, defaults included."""
    assert storage.exports(reading("exportfs/one-export.txt")) == (
        Export(
            "/web",
            "192.168.18.0/24",
            (
                "sync",
                "wdelay",
                "hide",
                "no_subtree_check",
                "sec=sys",
                "rw",
                "secure",
                "no_root_squash",
                "no_all_squash",
            ),
        ),
    )


@pytest.mark.parametrize(
    "parse",
    [storage.disks, storage.filesystems, storage.array, storage.groups, storage.volumes, storage.exports],
)
def test_a_tool_that_fails_tells_nothing(parse: Callable[[Reading], object]) -> None:
    """An error text is not taken for disks or volumes, and raises nothing."""
    assert not parse(NOTHING)
    assert not parse(Reading(5, "cannot open /dev/mapper/control\n"))
