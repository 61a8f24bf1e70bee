"""Rules on storage: enough disks, a volume that fits, and an export that the web servers can reach."""

from collections.abc import Iterator

from lvslab.model.lab import Lab
from lvslab.model.mistake import Mistake, YamlPath
from lvslab.model.node import Node, Role
from lvslab.model.rules.words import repeated, unknown, wrong_node
from lvslab.model.size import Size
from lvslab.model.storage import MINIMUM_MEMBERS

SYSTEM_FOLDERS = "bin boot dev etc home lib lib64 opt proc root run sbin srv sys tmp usr var"


def storage_is_on_an_nfs_node(lab: Lab) -> Iterator[Mistake]:
    """The storage is on a node of role nfs."""
    wrong = wrong_node(lab, lab.storage.node, Role.NFS) if lab.storage else None
    if wrong:
        yield Mistake(("storage", "node"), wrong)


def array_has_enough_members(lab: Lab) -> Iterator[Mistake]:
    """Each RAID level needs a number of members."""
    if lab.storage is None:
        return
    array = lab.storage.array
    least = MINIMUM_MEMBERS[array.level]
    if array.members < least:
        message = f"found {array.members}, allowed: at least {least} at RAID level {array.level}"
        yield Mistake(("storage", "array", "members"), message)


def only_redundant_arrays_have_spares(lab: Lab) -> Iterator[Mistake]:
    """A spare has nothing to rebuild at level 0, and mdadm refuses it."""
    if lab.storage and lab.storage.array.level == 0 and lab.storage.array.spares:
        message = f"found {lab.storage.array.spares}, allowed: 0 at RAID level 0"
        yield Mistake(("storage", "array", "spares"), message)


def array_has_its_disks(lab: Lab) -> Iterator[Mistake]:
    """The storage node has a disk for each member and spare."""
    node = _storage_node(lab)
    if lab.storage and node and lab.storage.array.devices > len(node.disks):
        array = lab.storage.array
        wanted = f"{array.members} members and {array.spares} spares need {array.devices} disks"
        yield Mistake(("storage", "array"), f"{wanted}, {node.name} has {len(node.disks)}")


def volume_fits_the_array(lab: Lab) -> Iterator[Mistake]:
    """The volume is no larger than what the array has room for."""
    node = _storage_node(lab)
    if lab.storage is None or node is None or not node.disks:
        return
    volume, array = lab.storage.volume, lab.storage.array
    room = array.capacity(Size(min(disk.size for disk in node.disks)))
    if volume.size > room:
        message = f"found {volume.size.text}, allowed: at most {room.text}, the room on {array.device}"
        yield Mistake(("storage", "volume", "size"), message)


def export_reaches_the_web_servers(lab: Lab) -> Iterator[Mistake]:
    """The storage node and the web servers are on the network of the export."""
    if lab.storage is None:
        return
    network = lab.storage.export.network
    nodes = [node for node in (_storage_node(lab), *lab.web_servers) if node]
    absent = [node.name for node in nodes if network not in node.addresses]
    if network not in lab.networks:
        yield Mistake(("storage", "export", "network"), unknown("network", network, lab.networks))
    elif absent:
        message = f"found {network}, where these have no address: {', '.join(absent)}"
        yield Mistake(("storage", "export", "network"), message)


def export_is_by_ipv4(lab: Lab) -> Iterator[Mistake]:
    """The export is mounted by an IPv4 address."""
    network = lab.networks.get(lab.storage.export.network) if lab.storage else None
    if network and network.subnet.version == 6:
        yield Mistake(("storage", "export", "network"), f"found {network.name}, allowed: an IPv4 network")


def serials_are_unique_on_a_node(lab: Lab) -> Iterator[Mistake]:
    """A node tells its disks apart by their serials."""
    for node in lab.nodes.values():
        path = ("nodes", node.name, "disks")
        serials = [((*path, index, "serial"), disk.serial) for index, disk in enumerate(node.disks)]
        yield from repeated(serials, "the serial")


def mounts_hide_no_system_folder(lab: Lab) -> Iterator[Mistake]:
    """Neither the volume nor the export is mounted over what a node needs to run."""
    mounts: dict[YamlPath, str] = {("web", "document_root"): lab.web.document_root}
    if lab.storage:
        mounts[("storage", "volume", "mountpoint")] = lab.storage.volume.mountpoint
    for path, folder in mounts.items():
        if folder.strip("/") in SYSTEM_FOLDERS.split():
            yield Mistake(path, f"found {folder}, which the system needs; allowed: another folder")


def _storage_node(lab: Lab) -> Node | None:
    named = [node for node in lab.with_role(Role.NFS) if lab.storage and node.name == lab.storage.node]
    return named[0] if named else None


RULES = (
    storage_is_on_an_nfs_node,
    array_has_enough_members,
    only_redundant_arrays_have_spares,
    array_has_its_disks,
    volume_fits_the_array,
    export_reaches_the_web_servers,
    export_is_by_ipv4,
    serials_are_unique_on_a_node,
    mounts_hide_no_system_folder,
)
