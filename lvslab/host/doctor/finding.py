"""What the doctor asks, and what comes of it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How it stands with one thing: it is fine, it limits what a lab can do, or no lab can be raised."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Verdict:
    """What one look showed; ``remedy`` is a command to run, and empty when there is nothing to do."""

    status: Status
    seen: str
    remedy: str = ""


@dataclass(frozen=True)
class Finding:
    """A verdict with the name of what was looked at, and what that is needed for."""

    name: str
    status: Status
    seen: str
    remedy: str
    what: str


@dataclass(frozen=True)
class Probe:
    """One thing to look at: its name, what it is needed for, and the look itself."""

    name: str
    what: str
    check: Callable[[], Verdict]

    def look(self) -> Finding:
        """Look, and tell; never raises."""
        try:
            verdict = self.check()
        except Exception as err:  # a look that cannot be taken is a finding, and the others go on
            verdict = Verdict(Status.FAIL, f"could not be looked at: {str(err) or type(err).__name__}")
        return Finding(self.name, verdict.status, verdict.seen, verdict.remedy, self.what)


def ok(seen: str) -> Verdict:
    """Return the verdict that all is well."""
    return Verdict(Status.OK, seen)


def warn(seen: str, remedy: str = "") -> Verdict:
    """Return the verdict that a lab can be raised, with less than all it offers or with some risk."""
    return Verdict(Status.WARN, seen, remedy)


def fail(seen: str, remedy: str = "") -> Verdict:
    """Return the verdict that no lab can be raised."""
    return Verdict(Status.FAIL, seen, remedy)
