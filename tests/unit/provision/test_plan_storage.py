"""The storage node: from bare disks to a mounted volume, and what becomes of data that is there."""

from collections.abc import Callable

import pytest

from lvslab.errors import NodeError
from lvslab.model import Lab
from lvslab.nodes.facts.system import File
from lvslab.nodes.probe import Reading, Readings
from provision import storage
from provision.role import Facts
from provision.step import Run, Step, Wait, Write
from provision.storage import FSTAB, MDADM_CONF
from tests.unit.recorded import altered, facts_of, reading, with_files

DESTRUCTIVE = ("sfdisk", "blkdiscard", "mkfs.ext4", "lvcreate", "vgcreate")
FSTAB_LINE = "/dev/vg0/web\t/web\text4\tdefaults\t0\t2\n"
SIZE = '\n                           "size": 2147483648'
REBUILT = "wait until /dev/md5 is rebuilt"
Deviation = Callable[[Readings], Readings]


def steps_of(lab: Lab, readings: Readings) -> list[Step]:
    """Return the role's plan."""
    return storage.plan(lab, lab.node("nfs"), Facts(readings))


def commands(steps: list[Step]) -> list[tuple[str, ...]]:
    """Return the commands that a plan runs."""
    return [step.argv for step in steps if isinstance(step, Run)]


def test_bare_disks_become_a_mounted_volume_in_order(lab: Lab) -> None:
    """mdadm.conf stands before the array is made: made without, it would come back under another name."""
    assert [step.what for step in steps_of(lab, facts_of("bare", "nfs"))] == [
        "partition nfs-1 (GPT)",
        "partition nfs-2 (GPT)",
        "partition nfs-3 (GPT)",
        "partition nfs-4 (GPT)",
        "wait for the partitions' names",
        f"write {MDADM_CONF}",
        "zero /dev/vdb1",
        "zero /dev/vdc1",
        "zero /dev/vdd1",
        "zero /dev/vde1",
        "create /dev/md5, RAID 5",
        "create volume group vg0",
        "create logical volume web",
        "make ext4 on /dev/vg0/web",
        f"write {FSTAB}",
        "make /web",
        "mount /web",
    ]


def test_the_array_is_made_as_the_lab_says(lab: Lab) -> None:
    """Level, members and spares are the lab file's; the UUID is the one in mdadm.conf; all members were zeroed."""
    steps = steps_of(lab, facts_of("bare", "nfs"))
    (conf,) = (step.content for step in steps if isinstance(step, Write) and step.path == MDADM_CONF)
    (create,) = (argv for argv in commands(steps) if argv[:2] == ("mdadm", "--create"))
    zeroed = [argv[-1] for argv in commands(steps) if argv[0] == "blkdiscard"]
    assert set(create) >= {"/dev/md5", "--level=5", "--raid-devices=3", "--spare-devices=1", "--assume-clean"}
    assert list(create[-4:]) == zeroed == ["/dev/vdb1", "/dev/vdc1", "/dev/vdd1", "/dev/vde1"]
    (uuid,) = (word.removeprefix("--uuid=") for word in create if word.startswith("--uuid="))
    assert f"ARRAY /dev/md5 metadata=1.2 UUID={uuid}\n" in conf


def test_the_array_has_the_uuid_that_the_lab_gave_it(lab: Lab) -> None:
    """What mdadm tells of the recorded array is what was computed beforehand; another lab's array has another."""
    assert lab.storage is not None
    uuid = storage.array_uuid(lab, lab.storage)
    assert f"UUID : {uuid}\n" in reading("mdadm/clean-with-spare.txt").output
    assert storage.array_uuid(lab.model_copy(update={"name": "other"}), lab.storage) != uuid


def test_disks_are_taken_by_serial_whatever_their_order(lab: Lab) -> None:
    """vdb need not be the first disk: the kernel names disks as it finds them."""
    seen = facts_of("bare", "nfs")
    said = seen["disks"].output.replace('"nfs-1"', '"x"').replace('"nfs-4"', '"nfs-1"').replace('"x"', '"nfs-4"')
    steps = steps_of(lab, {**seen, "disks": Reading(0, said)})
    assert [argv[-1] for argv in commands(steps) if argv[0] == "sfdisk"] == [
        "/dev/vde",
        "/dev/vdc",
        "/dev/vdd",
        "/dev/vdb",
    ]


@pytest.mark.parametrize(("path", "name"), [("/dev/vdb", "/dev/vdb1"), ("/dev/nvme0n1", "/dev/nvme0n1p1")])
def test_partitions_are_named_as_the_kernel_does(path: str, name: str) -> None:
    """After a digit comes a p."""
    assert storage.partition(storage.facts_of.Disk(path, "s", "", ())) == name


@pytest.mark.parametrize(
    ("deviation", "repair"),
    [
        (lambda seen: with_files(seen, {MDADM_CONF: None}), [f"write {MDADM_CONF}"]),
        (
            lambda seen: with_files(seen, {MDADM_CONF: None, storage.INITRAMFS_HOOK: File("#!/bin/sh\n", 0o755)}),
            [f"write {MDADM_CONF}", "put mdadm.conf into the initramfs"],
        ),
        (lambda seen: with_files(seen, {FSTAB: File("")}), [f"write {FSTAB}"]),
        (lambda seen: altered(seen, "mounts", '"target": "/web"', '"target": "/mnt"'), ["make /web", "mount /web"]),
        (lambda seen: facts_of("array-rebuilding", "nfs"), [REBUILT]),
        (lambda seen: facts_of("array-degraded", "nfs"), [REBUILT]),
        (
            lambda seen: {**seen, "volumes": reading("lvs/none.json")},
            ["create logical volume web"],
        ),
        (
            lambda seen: altered(seen, "disks", '"fstype": "ext4",' + SIZE, '"fstype": null,' + SIZE),
            ["make ext4 on /dev/vg0/web"],
        ),
    ],
)  # fmt: skip
def test_what_differs_is_repaired_and_nothing_else(lab: Lab, deviation: Deviation, repair: list[str]) -> None:
    """A rebuild is waited for; a step that was not reached is made up for."""
    assert [step.what for step in steps_of(lab, deviation(facts_of("lvs-dr", "nfs")))] == repair


@pytest.mark.parametrize("state", ["lvs-dr", "array-rebuilding", "array-degraded"])
def test_nothing_destroys_an_array_that_is_there(lab: Lab, state: str) -> None:
    """Whatever state an array is in, its members are neither zeroed nor partitioned, and no layer is made anew."""
    assert [argv for argv in commands(steps_of(lab, facts_of(state, "nfs"))) if argv[0] in DESTRUCTIVE] == []


@pytest.mark.parametrize("state", ["array-stopped", "array-inactive"])
def test_members_with_data_are_never_made_anew(lab: Lab, state: str) -> None:
    """An array that does not run is not an array that is not there: its disks hold somebody's data."""
    bare = lab.model_copy(update={"name": "lvs-bare"})
    argvs = commands(steps_of(bare, facts_of(state, "nfs")))
    assert [argv for argv in argvs if argv[0] in ("sfdisk", "blkdiscard") or "--create" in argv] == []
    assert (("mdadm", "--assemble", "/dev/md5") in argvs) is (state == "array-stopped")


def test_a_rebuild_is_waited_for_by_what_mdadm_says(lab: Lab) -> None:
    """The question is asked of mdadm and answered by the state alone."""
    (wait,) = steps_of(lab, facts_of("array-rebuilding", "nfs"))
    assert isinstance(wait, Wait)
    assert wait.argv[:2] == ("sh", "-c")
    assert wait.argv[2].startswith("mdadm --detail /dev/md5 | grep")


@pytest.mark.parametrize(
    ("disks", "message"),
    [
        (reading("lsblk/no-data-disks.json"), "serial nfs-1 or nfs-2 or nfs-3 or nfs-4; serials seen: none"),
        (Reading(1, "lsblk: failed to access sysfs directory\n"), "serials seen: none"),
        (
            Reading(0, facts_of("bare", "nfs")["disks"].output.replace('"nfs-3"', '"other"')),
            "nfs: no disk has the serial nfs-3; serials seen: nfs-1, nfs-2, other, nfs-4",
        ),
    ],
)  # fmt: skip
def test_a_disk_that_is_not_there_is_an_error(lab: Lab, disks: Reading, message: str) -> None:
    """No array is made of what happens to be there, and none where nothing could be read."""
    with pytest.raises(NodeError, match=message):
        steps_of(lab, {**facts_of("bare", "nfs"), "disks": disks})


def test_fstab_keeps_its_other_lines(lab: Lab) -> None:
    """The root file system still mounts."""
    (fstab,) = (step for step in steps_of(lab, facts_of("bare", "nfs")) if step.what == f"write {FSTAB}")
    assert isinstance(fstab, Write)
    assert fstab.content == f"{fstab.old}{FSTAB_LINE}"
