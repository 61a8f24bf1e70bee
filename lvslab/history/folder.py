"""The folder of a run: ``runs/DRILL/2026-11-20T081500Z/``, with ``latest`` beside it."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from lvslab.errors import UsageError
from lvslab.history import text
from lvslab.history.events import Event
from lvslab.history.history import History


@dataclass(frozen=True)
class RunFolder:
    """Where everything of one run is kept."""

    path: Path

    @classmethod
    def make(cls, runs: Path, drill: str, now: datetime | None = None) -> "RunFolder":
        """Make the folder of a run that begins ``now`` (UTC), and have ``latest`` name it."""
        stamp = (now or datetime.now(UTC)).strftime("%Y-%m-%dT%H%M%SZ")
        above = runs / drill
        above.mkdir(parents=True, exist_ok=True)
        for tail in ("", *(f"-{number}" for number in range(2, 1000))):
            try:
                (above / f"{stamp}{tail}").mkdir()
            except FileExistsError:
                continue
            break
        made = above / f"{stamp}{tail}"
        aside = above / f".latest-{os.getpid()}"
        aside.symlink_to(made.name)
        aside.rename(above / "latest")
        return cls(made)

    @classmethod
    def find(cls, word: str, runs: Path) -> "RunFolder":
        """Return the run that a word means: a folder, a history in it, or a drill (its latest run)."""
        candidates = (Path(word), Path(word).parent, runs / word / "latest", runs / word)
        for path in candidates:
            if (path / "history.jsonl").is_file():
                return cls(path.resolve())
        known = sorted(str(each.parent) for each in runs.glob("*/*/history.jsonl") if each.parent.name != "latest")
        raise UsageError(f"{word}: no run is there", "lvslab drill DRILL makes one", known[-5:])

    @property
    def history(self) -> Path:
        """The history."""
        return self.path / "history.jsonl"

    @property
    def lab(self) -> Path:
        """The lab file that the lab was raised from."""
        return self.path / "lab.yml"

    @property
    def drill(self) -> Path:
        """The drill file."""
        return self.path / "drill.yml"

    @property
    def capture(self) -> Path:
        """The captured packets (pcap)."""
        return self.path / "capture.pcap"

    @property
    def findings(self) -> Path:
        """The findings (JSON)."""
        return self.path / "findings.json"

    @property
    def logs(self) -> Path:
        """The folder of the nodes' journals."""
        return self.path / "logs"

    def read(self) -> History:
        """Return the history; UsageError when the file is none."""
        with self.history.open(encoding="utf-8") as lines:
            return History(text.events(lines, str(self.history)))

    def add(self, events: Iterable[Event]) -> None:
        """Write events at the end of the history."""
        with self.history.open("a", encoding="utf-8") as file:
            file.writelines(text.line(event) + "\n" for event in events)
