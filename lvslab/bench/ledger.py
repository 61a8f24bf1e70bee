"""What has been measured so far, by subject."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from lvslab.bench.figure import Figure, figures
from lvslab.errors import LabError

SHOWN = 6
"""How many of an error's last lines are told."""


@dataclass(frozen=True)
class Ledger:
    """Measurements, those of peers, and notes; each list grows while the bench runs."""

    values: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    peers: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    notes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    broken: set[str] = field(default_factory=set)
    """What failed before all its runs were made."""

    def add(self, name: str, value: float) -> None:
        """Keep a measurement."""
        self.values[name].append(value)

    def add_peer(self, name: str, value: float) -> None:
        """Keep a measurement of the peer."""
        self.peers[name].append(value)

    def add_pair(self, name: str, value: float, peer: float) -> None:
        """Keep a measurement with the peer's of the same run."""
        self.add(name, value)
        self.add_peer(name, peer)

    def note(self, name: str, text: str) -> None:
        """Keep a note, once."""
        if text not in self.notes[name]:
            self.notes[name].append(text)

    def failed(self, name: str, err: LabError) -> None:
        """Keep what a measurement failed of."""
        self.note(name, f"failed: {'; '.join([err.message, *err.details[-SHOWN:]])}")

    @contextmanager
    def kept_of(self, name: str) -> Iterator[None]:
        """Have an error of the lab in the block told as a note of a subject, which is then not whole."""
        try:
            yield
        except LabError as err:
            self.broken.add(name)
            self.failed(name, err)

    def figures(self, wanted: Sequence[str]) -> tuple[Figure, ...]:
        """Return the figures of the subjects in ``wanted``."""
        return figures(self.values, self.peers, self.notes, wanted, self.broken)
