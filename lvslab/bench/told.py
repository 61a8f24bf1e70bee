"""What a run tells of the outage that its first fault cost: read from its summary.json. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lvslab.errors import UnusableError

NS_IN_MS = 1_000_000


@dataclass(frozen=True)
class Told:
    """An outage in ms: its length, its longest stretch (since the run's zero), and the window that was predicted."""

    length: float
    start: float
    end: float
    low: float
    high: float

    @property
    def stretch(self) -> float:
        """How long its longest stretch is."""
        return self.end - self.start

    @property
    def nearest(self) -> float:
        """The length that is predicted and nearest to what was measured."""
        return min(max(self.length, self.low), self.high)


def told(summary: Mapping[str, Any]) -> Told:
    """Return the outage of a run; UnusableError when the run judged none that was predicted."""
    found = (each for each in summary["findings"] if each["judge"] == "outage")
    finding = next((each for each in found if "predicted_high_ms" in each["figures"]), None)
    if finding is None:
        raise UnusableError(f"{summary['drill']}: the run tells of no outage that was predicted", "lvslab report")
    first, last = (moment / NS_IN_MS for moment in finding["where"])
    stretches = [each for each in summary["outage"]["stretches_ms"] if each[0] < last and first < each[1]]
    start, end = max(stretches, key=lambda each: each[1] - each[0], default=(first, first))
    figures = finding["figures"]
    return Told(figures["outage_ms"], start, end, figures["predicted_low_ms"], figures["predicted_high_ms"])
