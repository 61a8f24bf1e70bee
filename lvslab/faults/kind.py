"""What every kind of fault is: a name, whom it can befall, its parameters, how it is injected and healed."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum, auto

from lvslab.faults.ground import Ground
from lvslab.faults.order import Order
from lvslab.faults.values import Parameter
from lvslab.model import Lab, Role

Memory = dict[str, str]


class Again(Enum):
    """When a fault has to be injected again because a machine was started anew: never, or ..."""

    NEVER = auto()
    STARTED = auto()
    """... as soon as the machine runs: its tap and what libvirt keeps for a run are new."""
    BOOTED = auto()
    """... as soon as it answers: what was in the memory of its kernel is gone."""


@dataclass(frozen=True)
class Takes:
    """Whom a kind can befall: nodes of some roles (empty: any), how many at most, and who is meant unless told."""

    roles: tuple[Role, ...] = ()
    most: int = 1000
    default: str | None = None
    serving: bool = False
    """Whether a node of another role is meant as well where lvslab has it run a web server."""

    @property
    def words(self) -> str:
        """The same for people."""
        if self.most == 0:
            return "nothing: it befalls the host"
        kinds = [f"{role.value} nodes" for role in self.roles] + ["directors that serve"] * self.serving
        roles = " or ".join(kinds) or "nodes"
        told = f" ({self.default} unless told)" if self.default else ""
        return (roles.removesuffix("s") if self.most == 1 else roles) + told


class Kind(ABC):
    """A kind of fault.

    ``prepare`` changes nothing and returns what ``heal`` will need, so that it can be kept before anything is
    touched. ``heal`` can be called at any time after that: when ``inject`` ended, when it was cut short, and again.
    Each raises a LabError that names the node.
    """

    name: str
    does: str
    """One sentence, from the victim's point of view."""
    takes = Takes()
    parameters: tuple[Parameter, ...] = ()
    lasts = True
    """Whether there is anything to heal."""
    again = Again.NEVER
    inside = False
    """Whether it works inside its targets, so that it can only befall nodes that lvslab logs in to."""

    def check(self, lab: Lab, order: Order) -> None:  # noqa: B027 - most kinds have nothing to add
        """Raise UsageError for an order that makes no sense in this lab, besides what targets and parameters say."""

    def marks(self, lab: Lab, order: Order) -> frozenset[str]:
        """Return what the fault occupies: of two faults that share a mark, healing one would heal the other."""
        return frozenset(f"{self.name} on {target}" for target in order.targets or ("the host",))

    def logins(self, lab: Lab, order: Order) -> tuple[str, ...]:
        """Return the nodes that it has to be logged in to, to inject and to heal it."""
        return order.targets if self.inside else ()

    def concerns(self, order: Order, node: str) -> bool:
        """Whether a fault has to do with a machine that was started anew."""
        return node in order.targets

    def prepare(self, ground: Ground, order: Order) -> Memory:
        """Return what heal will need; changes nothing."""
        return {}

    @abstractmethod
    def inject(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Break it; return when it bites."""

    @abstractmethod
    def heal(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Mend it; return when it is mended. Does nothing where nothing is broken."""
