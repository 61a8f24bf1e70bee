"""A load by locust inside the lab, with prober, capture and samplers as in a drill, or with none of them."""

import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from lvslab.errors import UnusableError
from lvslab.history import Attempt, RunFolder
from lvslab.lifecycle import instance
from lvslab.lifecycle.instance import Instance
from lvslab.measure.addresses import addresses
from lvslab.measure.clock import Clock
from lvslab.measure.exchange import Target
from lvslab.measure.load import Load
from lvslab.measure.watch import Watch
from lvslab.measure.wishes import LoadWishes, Wishes
from lvslab.nodes.fabric_remote import FabricRemote

WATCHED = "watched"


def measure(name: str, runs: str, users: str, seconds: str, how: str) -> dict[str, float]:
    """Load the lab ``name`` and return the good answers a second: locust's, and all of them.

    Continues inside the lab's namespaces. What happens is kept below the folder ``runs``.
    """
    folder = RunFolder.make(Path(runs), f"bench-load-{how}")
    found, clock = instance.entered(name), Clock()
    with ExitStack() as stack:
        if how == WATCHED:
            stack.enter_context(_watch(found, folder, clock))
        begin, end, problem = _load(found, folder, clock, LoadWishes(users=int(users)), float(seconds))
    if problem:
        raise UnusableError(problem, "lvslab load")
    return rates(folder.read().of(Attempt), begin, end)


def _watch(found: Instance, folder: RunFolder, clock: Clock) -> Watch:
    def connect(node: str) -> FabricRemote:
        return instance.remote(found.paths, found.lab, node)

    return Watch(found.lab, folder, connect, clock, Wishes())


def _load(
    found: Instance, folder: RunFolder, clock: Clock, wishes: LoadWishes, seconds: float
) -> tuple[int, int, str]:
    """Load for some seconds once locust works; return when that began and ended, and what went wrong."""
    service = found.lab.virtual_services[0]
    target = Target(service.name, str(service.address), service.port)
    with addresses(found.lab, service, wishes.addresses) as sources:
        load = Load(wishes, target, sources)
        load.start(folder.path, folder.history, clock, lambda requests: None)
        try:
            begin = clock.now()
            time.sleep(seconds)
            end = clock.now()
        finally:
            problem = load.stop()
    return begin, end, problem


def rates(attempts: Iterable[Attempt], begin: int, end: int) -> dict[str, float]:
    """Return the good answers a second between two moments (ns): ``locust``'s, and ``all``. Pure."""
    own = [each for each in attempts if each.ok and each.done is not None and begin <= each.done < end]
    seconds = (end - begin) / 1e9
    return {"locust": sum(each.stream == "locust" for each in own) / seconds, "all": len(own) / seconds}
