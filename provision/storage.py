"""The storage node: GPT, RAID, LVM, file system, mount; disks by serial, the array by UUID, never by order."""

import uuid

from lvslab.errors import NodeError
from lvslab.model import Lab, Node, Storage
from lvslab.nodes.facts import storage as facts_of
from provision.role import Facts, Role, Wants, with_line, write
from provision.step import Run, Step, Wait

MDADM_CONF = "/etc/mdadm/mdadm.conf"
FSTAB = "/etc/fstab"
INITRAMFS_HOOK = "/usr/share/initramfs-tools/hooks/mdadm"
LINUX_RAID = "A19D880F-05FC-4D3B-A006-743F0F84911E"
NAMESPACE = uuid.UUID("6c767364-0000-4000-8000-000000000005")
PACKAGES = ("mdadm", "lvm2", "fdisk", "e2fsprogs")


def array_uuid(lab: Lab, storage: Storage) -> str:
    """Return the array's UUID as mdadm writes it: chosen, not found, so that mdadm.conf can name it beforehand."""
    digits = uuid.uuid5(NAMESPACE, f"{lab.name}:{storage.array.device}").hex
    return ":".join(digits[start : start + 8] for start in range(0, 32, 8))


def devices(node: Node, facts: Facts) -> dict[str, facts_of.Disk]:
    """Return the node's disks in the lab's order, found by their serials; NodeError when one is not there."""
    there = facts_of.disks(facts.reading("disks"))
    missing = [disk.serial for disk in node.disks if disk.serial not in there]
    if missing:
        raise NodeError(
            f"{node.name}: no disk has the serial {' or '.join(missing)}; serials seen: {', '.join(there) or 'none'}",
            f"lvslab exec {node.name} -- lsblk -o PATH,SERIAL,SIZE",
        )
    return {disk.serial: there[disk.serial] for disk in node.disks}


def partition(disk: facts_of.Disk) -> str:
    """Return the name of the first partition of a disk, there or yet to be made."""
    return f"{disk.path}p1" if disk.path[-1].isdigit() else f"{disk.path}1"


def mdadm_conf(storage: Storage, identity: str) -> str:
    """Return mdadm.conf(5): without it, the array would come back under another name."""
    return f"HOMEHOST <ignore>\nMAILADDR root\nARRAY {storage.array.device} metadata=1.2 UUID={identity}\n"


def fstab_line(storage: Storage) -> str:
    """Return the line of fstab(5) that mounts the volume at boot."""
    volume = storage.volume
    return f"{volume.device}\t{volume.mountpoint}\t{volume.filesystem}\tdefaults\t0\t2"


def wants(lab: Lab, node: Node) -> Wants:
    """Return what this role looks at."""
    assert lab.storage is not None
    device = lab.storage.array.device
    return Wants(
        packages=PACKAGES,
        files=(MDADM_CONF, FSTAB, INITRAMFS_HOOK),
        probes=(
            facts_of.DISKS,
            facts_of.array_probe(device),
            # the group is on the array, and the volume in the group
            facts_of.where_there(device, facts_of.GROUPS),
            facts_of.where_there(device, facts_of.VOLUMES),
        ),
    )


def plan(lab: Lab, node: Node, facts: Facts) -> list[Step]:
    """Return the steps from bare disks to a mounted volume."""
    storage = lab.storage
    assert storage is not None
    steps = [*_partitions(node, facts), *_configuration(lab, storage, facts)]
    if waking := _wake_array(node, storage, facts):
        return [*steps, *waking]
    return [*steps, *_array(lab, node, storage, facts), *_volume(storage, facts), *_mount(storage, facts)]


def _partitions(node: Node, facts: Facts) -> list[Step]:
    steps: list[Step] = []
    for serial, disk in devices(node, facts).items():
        if not disk.partitions:
            table = f"label: gpt\ntype={LINUX_RAID}, name={serial}\n"
            argv = ("sfdisk", "--quiet", "--wipe", "always", disk.path)
            steps.append(Run(f"partition {serial} (GPT)", argv, table))
    if steps:
        steps.append(Run("wait for the partitions' names", ("udevadm", "settle")))
    return steps


def _configuration(lab: Lab, storage: Storage, facts: Facts) -> list[Step]:
    there = facts_of.array(facts.reading("array"))
    # an array that is there stays what it is, whatever the lab is called by now
    identity = there.uuid if there and there.uuid else array_uuid(lab, storage)
    steps = write(facts, MDADM_CONF, mdadm_conf(storage, identity))
    if steps and INITRAMFS_HOOK in facts.files:
        steps.append(Run("put mdadm.conf into the initramfs", ("update-initramfs", "-u")))
    return steps


def _members(node: Node, storage: Storage, facts: Facts) -> list[str]:
    return [partition(disk) for disk in devices(node, facts).values()][: storage.array.devices]


def _wake_array(node: Node, storage: Storage, facts: Facts) -> list[Step]:
    """Return the step that starts an array that is there and does not run.

    What is on its members may be somebody's data, and is known only when it runs: nothing else is planned before.
    """
    device = storage.array.device
    there = facts_of.array(facts.reading("array"))
    if there is not None and not there.is_started:
        return [Run(f"start {device}", ("mdadm", "--run", device), changes_facts=True)]
    kinds = facts_of.filesystems(facts.reading("disks"))
    if there is None and any(kinds.get(member) == "linux_raid_member" for member in _members(node, storage, facts)):
        return [Run(f"assemble {device}", ("mdadm", "--assemble", device), changes_facts=True)]
    return []


def _array(lab: Lab, node: Node, storage: Storage, facts: Facts) -> list[Step]:
    there = facts_of.array(facts.reading("array"))
    device = storage.array.device
    steps: list[Step] = []
    if there is None:
        members = _members(node, storage, facts)
        # the parity of zeros is zero: on members that were zeroed (at once, where the disk can) nothing is rebuilt
        steps += [Run(f"zero {member}", ("blkdiscard", "--zeroout", member)) for member in members]
        steps.append(Run(f"create {device}, RAID {storage.array.level}", _create(lab, storage, members)))
    elif not there.is_clean:
        look = f"mdadm --detail {device} | grep -Eq 'State : (clean|active) *$'"
        steps.append(Wait(f"wait until {device} is rebuilt", ("sh", "-c", look), within=300))
    return steps


def _create(lab: Lab, storage: Storage, members: list[str]) -> tuple[str, ...]:
    array = storage.array
    return (
        "mdadm", "--create", array.device, "--run", "--quiet", "--metadata=1.2", "--homehost=any",
        f"--level={array.level}", f"--raid-devices={array.members}", f"--spare-devices={array.spares}",
        f"--uuid={array_uuid(lab, storage)}", "--assume-clean", *members,
    )  # fmt: skip


def _volume(storage: Storage, facts: Facts) -> list[Step]:
    volume, device = storage.volume, storage.array.device
    groups = facts_of.groups(facts.reading("groups"))
    volumes = facts_of.volumes(facts.reading("volumes"))
    steps: list[Step] = []
    if volume.group not in groups.values():
        steps.append(Run(f"create volume group {volume.group}", ("vgcreate", "--yes", volume.group, device)))
    if f"{volume.group}/{volume.name}" not in volumes:
        size = f"{int(volume.size)}b"
        argv = ("lvcreate", "--yes", "--wipesignatures", "y", "--size", size, "--name", volume.name, volume.group)
        steps.append(Run(f"create logical volume {volume.name}", argv))
    if not _has_filesystem(storage, facts):
        kind = f"mkfs.{volume.filesystem}"
        steps.append(Run(f"make {volume.filesystem} on {volume.device}", (kind, "-q", volume.device)))
    return steps


def _has_filesystem(storage: Storage, facts: Facts) -> bool:
    volume = storage.volume
    mapped = f"/dev/mapper/{volume.group}-{volume.name}"
    return facts_of.filesystems(facts.reading("disks")).get(mapped) == volume.filesystem


def _mount(storage: Storage, facts: Facts) -> list[Step]:
    point = storage.volume.mountpoint
    old = facts.files[FSTAB].content if FSTAB in facts.files else ""
    steps = write(facts, FSTAB, with_line(old, point, fstab_line(storage)))
    if point not in facts.mounts:
        steps += [Run(f"make {point}", ("mkdir", "-p", point)), Run(f"mount {point}", ("mount", point))]
    return steps


STORAGE = Role("storage", wants, plan, is_foundation=True)
