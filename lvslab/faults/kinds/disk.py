"""Faults of the storage node's disks: failed, pulled, slow, full."""

from lvslab.errors import UsageError
from lvslab.faults.ground import Ground
from lvslab.faults.kind import Again, Kind, Memory, Takes
from lvslab.faults.order import Order
from lvslab.faults.values import Parameter, disk, size, whole
from lvslab.host import disks, machines
from lvslab.model import Lab, Role, Size, Storage

STORAGE = Takes((Role.NFS,), most=1, default="storage")
DISK = Parameter("disk", "SERIAL", "the disk, by its serial; the first unless told", "", disk)
# what mdadm --detail calls a member; by the symbolic link, since letters are not stable
MEMBER = "/dev/disk/by-id/virtio-{serial}-part1"
# A member that missed writes is a stranger to its array: its superblock goes, and it comes back as a new one.
BACK = """
member=$(readlink -e {member}) || {{ echo "no {member}"; exit 1; }}
state=$(cat /sys/block/{array}/md/dev-"${{member##*/}}"/state 2>/dev/null || echo out)
case $state in
*faulty*) mdadm {device} --remove "$member" ;;
out) ;;
*) exit 0 ;;
esac
mdadm --zero-superblock "$member"
mdadm {device} --add "$member"
"""
APPEARS = """
i=0; until [ -e {member} ]; do i=$((i + 1)); [ $i -lt 200 ] || {{ echo "no {member}"; exit 1; }}; sleep 0.1; done
"""
FILL = """
mkdir {folder}/.filling && cd {folder}/.filling || exit 1
size=$(($(stat --file-system --format '%f * %S' .)))
while [ "$size" -ge 4096 ]; do fallocate --length "$size" "$size" 2>/dev/null || true; size=$((size / 2)); done
if dd if=/dev/zero of=more bs=64k count=1 2>/dev/null; then echo "there is room left"; exit 1; fi
"""


def _storage(lab: Lab) -> Storage:
    assert lab.storage is not None  # a lab without has no node of role nfs that could be a target
    return lab.storage


class OfDisk(Kind):
    """The common part: one disk of the storage node."""

    takes = STORAGE
    parameters: tuple[Parameter, ...] = (DISK,)

    def check(self, lab: Lab, order: Order) -> None:
        """Refuse a node that holds no storage."""
        if lab.storage is None or order.targets != (lab.storage.node,):
            raise UsageError(f"{order.name}: {lab.name} keeps no storage on {', '.join(order.targets)}")

    def fields(self, lab: Lab, order: Order) -> dict[str, str]:
        """Return what scripts are filled in with."""
        device = _storage(lab).array.device
        return {
            "member": MEMBER.format(serial=order.arguments["disk"]),
            "device": device,
            "array": device.rpartition("/")[2],
        }

    def marks(self, lab: Lab, order: Order) -> frozenset[str]:
        """Return the disk: it fails, or is pulled, once."""
        return frozenset({f"disk {order.arguments['disk']}"})


class Fail(OfDisk):
    """The array is told that a member is broken."""

    name = "disk.fail"
    does = "The array takes a member for broken (mdadm --fail) and rebuilds onto a spare; healed, it is added anew."
    inside = True

    def inject(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Mark the member as faulty."""
        script = "mdadm {device} --fail {member}".format(**self.fields(ground.lab, order))
        ground.run(order.targets[0], script)

    def heal(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Remove the member and add it as a new one; where a spare took its place, it is the spare now."""
        script = ("set -e" + BACK).format(**self.fields(ground.lab, order))
        ground.run(order.targets[0], script)


class Pull(OfDisk):
    """A disk is taken out."""

    name = "disk.pull"
    does = "A disk is taken out of the running machine; healed, it is put back and added to the array anew."
    inside = True

    def prepare(self, ground: Ground, order: Order) -> Memory:
        """Return how libvirt describes the disk."""
        return {"xml": disks.xml(order.targets[0], order.arguments["disk"])}

    def inject(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Detach the disk (virsh detach-disk --live)."""
        disks.pull(order.targets[0], memory["xml"])

    def heal(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Plug the disk in and give it back to the array."""
        node = order.targets[0]
        if disks.target(memory["xml"]) not in disks.plugged(node):
            disks.plug(node, memory["xml"])
        detached = "mdadm {device} --fail detached --remove detached >/dev/null 2>&1 || true\n"
        script = ("set -e" + APPEARS + detached + BACK).format(**self.fields(ground.lab, order))
        ground.run(node, script)


class Slow(OfDisk):
    """A disk is slow."""

    name = "disk.slow"
    does = "A disk of the array reads and writes slowly, and with it all that waits for the array."
    parameters = (
        DISK,
        Parameter("rate", "SIZE", "how much it reads and writes in a second", "1MiB", size),
        Parameter("iops", "NUMBER", "how many operations in a second; 0 is without limit", "0", whole(0, 10**6)),
    )
    again = Again.STARTED

    def marks(self, lab: Lab, order: Order) -> frozenset[str]:
        """Return the disk's speed."""
        return frozenset({f"speed of {order.arguments['disk']}"})

    def inject(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Have the hypervisor throttle the disk (virsh blkdeviotune)."""
        rate, operations = int(Size.parse(order.arguments["rate"])), int(order.arguments["iops"])
        disks.throttle(order.targets[0], order.arguments["disk"], rate, operations)

    def heal(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Take the limits away; a machine that is off, or has no such disk, has none."""
        node, serial = order.targets[0], order.arguments["disk"]
        if machines.state(node) != "shut off" and serial in disks.described(node):
            disks.throttle(node, serial, 0, 0)


class Full(OfDisk):
    """The volume is full."""

    name = "disk.full"
    does = "The shared volume is filled to its last block: whoever writes is told ENOSPC; healed, the filling goes."
    inside = True
    parameters = ()

    def marks(self, lab: Lab, order: Order) -> frozenset[str]:
        """Return the volume."""
        return frozenset({f"room in {_storage(lab).volume.name}"})

    def inject(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Take the blocks by fallocate(1), half of what may be left each time, those reserved for root too."""
        ground.run(order.targets[0], FILL.format(folder=_storage(ground.lab).volume.mountpoint))

    def heal(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Remove the filling, and sync that to the disk: it is not to come back after a loss of power."""
        folder = _storage(ground.lab).volume.mountpoint
        ground.run(order.targets[0], f"rm -rf {folder}/.filling && sync {folder}")
