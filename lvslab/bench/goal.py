"""A goal: what a figure is to come to, by itself or beside its peer. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median


class Comparison(StrEnum):
    """What of a figure is held against the limit."""

    ALONE = "alone"
    """Its median, in its own unit."""
    TIMES_PEER = "times-peer"
    """How many times the peer's median it is."""
    MORE_THAN_PEER = "more-than-peer"
    """By how much it is more than the peer, in the run where that is most."""
    APART_FROM_PEER = "apart-from-peer"
    """By how much it differs from the peer, in the run where that is most."""


@dataclass(frozen=True)
class Goal:
    """At most ``limit``, or at least, of what ``comparison`` tells."""

    limit: float
    comparison: Comparison = Comparison.ALONE
    at_least: bool = False

    def is_met(self, values: Sequence[float], peers: Sequence[float]) -> bool | None:
        """Whether measurements and those of the peer reach the goal; None where they cannot tell."""
        found = compared(self.comparison, values, peers)
        if found is None:
            return None
        return found >= self.limit if self.at_least else found <= self.limit

    def words(self, unit: str) -> str:
        """Return the goal for people; ``unit`` is the figure's."""
        sign = "≥" if self.at_least else "≤"
        match self.comparison:
            case Comparison.TIMES_PEER:
                return f"{sign} {self.limit:g} ×"
            case Comparison.MORE_THAN_PEER:
                return f"{sign} peer + {self.limit:g} {unit}"
            case Comparison.APART_FROM_PEER:
                return f"peer ± {self.limit:g} {unit}"
            case Comparison.ALONE:
                return f"{sign} {self.limit:g} {unit}"

    def as_json(self) -> dict[str, float | str | bool]:
        """Return the goal as plain data."""
        return {"limit": self.limit, "comparison": self.comparison.value, "at_least": self.at_least}


def compared(comparison: Comparison, values: Sequence[float], peers: Sequence[float]) -> float | None:
    """Return what is held against a limit; None where measurements of one side are missing, or the peer is 0."""
    if comparison is Comparison.ALONE:
        return median(values) if values else None
    if not values or not peers:
        return None
    if comparison is Comparison.TIMES_PEER:
        return ratio(values, peers)
    if len(values) != len(peers):
        return None
    differences = [value - peer for value, peer in zip(values, peers, strict=True)]
    if comparison is Comparison.APART_FROM_PEER:
        return max(abs(each) for each in differences)
    return max(differences)


def ratio(values: Sequence[float], peers: Sequence[float]) -> float | None:
    """Return how many times the peer's median the median is; None where one is missing or the peer is 0."""
    if not values or not peers or not median(peers):
        return None
    return median(values) / median(peers)
