"""The tracks of a page, in the order that they stand in."""

from lvslab.report.page.axis import Axis
from lvslab.report.page.track import Draw, Track
from lvslab.report.page.tracks import frame, network, requests, states, watching
from lvslab.report.record import Record

EVERY: tuple[Draw, ...] = (
    frame.faults,
    requests.rate,
    requests.latency,
    requests.errors,
    requests.shares,
    states.holders,
    network.adverts,
    network.arp,
    states.tables,
    states.webs,
    states.storage,
    watching.logs,
    frame.findings,
    watching.host,
    watching.gaps,
)


def tracks(record: Record, axis: Axis) -> tuple[Track, ...]:
    """Return the tracks that the history has something for."""
    drawn = (draw(record, axis) for draw in EVERY)
    return tuple(track for track in drawn if track)
