"""Wait for a state with a deadline, and say what was seen last when it does not come."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from lvslab.errors import LabError, UnusableError

T = TypeVar("T")


@dataclass
class Deadline:
    """A moment on the monotonic clock, ``seconds`` from its making."""

    seconds: float
    _start: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> float:
        """Seconds until the deadline, never below 0."""
        return max(0.0, self._start + self.seconds - time.monotonic())

    @property
    def has_passed(self) -> bool:
        """Whether the deadline is over."""
        return self.left == 0.0


def wait_for(
    probe: Callable[[], T | None],
    *,
    within: float,
    what: str,
    seen: Callable[[], str] = lambda: "nothing",
    every: float = 0.1,
    error: type[LabError] = UnusableError,
    hint: str = "",
) -> T:
    """Call ``probe`` until it returns something true, and return that.

    ``within`` and ``every`` are in seconds; after ``within``, raises ``error`` with what ``seen`` tells of the last
    look.
    """
    deadline = Deadline(within)
    while True:
        found = probe()
        if found:
            return found
        if deadline.has_passed:
            raise error(f"{what}: {seen()} after {within:.1f} s", hint)
        time.sleep(min(every, deadline.left or every))
