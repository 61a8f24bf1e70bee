"""The machines of a lab: nodes with their addresses and disks, and the client."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, PrivateAttr, ValidationInfo, field_validator
from pydantic.json_schema import SkipJsonSchema

from lvslab.model.base import Model
from lvslab.model.network import FIRST_MANAGED
from lvslab.model.size import Size
from lvslab.model.storage import WebServer
from lvslab.model.values import Address, BoxFile, NetworkName, Text, Whole

MAC_PREFIX = "52:54:00"
MANAGEMENT_OCTET = 0xFF
CARD_OCTET = 0xF0
LEAST_CARDS = 2
Serial = Annotated[str, Text("[A-Za-z0-9][A-Za-z0-9-]{0,19}", "letters, digits and '-', at most 20 characters")]


class Role(StrEnum):
    """What a node is for."""

    DIRECTOR = "director"
    WEB = "web"
    NFS = "nfs"
    IDLE = "idle"


class System(StrEnum):
    """What runs on a node."""

    LINUX = "linux"
    FREEBSD = "freebsd"
    SOLARIS = "solaris"


class Disk(Model):
    """A disk besides the one that the node boots from."""

    serial: Serial
    """The serial number, by which the node finds it under /dev/disk/by-id."""
    size: Size
    """The size, for example 2GiB."""


class DiskSet(Model):
    """Some disks of one size, with serials <node>-1, <node>-2 and so on."""

    count: Annotated[int, Whole(1, 16)]
    """How many disks."""
    size: Size
    """The size of each, for example 2GiB."""


@dataclass(frozen=True)
class Place:
    """Where a node stands in its lab: what its MAC addresses are made from."""

    ordinal: int = 0
    networks: tuple[str, ...] = ()


class Node(Model):
    """A virtual machine of the lab."""

    name: SkipJsonSchema[str] = ""
    role: Role
    """What the node is for."""
    addresses: dict[NetworkName, Address] = Field(default={})
    """The node's address in each network that it is on; only an idle node may be on none."""
    gateway: Address | None = None
    """The router of its default route: a router's address, or a VIP of the directors."""
    virtual_addresses: tuple[Address, ...] = ()
    """VIPs that a director without VRRP has for good; its rules are set by ipvsadm then, not by keepalived."""
    memory: Annotated[int, Whole(96, 65536)] = 256
    """Memory in MiB."""
    cpus: Annotated[int, Whole(1, 64)] = 1
    """Virtual processors."""
    disks: tuple[Disk, ...] = ()
    """Disks besides the one it boots from: a count and a size, or a list of serials and sizes."""
    web_server: WebServer | None = None
    """The HTTP server of this node; that of `web` unless told."""
    box: BoxFile | None = None
    """A box of your own for a real server, a path from the lab file on; lvslab raises it and never logs in to it."""
    system: System = System.LINUX
    """What runs in a box of your own."""

    _place: Place = PrivateAttr(default=Place())

    @field_validator("disks", mode="before", json_schema_input_type=DiskSet | tuple[Disk, ...])
    @classmethod
    def _expand_disk_set(cls, value: Any, info: ValidationInfo) -> Any:
        if not isinstance(value, Mapping):
            return value
        disks = DiskSet.model_validate(value)
        return [{"serial": f"{info.data['name']}-{i + 1}", "size": disks.size} for i in range(disks.count)]

    @property
    def is_managed(self) -> bool:
        """Whether lvslab logs in to the node; to one with a box of the user's own it does not."""
        return self.box is None

    def mac(self, network: str) -> str:
        """Return the MAC address on a network: the network's place, then the address's last two bytes.

        ``52:54:00:00:12:1f`` is 192.168.18.31 on the first network. A node that nobody provisions keeps its card's.
        """
        if not self.is_managed:
            return self.card(network)
        networks = self._place.networks or tuple(self.addresses)
        return mac_address(networks.index(network), self.addresses[network].packed)

    @property
    def cards(self) -> tuple[str, ...]:
        """The MAC addresses that its network cards are made with, beside the management network's.

        They name the node's place and theirs, and no address of any lab, so one machine serves many labs. A card in
        use is given the address that ``mac`` tells.
        """
        tail = (FIRST_MANAGED + self._place.ordinal).to_bytes(2)
        count = max(LEAST_CARDS, len(self.addresses))
        return tuple(mac_address(CARD_OCTET + number, tail) for number in range(1, count + 1))

    def card(self, network: str) -> str:
        """Return the MAC address that the card in a network is made with, which the host's end of it is called by."""
        return self.cards[list(self.addresses).index(network)]

    @property
    def mac_management(self) -> str:
        """The MAC address on the management network; it ends like the node's address there."""
        return mac_address(MANAGEMENT_OCTET, (FIRST_MANAGED + self._place.ordinal).to_bytes(2))


class Client(Model):
    """Where requests come from: a namespace on the host, attached to the lab's bridges."""

    addresses: dict[NetworkName, Address] = Field(min_length=1)
    """The client's address in each network that it is on."""
    gateway: Address | None = None
    """The router of its default route."""


class Router(Model):
    """A router between networks of the lab: a namespace on the host, like the client."""

    name: SkipJsonSchema[str] = ""
    addresses: dict[NetworkName, Address] = Field(min_length=1)
    """The router's address in each network that it is on."""
    gateway: Address | None = None
    """The router of its own default route."""
    rp_filter: Annotated[int, Whole(0, 2)] = 0
    """Reverse path filtering (ip-sysctl): 1 drops what would not be answered by the way it came, 0 drops nothing."""


def mac_address(octet: int, tail: bytes) -> str:
    """Build a MAC address of QEMU's prefix, one byte for the network and two for the node."""
    return ":".join([MAC_PREFIX, *(f"{byte:02x}" for byte in (octet, *tail[-2:]))])
