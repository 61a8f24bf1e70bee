"""Services that directors answer themselves: an active one and a standby, and no IPVS."""

from typing import ClassVar

from lvslab.model.base import Model
from lvslab.model.service import Protocol, VirtualService
from lvslab.model.values import Address, Port, Word


class LocalService(Model):
    """An address and port that whichever director holds the address answers itself, by its web server."""

    protocol: ClassVar[Protocol] = Protocol.TCP

    name: Word
    """The name of the service within the lab."""
    address: Address
    """A virtual address of one of the VRRP instances."""
    port: Port = 80
    """The port that clients connect to, which is that of `web`."""

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports that clients connect to."""
        return (self.port,)


AnyService = VirtualService | LocalService
"""What a client may ask for."""
