"""How many directors hold the VIP, seen by samples and by adverts: one, at every moment."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from lvslab.history import Advert, DirectorSample
from lvslab.judge.sight import Sight
from lvslab.judge.words import SECOND

Stretch = tuple[int, int]
NO_HOLDER_SLACK = 2 * SECOND
"""How much longer than a failover nobody may be seen to hold the VIP: samples are a second apart, in ns."""

SAMPLES_APART = 3 * SECOND
"""Between samples further apart than this, in ns, nobody knows who held what."""


def two_by_samples(sight: Sight) -> tuple[Stretch, ...]:
    """Return the stretches in which two directors were seen to hold the same VIP.

    Samples of two nodes are never of the same moment. One node holds from one sample to its next if it did in both;
    another that held in between was a second owner. Where the VIP could have gone to the other and come back between
    the two samples, it takes another such sight to be sure.
    """
    found = [t for vip in sight.vips for t in _doubly_held(sight, vip)]
    certain = [stretch for stretch in joined([(t, t) for t in found]) if stretch[1] > stretch[0]]
    if _shortest_way_back(sight) > SAMPLES_APART:
        return joined([(t, t) for t in found])
    return tuple(certain)


def two_by_adverts(sight: Sight) -> tuple[Stretch, ...]:
    """Return the stretches in which two directors went on to advertise the same virtual router.

    A failover and a failback change the sender once each, or three times where two adverts cross on their way. Two
    that both believe to be master take turns again and again, each turn shorter than the backup's patience.
    """
    by_router: dict[tuple[str, int], list[Advert]] = {}
    for each in sight.history.of(Advert):
        if each.priority > 0:
            by_router.setdefault((each.network, each.virtual_router_id), []).append(each)
    return joined([stretch for adverts in by_router.values() for stretch in _turns(sight, adverts)])


def nobody(sight: Sight) -> tuple[Stretch, ...]:
    """Return the stretches in which every director was seen, and none held some VIP, longer than a failover takes."""
    own = _by_node(sight)
    directors = {each.name for each in sight.lab.directors}
    if set(own) != directors or not directors:
        return ()
    patience = max((int(each.master_down * SECOND) for each in sight.setup.vrrp), default=0) + NO_HOLDER_SLACK
    found = [stretch for vip in sight.vips for stretch in _unheld(vip, own.values())]
    return joined([(start, end) for start, end in found if end - start > patience], gap=0)


def joined(stretches: Sequence[Stretch], gap: int = 3 * SECOND) -> tuple[Stretch, ...]:
    """Return stretches with those that are close made one."""
    made: list[Stretch] = []
    for start, end in sorted(stretches):
        if made and start <= made[-1][1] + gap:
            made[-1] = (made[-1][0], max(made[-1][1], end))
        else:
            made.append((start, end))
    return tuple(made)


def _by_node(sight: Sight) -> dict[str, list[DirectorSample]]:
    found: dict[str, list[DirectorSample]] = {}
    for each in sight.samples:
        found.setdefault(each.node, []).append(each)
    return found


def _doubly_held(sight: Sight, vip: str) -> Iterator[int]:
    """Return when a director held a VIP while another held it before and after."""
    own = _by_node(sight)
    for node, samples in own.items():
        others = [each for name, rest in own.items() if name != node for each in rest if vip in each.holds]
        for one, two in pairwise(samples):
            if vip in one.holds and vip in two.holds and two.t - one.t < SAMPLES_APART:
                yield from (each.t for each in others if one.t <= each.t <= two.t)


def _shortest_way_back(sight: Sight) -> float:
    """Return how soon a VIP can be back at a director that gave it up, in ns: skew, and its own master-down."""
    return min((each.skew + each.master_down for each in sight.setup.vrrp), default=0.0) * SECOND


def _turns(sight: Sight, adverts: Sequence[Advert]) -> Iterator[Stretch]:
    timing = sight.timing(adverts[0].virtual_router_id, adverts[0].network)
    patience = int((timing.master_down if timing else 3 * adverts[0].interval + 1) * SECOND)
    changes = [later.t for earlier, later in pairwise(adverts) if _sender(earlier) != _sender(later)]
    for turns in zip(changes, changes[1:], changes[2:], changes[3:], strict=False):
        if all(later - earlier < patience for earlier, later in pairwise(turns)):
            yield turns[0], turns[-1]


def _unheld(vip: str, directors: Iterable[Sequence[DirectorSample]]) -> list[Stretch]:
    """Return where no director held a VIP."""
    first, *others = [_without(vip, samples) for samples in directors]
    for each in others:
        first = [(max(a, c), min(b, d)) for a, b in first for c, d in each if max(a, c) < min(b, d)]
    return first


def _without(vip: str, samples: Sequence[DirectorSample]) -> list[Stretch]:
    """Return where a director went without a VIP, from sample to sample with no gap in them."""
    bare = [
        (one.t, two.t)
        for one, two in pairwise(samples)
        if vip not in (*one.holds, *two.holds) and two.t - one.t < NO_HOLDER_SLACK
    ]
    return list(joined(bare, gap=0))


def _sender(advert: Advert) -> str:
    return advert.node or advert.source
