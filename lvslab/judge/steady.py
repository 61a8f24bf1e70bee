"""The part of a phase in which nothing changed: only there can a share be promised."""

from collections.abc import Iterator
from itertools import pairwise

from lvslab.history import DirectorSample
from lvslab.history.history import Span
from lvslab.judge.sight import Sight
from lvslab.judge.witnesses import rows_of
from lvslab.judge.words import SECOND
from lvslab.model import VirtualService

COUNTED = 5 * SECOND // 2
"""How long a row's counter may stand behind what the row has passed on, in ns: IPVS adds up every two seconds."""
LEAST = 2 * SECOND
"""A stretch that is shorter, in ns, is none to count connections in."""


def longest(sight: Sight, service: VirtualService, phase: Span) -> Span:
    """Return the longest stretch of a phase with no fault being made or mended and one table; else all of it."""
    start, found = phase.start, []
    for begin, end in sorted((*_faults(sight), *_tables(sight, service))):
        if begin > start:
            found.append((start, min(begin, phase.end)))
        start = max(start, end)
    found.append((start, phase.end))
    start, end = max(found, key=lambda stretch: stretch[1] - stretch[0])
    return Span(phase.name, start, end) if end - start >= LEAST else phase


def counted(sight: Sight, service: VirtualService, span: Span) -> bool:
    """Whether the counters tell of a stretch alone.

    They do not near a change of the table: a row that comes back begins with what was told of it when it went, and
    what it had passed on since is added up to two seconds later (``ip_vs_start_estimator`` in the kernel). A change
    that is seen only after the stretch is none of it.
    """
    return not any(end - COUNTED < span.end and end > span.start for _, end in _tables(sight, service))


def _faults(sight: Sight) -> Iterator[tuple[int, int]]:
    for fault in sight.history.faults:
        yield fault.start, fault.injected or fault.start
        if fault.healing is not None:
            yield fault.healing, fault.end


def _tables(sight: Sight, service: VirtualService) -> Iterator[tuple[int, int]]:
    """Return when the table of a director that holds the service's address changed, until its counters tell so."""
    by_node: dict[str, list[DirectorSample]] = {}
    for each in sight.samples:
        if str(service.address) in each.holds:
            by_node.setdefault(each.node, []).append(each)
    for own in by_node.values():
        for one, two in pairwise(own):
            if weights(one, service) != weights(two, service):
                yield one.t, two.t + COUNTED


def weights(sample: DirectorSample, service: VirtualService) -> dict[str, int]:
    """Return the weights in a service's table by their servers."""
    return {name: row.weight for name, row in rows_of(sample, service.name).items()}
