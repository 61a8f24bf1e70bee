"""Adverts as they pass a network: who sends them, what they say, and when each was seen (RFC 3768, section 5.1)."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from lvslab.pytest_plugin import LabUnderTest
from lvslab.pytest_plugin.wire import ETH_P_IP, Wire, packet

VRRP = 112


@dataclass(frozen=True)
class Advert:
    """An advert of version 2: when it was seen (monotonic, seconds), its sender, router id, priority and interval."""

    seen: float
    source: str
    router: int
    priority: int
    interval: int


def adverts(lab: LabUnderTest, network: str, count: int, within: float) -> list[Advert]:
    """Return the next adverts on a network; fewer than ``count`` where ``within`` seconds do not bring so many."""
    with lab.client.wire(network, host=None) as wire:
        return list(islice(_adverts(wire, within), count))


def _adverts(wire: Wire, within: float) -> Iterator[Advert]:
    for frame in wire.frames(within):
        seen = time.monotonic()
        if frame.kind != ETH_P_IP:
            continue
        found = packet(frame, frame.payload)
        if found.protocol == VRRP:
            _version, router, priority, _addresses, _authentication, interval = found.payload[:6]
            yield Advert(seen, found.source, router, priority, interval)
