"""What has been measured so far, by subject."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from lvslab.bench.figure import Figure, figures


@dataclass(frozen=True)
class Ledger:
    """Measurements, those of peers, and notes; each list grows while the bench runs."""

    values: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    peers: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    notes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, name: str, value: float) -> None:
        """Keep a measurement."""
        self.values[name].append(value)

    def add_peer(self, name: str, value: float) -> None:
        """Keep a measurement of the peer."""
        self.peers[name].append(value)

    def note(self, name: str, text: str) -> None:
        """Keep a note, once."""
        if text not in self.notes[name]:
            self.notes[name].append(text)

    def figures(self, wanted: Sequence[str]) -> tuple[Figure, ...]:
        """Return the figures of the subjects in ``wanted``."""
        return figures(self.values, self.peers, self.notes, wanted)
