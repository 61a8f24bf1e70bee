"""The sink of a history: any number of threads and processes write events to one file.

Each batch goes out in one write(2) to a file opened with O_APPEND, so lines of several writers never mix, and a run
that is killed leaves a file that can be read up to its last batch. Who adds an event never waits for the disk: a
thread writes, four times a second.
"""

import os
import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

from lvslab.history import text
from lvslab.history.events import Event

FLUSH_EVERY = 0.25


class Recorder:
    """Writes events at the end of a history; use it as a context manager."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines: list[str] = []
        self._taking, self._writing = threading.Lock(), threading.Lock()
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def add(self, event: Event) -> None:
        """Take an event; within a moment it is in the file."""
        self.extend((event,))

    def extend(self, events: Iterable[Event]) -> None:
        """Take several events."""
        lines = [text.line(event) + "\n" for event in events]
        with self._taking:
            self._lines += lines

    def flush(self) -> None:
        """Write out what has been taken so far."""
        with self._writing:
            with self._taking:
                lines, self._lines = self._lines, []
            data = "".join(lines).encode()
            while data:
                data = data[os.write(self._file, data) :]

    def close(self) -> None:
        """Write out everything and close the file; what is added afterwards is lost."""
        self._ended.set()
        self._thread.join()
        self.flush()
        os.close(self._file)

    def _run(self) -> None:
        while not self._ended.wait(FLUSH_EVERY):
            self.flush()

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
