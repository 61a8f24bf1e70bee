"""Reach a node: run a script on it and see its output as it comes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

Line = Callable[[str], None]
TIMEOUT = 60.0


@dataclass(frozen=True)
class Result:
    """What a command on a node said: its exit status and its output, stderr apart."""

    status: int
    stdout: str
    stderr: str = ""

    @property
    def ok(self) -> bool:
        """Whether the exit status is 0."""
        return self.status == 0


class Remote(Protocol):
    """A way to run commands on one node over a connection that is kept open."""

    @property
    def name(self) -> str:
        """The node's name."""

    def run(self, script: str, timeout: float = TIMEOUT, on_line: Line | None = None) -> Result:
        """Run ``script`` by the node's shell, as root, and return what it said, whatever its exit status.

        ``timeout`` is in seconds. ``on_line`` is given each line of standard output as it comes. Raises
        NodeError when the node cannot be reached or does not answer in time.
        """

    def close(self) -> None:
        """Let the connection go."""
