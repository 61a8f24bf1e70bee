"""A fault as predictions know it: in which words, with which parameters, and which packets no longer arrive."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

MASTER = "master"
BACKUP = "backup"
CLIENT = "client"
STORAGE = "storage"
DIRECTORS = "directors"
EVERYWHERE = " everywhere"
"""How the name of a fault ends that befalls all real servers."""
ALL = "all"
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Cut:
    """Packets of one protocol that are lost on their way, by who sends them and to whom.

    Nodes are called by what they are (master, backup, client, storage), real servers by their own names. Protocols
    are those of the network faults: all, vrrp, sync, health-checks, arp.
    """

    lost: frozenset[tuple[str, str]]
    protocol: str = ALL
    in_part: bool = False
    """Whether only some of the networks are cut that the directors are on."""

    def loses(self, sender: str, receiver: str, protocol: str = ALL) -> bool:
        """Whether packets of a protocol do not arrive; ``all`` asks for any packet whatever."""
        return self.protocol in (ALL, protocol) and (sender, receiver) in self.lost

    def parts(self, one: str, other: str, protocol: str = ALL) -> bool:
        """Whether two cannot have a conversation: one of its directions is lost."""
        return self.loses(one, other, protocol) or self.loses(other, one, protocol)


@dataclass(frozen=True)
class Strike:
    """What is known of a fault besides the timers of the cluster.

    ``key`` is its name and whom it befalls, in a prediction's words. Without ``arguments``, its defaults are meant.
    """

    key: str = ""
    arguments: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    servers: int = 1
    """How many of the real servers are targets."""
    cut: Cut | None = None
    """Which packets are lost, where the fault is that packets are lost."""

    def number(self, name: str, default: float) -> float:
        """Return a parameter that is a number, such as ``0.1`` or ``10``."""
        return float(self.arguments.get(name, default))


def one_way(senders: Iterable[str], receivers: Iterable[str]) -> frozenset[tuple[str, str]]:
    """Return every way from one group to another."""
    there = tuple(receivers)
    return frozenset((sender, receiver) for sender in senders for receiver in there if sender != receiver)


def both_ways(some: Iterable[str], others: Iterable[str]) -> frozenset[tuple[str, str]]:
    """Return every way between two groups."""
    here, there = tuple(some), tuple(others)
    return one_way(here, there) | one_way(there, here)
