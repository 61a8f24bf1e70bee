"""After the last fault is healed: wait until the lab is what its file says, and ask nobody anything for it.

What tells is the looks that the run takes at every node each second anyway. A status of its own, taken again and
again, would cost five nodes so much of their processors that requests failed for it; and requests of its own would be
counted among those that the run is judged by. Whether the services answer, the prober tells.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from lvslab.history import DirectorSample, Look, Recovery, StorageSample, WebSample
from lvslab.model import SORRY, Lab, VirtualService
from lvslab.model.table import unmanaged_rows
from lvslab.nodes.facts.storage import in_sync
from lvslab.wait import Deadline
from provision.real_server import direct_vips, tunnel_vips

EVERY = 0.2
UNSERVED = "the client: not every request is answered"
FRESH = 500_000_000
"""How long after the healing a look must have begun to be of use, in ns: one that was under way saw the fault."""


class Watched(Protocol):
    """What a run sees of its lab anyway; lvslab.measure.watch.Watch does."""

    def now(self) -> int:
        """Return the moment, in ns since zero."""

    def looks(self) -> Mapping[str, Look]:
        """Return the latest look at each node, by its name."""

    def is_served(self) -> bool:
        """Whether all that the client asked in the last second was answered."""


def wait_until_recovered(
    lab: Lab,
    watch: Watched,
    healed: int,
    within: float,
    tell: Callable[[str], None],
    glance: Callable[[], None] = lambda: None,
) -> Recovery:
    """Wait until fresh looks differ in nothing from the lab file and the client is served; at most ``within`` s.

    ``healed`` is when the last fault was, in ns since zero. The client's caches may be wrong when every node is well.
    ``tell`` hears what is missing when that changes, and ``glance`` is called while time passes.
    """
    deadline, told = Deadline(within), ""
    while True:
        fresh = {name: look for name, look in watch.looks().items() if look.t - look.took > healed + FRESH}
        wrong = tuple(mismatches(lab, fresh)) or (() if watch.is_served() else (UNSERVED,))
        if not wrong or deadline.has_passed:
            return Recovery(watch.now(), watch.now() - healed, wrong)
        if fresh and wrong[0] != told:
            told = wrong[0]
            tell(told)
        glance()
        time.sleep(EVERY)


def mismatches(lab: Lab, looks: Mapping[str, Look]) -> Iterator[str]:
    """Return what is not as the lab file says, a line each; a node that nobody has looked at is one. Pure."""
    for name in watched(lab):
        look = looks.get(name)
        if look is None or look.error:
            yield f"{name}: {look.error if look else 'not seen yet'}"
        elif isinstance(look, DirectorSample):
            yield from _director(lab, look)
        elif isinstance(look, WebSample):
            yield from _web(lab, look)
        else:
            yield from _storage(lab, look)
    yield from _vips(lab, looks)


def watched(lab: Lab) -> tuple[str, ...]:
    """Return the nodes that are looked at."""
    storage = {lab.storage.node} if lab.storage else set()
    named = {node.name for node in (*lab.directors, *lab.web_servers)} | storage
    return tuple(name for name in lab.nodes if name in named)


def _vips(lab: Lab, looks: Mapping[str, Look]) -> Iterator[str]:
    directors = [look for look in looks.values() if isinstance(look, DirectorSample)]
    for vip in lab.vips:
        holders, wanted = [each.node for each in directors if str(vip) in each.holds], lab.may_hold(vip)
        if len(holders) != 1 or holders[0] not in wanted:
            yield f"{vip}: held by {' and '.join(holders) or 'no director'}, expected on {' or '.join(wanted)}"


def _director(lab: Lab, look: DirectorSample) -> Iterator[str]:
    if lab.has_keepalived(lab.node(look.node)) and not look.keepalived:
        yield f"{look.node}: keepalived does not run"
    if look.httpd is False:
        yield f"{look.node}: {lab.web_server_of(lab.node(look.node))} does not run"
    for service in lab.virtual_services:
        left_out = {SORRY, *unmanaged_rows(lab, service).values()}
        rows = [row for row in look.rows if row.service == service.name]
        seen = {row.server: row.weight for row in rows if row.server not in left_out}
        wanted = {name: weight for name, weight in _weights(service).items() if name not in left_out}
        if seen != wanted:
            yield f"{look.node}: {service.name} has real servers {_listed(seen)}, expected {_listed(wanted)}"


def _weights(service: VirtualService) -> dict[str, int]:
    return {server.node: server.weight for server in service.real_servers}


def _listed(weights: Mapping[str, int]) -> str:
    return ", ".join(f"{server} (weight {weight})" for server, weight in sorted(weights.items())) or "none"


def _web(lab: Lab, look: WebSample) -> Iterator[str]:
    if not look.httpd:
        yield f"{look.node}: {lab.web_server_of(lab.node(look.node))} does not run"
    if look.mounted is False:
        yield f"{look.node}: nothing is mounted on {lab.web.document_root}"
    node = lab.node(look.node)
    for vip in (*direct_vips(lab, node), *tunnel_vips(lab, node)):
        if vip.split("/")[0] not in look.vips:
            yield f"{look.node}: {vip} is not there"


def _storage(lab: Lab, look: StorageSample) -> Iterator[str]:
    assert lab.storage is not None
    array = lab.storage.array
    if not in_sync(look.state) or look.active != array.members or look.spares != array.spares:
        yield (
            f"{look.node}: {array.device} is {look.state or 'not there'} with {look.active} active and {look.spares}"
            f" spare devices, expected clean with {array.members} and {array.spares}"
        )
    if not look.mounted:
        yield f"{look.node}: nothing is mounted on {lab.storage.volume.mountpoint}"
    if not look.exported:
        yield f"{look.node}: {lab.storage.volume.mountpoint} is not exported"
