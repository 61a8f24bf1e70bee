"""VRRP instances: who holds which virtual address, in keepalived's terms."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from lvslab.model.base import Model
from lvslab.model.values import Address, HostName, NetworkName, Seconds, Text, Whole, Word

_PASSWORD = Text("[A-Za-z0-9_.-]{1,8}", "1 to 8 letters, digits, '_', '.' and '-'")
Password = Annotated[str, _PASSWORD]
Priority = Annotated[int, Whole(1, 254)]


class VrrpState(StrEnum):
    """The state that keepalived starts an instance in."""

    MASTER = "MASTER"
    BACKUP = "BACKUP"


class VrrpInstance(Model):
    """A group of directors of which one, the master, holds the virtual addresses."""

    name: Word
    """The name in keepalived's configuration and log, for example VI_1."""
    network: NetworkName
    """The network that adverts are sent on and that the virtual addresses are in."""
    virtual_router_id: Annotated[int, Whole(1, 255)]
    """The number that tells this instance from others on the same network."""
    version: Literal[2, 3] = 2
    """The version of VRRP: 2 is RFC 3768, 3 is RFC 5798 and knows fractions of a second."""
    advert_int: Seconds = 1
    """The seconds between two adverts; whole ones in version 2."""
    auth_pass: Password | None = None
    """The password of auth_type PASS; only in version 2. It is sent in clear text."""
    virtual_addresses: tuple[Address, ...] = Field(min_length=1)
    """The VIPs, held by whichever director is master."""
    priorities: dict[HostName, Priority] = Field(min_length=1)
    """Each director's priority; the highest becomes master."""

    @property
    def master(self) -> str:
        """The name of the director that is master when all are well."""
        return max(self.priorities, key=self.priorities.__getitem__)

    def state_of(self, director: str) -> VrrpState:
        """Return the state that a director has when all are well."""
        return VrrpState.MASTER if director == self.master else VrrpState.BACKUP
