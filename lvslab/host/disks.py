"""A machine's disks at the hypervisor: found by their serial, pulled, put back, slowed."""

from xml.etree import ElementTree

from lvslab.errors import MachineError
from lvslab.host.libvirtd import virsh
from lvslab.wait import wait_for

PULL_LIMIT = 30.0


def described(node: str) -> dict[str, ElementTree.Element]:
    """Return the machine's disks that have a serial, as its libvirt XML describes them now."""
    root = ElementTree.fromstring(virsh("dumpxml", node))
    found = {disk.findtext("serial"): disk for disk in root.iterfind("./devices/disk")}
    return {serial: disk for serial, disk in found.items() if serial}


def xml(node: str, serial: str) -> str:
    """Return the description of a disk that is plugged in, from which it can be plugged in again."""
    disk = described(node).get(serial)
    if disk is None:
        raise MachineError(f"{node}: no disk with the serial {serial} is plugged in", f"lvslab exec {node} -- lsblk")
    return ElementTree.tostring(disk, encoding="unicode")


def target(description: str) -> str:
    """Return the name that libvirt has for a disk, such as ``vdb``, from its description."""
    found = ElementTree.fromstring(description).find("target")
    assert found is not None
    return found.get("dev", "")


def pull(node: str, description: str) -> None:
    """Take a disk out of a running machine; return when the machine has let it go."""
    name = target(description)
    virsh("detach-disk", node, name, "--live")
    wait_for(
        lambda: name not in plugged(node),
        within=PULL_LIMIT,
        what=f"{node}: {name} pulled",
        seen=lambda: "it is still there",
        every=0.05,
        error=MachineError,
    )


def plugged(node: str) -> tuple[str, ...]:
    """Return libvirt's names of the disks that are plugged in."""
    return tuple(line.split()[0] for line in virsh("domblklist", node).splitlines() if line.strip())


def plug(node: str, description: str) -> None:
    """Put a disk into a running machine."""
    virsh("attach-device", node, "/dev/stdin", "--live", stdin=description)


def throttle(node: str, serial: str, bytes_a_second: int, operations_a_second: int) -> None:
    """Let a disk read and write so much a second; 0 is without limit. Until the machine is started anew."""
    limits = ("--total-bytes-sec", str(bytes_a_second), "--total-iops-sec", str(operations_a_second))
    virsh("blkdeviotune", node, target(xml(node, serial)), *limits, "--live")
