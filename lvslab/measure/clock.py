"""The clock of a run: nanoseconds of CLOCK_MONOTONIC since the run's zero.

CLOCK_MONOTONIC is the same for every process of the host, in whatever network or PID namespace, and nobody can step
it (clock_gettime(2)). The kernel stamps packets by CLOCK_REALTIME, which is put on this scale by where both clocks
stand at that moment.
"""

import time
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Clock:
    """Where a run's zero stands on the host's clocks, in nanoseconds."""

    monotonic_ns: int = field(default_factory=time.monotonic_ns)
    realtime_ns: int = field(default_factory=time.time_ns)

    def now(self) -> int:
        """Return the nanoseconds since zero."""
        return time.monotonic_ns() - self.monotonic_ns

    def of_monotonic(self, moment: int) -> int:
        """Return where a moment of CLOCK_MONOTONIC stands."""
        return moment - self.monotonic_ns

    def of_realtime(self, moment: int) -> int:
        """Return where a recent moment of CLOCK_REALTIME stands; right also after that clock was stepped."""
        return self.now() - (time.time_ns() - moment)

    def to_realtime(self, t: int) -> int:
        """Return what CLOCK_REALTIME shows at a moment of the run, if it is not stepped."""
        return self.realtime_ns + t
