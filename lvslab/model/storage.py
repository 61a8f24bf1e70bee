"""The storage behind the web servers: disks, RAID array, LVM volume, NFS export. And the web servers."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from lvslab.model.base import Model
from lvslab.model.size import Size
from lvslab.model.values import AbsolutePath, Flag, HostName, NetworkName, Port, Text, Whole

MINIMUM_MEMBERS = {0: 2, 1: 2, 5: 3, 6: 4, 10: 4}
_VOLUME_NAME = Text("[a-z][a-z0-9_]{0,30}", "a lower-case letter, then lower-case letters, digits and '_'")
_OPTION = Text("[a-z_]+(?:=[A-Za-z0-9_./:-]+)?", "an option of exports(5) such as rw or anonuid=33")
_MD_DEVICE = Text("/dev/md[0-9]{1,3}", "a device such as /dev/md5")

VolumeName = Annotated[str, _VOLUME_NAME]
ExportOption = Annotated[str, _OPTION]
ArrayDevice = Annotated[str, _MD_DEVICE]


class Array(Model):
    """A software RAID array, in mdadm's terms."""

    device: ArrayDevice = "/dev/md5"
    """The array's device."""
    level: Literal[0, 1, 5, 6, 10] = 5
    """The RAID level."""
    members: Annotated[int, Whole(2, 16)] = 3
    """How many active devices (mdadm's --raid-devices)."""
    spares: Annotated[int, Whole(0, 14)] = 0
    """How many spare devices (mdadm's --spare-devices)."""

    @property
    def devices(self) -> int:
        """How many disks the array takes, spares included."""
        return self.members + self.spares

    @property
    def data_members(self) -> int:
        """How many members' worth of data it holds, the rest being redundancy."""
        redundant = {0: 0, 1: self.members - 1, 5: 1, 6: 2, 10: self.members - self.members // 2}
        return self.members - redundant[self.level]

    def capacity(self, disk: Size) -> Size:
        """Return what a volume on the array can have when its smallest disk has this size.

        The partition table, mdadm's superblock and data offset, and LVM's header take at most 8 MiB and a
        thousandth of each disk.
        """
        usable = max(0, disk - 8 * 2**20 - disk // 1000)
        return Size(usable * self.data_members // 2**20 * 2**20)


class Volume(Model):
    """A logical volume on the array with a file system on it."""

    group: VolumeName = "vg0"
    """The volume group (vgcreate)."""
    name: VolumeName = "web"
    """The logical volume (lvcreate --name)."""
    size: Size
    """The size of volume and file system, for example 2GiB."""
    filesystem: Literal["ext4"] = "ext4"
    """The file system."""
    mountpoint: AbsolutePath = "/web"
    """Where the storage node mounts it, and what it exports."""

    @property
    def device(self) -> str:
        """The volume's device, such as ``/dev/vg0/web``."""
        return f"/dev/{self.group}/{self.name}"


class Export(Model):
    """The NFS export of the volume."""

    network: NetworkName
    """The network that may mount it."""
    options: tuple[ExportOption, ...] = Field(default=("rw", "sync", "no_root_squash"), min_length=1)
    """Options of exports(5)."""


class Storage(Model):
    """What the storage node holds and hands out."""

    node: HostName
    """The node, one of role nfs."""
    array: Array
    """The RAID array over the node's disks."""
    volume: Volume
    """The LVM volume on the array."""
    export: Export
    """The NFS export of the volume; every web server mounts it on its document root."""


class WebServer(StrEnum):
    """The HTTP servers that a box holds."""

    APACHE2 = "apache2"
    NGINX = "nginx"

    @property
    def unit(self) -> str:
        """The systemd unit that runs it."""
        return f"{self.value}.service"

    @property
    def access_log(self) -> str:
        """The file that it writes a line into for each request."""
        return f"/var/log/{self.value}/access.log"


TLS_PORT = 443
"""The port of HTTPS (RFC 9110, section 4.2.2)."""


class Web(Model):
    """What every web server runs: the nodes of role web, and directors that answer themselves."""

    server: WebServer = WebServer.APACHE2
    """The HTTP server, but where a node has another."""
    document_root: AbsolutePath = "/var/www/html"
    """The folder that it serves; the storage's export is mounted there."""
    port: Port = 80
    """The port that it listens on."""
    tls: Flag = False
    """Whether it serves by HTTPS too, on port 443, with a certificate of the lab's own authority."""

    udp_ports: tuple[Port, ...] = ()
    """UDP ports at which every datagram is answered with the server's name, by a program beside the HTTP server."""

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports that it listens on, that of HTTPS included."""
        return (self.port, TLS_PORT) if self.tls else (self.port,)
