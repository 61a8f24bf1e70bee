"""VRRP instances: who holds which virtual address, in keepalived's terms."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from lvslab.model.base import Model
from lvslab.model.values import Address, Flag, HostName, NetworkName, Seconds, Text, Whole, Word

_PASSWORD = Text("[A-Za-z0-9_.-]{1,8}", "1 to 8 letters, digits, '_', '.' and '-'")
Password = Annotated[str, _PASSWORD]
Priority = Annotated[int, Whole(1, 254)]


class VrrpState(StrEnum):
    """The state that keepalived starts an instance in."""

    MASTER = "MASTER"
    BACKUP = "BACKUP"


class SyncGroup(Model):
    """VRRP instances of which none is master alone (keepalived's vrrp_sync_group)."""

    name: Word
    """The name in keepalived's configuration and log, for example VG_1."""
    instances: tuple[Word, ...] = Field(min_length=2)
    """The names of the instances."""


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
    nopreempt: Flag = False
    """Whether a director that comes back leaves the VIPs where they are."""
    preempt_delay: Seconds | None = None
    """For how many seconds a director that comes back waits before it takes the VIPs; not at all unless told."""
    higher_prio_send_advert: Flag = False
    """Whether a master that yields to a higher priority sends a last advert, so that the other announces itself."""
    unicast: Flag = False
    """Whether adverts go to each of the other directors by unicast, for networks that carry no multicast."""
    mcast_src_ip: Flag = False
    """Whether the source of multicast adverts is written down: the director's address on the network."""
    track_scripts: tuple[Word, ...] = ()
    """The names of the scripts that say whether a director is fit to be master."""

    @property
    def master(self) -> str:
        """The name of the director that is master when all are well."""
        return max(self.priorities, key=self.priorities.__getitem__)

    def state_of(self, director: str) -> VrrpState:
        """Return the state that a director has when all are well."""
        return VrrpState.MASTER if director == self.master else VrrpState.BACKUP

    def first_state_of(self, director: str) -> VrrpState:
        """Return keepalived's ``state`` of a director: a master from the start would neither wait nor hold back."""
        waits = self.nopreempt or self.preempt_delay
        return VrrpState.BACKUP if waits else self.state_of(director)
