"""What a picture of a lab shows, whatever draws it: cards for machines, edges for what flows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

CLIENT = "client"
RUNNING = "running"


@dataclass(frozen=True)
class GraphState:
    """What is known of a running lab.

    ``nodes`` maps names to states such as ``running`` and ``off``; ``holder`` is the node that holds the
    VIPs, None when no node does, and ``holders`` are those of VIPs that are known one by one; ``weights`` are the
    real servers in the holder's IPVS table, None when the table was not read.
    """

    nodes: Mapping[str, str] = field(default_factory=dict)
    holder: str | None = None
    weights: Mapping[str, int] | None = None
    holders: Mapping[str, str | None] = field(default_factory=dict)


class Flow(StrEnum):
    """What an edge carries."""

    REQUEST = "request"
    FORWARD = "forward"
    REPLY = "reply"
    ADVERT = "advert"
    MOUNT = "mount"


@dataclass(frozen=True)
class Edge:
    """Something that flows from one machine to another; an idle edge is one that nothing takes now."""

    source: str
    target: str
    flow: Flow
    label: str = ""
    idle: bool = False
    returns: bool = False


@dataclass(frozen=True)
class Card:
    """One machine: a name, what it is, and what there is to know about it.

    ``held`` are the VIPs that it answers ARP for, ``hidden`` those that it has and keeps quiet about, each with its
    device, ``stack`` its storage from the top down and ``disks`` their serials, each with whether it is a spare.
    """

    name: str
    kind: str
    networks: tuple[str, ...]
    lines: tuple[str, ...]
    held: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    stack: tuple[str, ...] = ()
    disks: tuple[tuple[str, bool], ...] = ()
    state: str = ""

    @property
    def is_down(self) -> bool:
        """Whether the machine is known not to run."""
        return self.state not in ("", RUNNING)

    @property
    def facts(self) -> tuple[str, ...]:
        """All that the card says, from the top down, for pictures that are made of text."""
        spares = [serial for serial, is_spare in self.disks if is_spare]
        members = [serial for serial, is_spare in self.disks if not is_spare]
        return (
            self.name,
            *self.lines,
            *(f"VIP {vip}" for vip in self.held),
            *self.hidden,
            *self.stack,
            *([f"disks {', '.join(members)}"] if members else []),
            *([f"spare {', '.join(spares)}"] if spares else []),
            *([self.state] if self.is_down else []),
        )


@dataclass(frozen=True)
class View:
    """Everything that a picture shows."""

    name: str
    title: str
    networks: tuple[tuple[str, str], ...]
    client: Card
    cards: tuple[Card, ...]
    edges: tuple[Edge, ...]
    steps: tuple[str, ...]
