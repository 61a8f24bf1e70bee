"""The networks of a lab: those that the cluster is on, and the one that it is managed by."""

from ipaddress import IPv4Address, IPv4Network
from typing import Annotated

from pydantic.json_schema import SkipJsonSchema

from lvslab.model.base import Model
from lvslab.model.values import IPv4Subnet, Subnet, Whole

ETHERNET_MTU, LARGEST_MTU = 1500, 9000
"""What an Ethernet frame carries, and what is usual as a jumbo frame; bytes."""
SMALLEST_MTU = 1280
"""What IPv6 asks of every link (RFC 8200, section 5); bytes."""
FIRST_MANAGED = 10
"""The first node's place in the management network; below it are the gateway and room for services."""


class Network(Model):
    """A network that nodes, client and VIPs share: one bridge on the host."""

    name: SkipJsonSchema[str] = ""
    subnet: Subnet
    """The network's subnet, for example 192.168.18.0/24."""
    mtu: Annotated[int, Whole(SMALLEST_MTU, LARGEST_MTU)] = ETHERNET_MTU
    """How many bytes a packet may have, IP header included, for all that is plugged into it."""

    @property
    def bridge(self) -> str:
        """The bridge's name on the host, at most fifteen characters."""
        return f"lab-{self.name}"


class Management(Model):
    """The network that provisioning, ssh and samplers use, apart from what the cluster carries."""

    subnet: IPv4Subnet = IPv4Network("192.168.121.0/24")
    """The subnet; the host has its first address, the nodes those from .10 on."""

    @property
    def gateway(self) -> IPv4Address:
        """The host's address in it."""
        return self.subnet[1]

    @property
    def room(self) -> int:
        """How many nodes it has addresses for."""
        return max(0, self.subnet.num_addresses - 1 - FIRST_MANAGED)

    def address(self, ordinal: int) -> IPv4Address:
        """Return the address of the node with this place in the lab, counted from 0."""
        return self.subnet[FIRST_MANAGED + ordinal]
