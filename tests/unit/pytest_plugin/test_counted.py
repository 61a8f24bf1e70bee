"""Counters that lag are read until they have stood still for as long as they may lag."""

from collections.abc import Iterable
from types import SimpleNamespace

import pytest

from lvslab import wait
from lvslab.nodes.facts.director import RealServer
from lvslab.pytest_plugin import lab
from lvslab.pytest_plugin.lab import LabUnderTest


class Counting(LabUnderTest):
    """A lab of one real server, whose counter is read as told: connections, and how many seconds it took."""

    def __init__(self, clock: list[float], readings: Iterable[tuple[int, float]]) -> None:
        self._clock, self._readings, self._connections = clock, iter(readings), 0

    def real_servers(self, name: str) -> dict[str, RealServer]:
        """Return the next reading; after the last one, that again."""
        self._connections, took = next(self._readings, (self._connections, 0.1))
        self._clock[0] += took
        return {"web1": RealServer("192.168.18.32:80", "DR", 1, 0, 0, self._connections)}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return a clock that only waiting and reading move."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    for module in (lab, wait):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=sleep))
    return now


def test_counters_that_stand_still_are_returned(clock: list[float]) -> None:
    """After the first reading of a value, it has to be read again when the kernel must have counted."""
    assert Counting(clock, [(3, 0.1), (5, 0.1)]).counted("director1") == {"web1": 5}
    assert clock[0] > lab.COUNTED_AFTER


def test_a_reading_that_took_long_is_no_newer_than_when_it_was_asked_for(clock: list[float]) -> None:
    """A host that stands still between the reading and the look at the clock has not seen counters stand still."""
    assert Counting(clock, [(5, 0.1), (5, 3.0), (6, 0.1)]).counted("director1") == {"web1": 6}
