"""The course of a drill: quiet, the timeline, recovery, quiet again; each step recorded as it happens."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar

from lvslab.drill.timeline import Action, Moment, moments
from lvslab.faults import Active, Faults, Order
from lvslab.history import Event, Fault, Phase
from lvslab.model import Drill

R = TypeVar("R")
GLANCE = 0.2
"""Seconds between two looks at what is going on, for whoever watches."""


class Watcher(Protocol):
    """Where events go; lvslab.measure.watch.Watch is one."""

    def now(self) -> int:
        """Return the moment, in ns since zero."""

    def record(self, event: Event) -> None:
        """Add an event to the history."""


class Course:
    """One drill on its way.

    ``glance`` is called five times a second while time passes; ``recovered`` returns when the lab is as its file says
    again, or raises.
    """

    def __init__(
        self,
        drill: Drill,
        orders: Sequence[Order],
        faults: Faults,
        watcher: Watcher,
        tell: Callable[[str], None],
        glance: Callable[[], None],
    ) -> None:
        self._drill = drill
        self._orders = orders
        self._faults = faults
        self._watcher = watcher
        self._tell = tell
        self._glance = glance
        self._active: dict[int, Active] = {}
        self._healed = 0
        self._pool = ThreadPoolExecutor(max_workers=max(1, 2 * len(orders)), thread_name_prefix="fault")
        self._begun: dict[int, list[Future[None]]] = {index: [] for index in range(len(orders))}

    def run(self, recovered: Callable[[int], None]) -> None:
        """Go from the quiet before to the quiet after; raises what a fault that could not be made raises.

        ``recovered`` is given the moment when the last fault was healed, in ns since zero.
        """
        self._phase("before")
        self._pass(self._drill.before)
        self._phase("fault")
        zero = time.monotonic()
        for moment in moments(self._drill):
            self._pass(zero + moment.at - time.monotonic())
            self._begin(moment)
        self._pass(zero + self._drill.lasts - time.monotonic())
        self._settle()
        self._phase("recovery")
        recovered(self._healed or self._watcher.now())
        self._phase("after")
        self._pass(self._drill.after)
        self._phase("end")

    def close(self) -> None:
        """Begin nothing more; what has begun is left to end."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _phase(self, name: str) -> None:
        self._watcher.record(Phase(self._watcher.now(), name))
        self._tell(f"phase {name}")

    def _pass(self, seconds: float) -> None:
        """Let time pass, and raise what failed meanwhile."""
        end = time.monotonic() + seconds
        never = threading.Event()
        while (left := end - time.monotonic()) > 0:
            never.wait(min(GLANCE, left))
            self._glance()
            self._raise_failures()

    def _settle(self) -> None:
        """Wait for every injection and healing to have ended."""
        while any(not future.done() for futures in self._begun.values() for future in futures):
            self._pass(GLANCE)
        self._raise_failures()

    def _raise_failures(self) -> None:
        for futures in self._begun.values():
            for future in futures:
                if future.done():
                    future.result()

    def _begin(self, moment: Moment) -> None:
        """Inject or heal beside the timeline, which goes on; a fault is healed only after it was injected."""
        earlier = tuple(self._begun[moment.step])
        work = self._inject if moment.action is Action.INJECT else self._heal
        self._begun[moment.step].append(self._pool.submit(work, moment.step, earlier))

    def _inject(self, step: int, _earlier: Sequence[Future[None]]) -> None:
        order = self._orders[step]
        self._record(step, "injecting")
        self._tell(f"injecting {order.name} on {', '.join(order.targets) or 'the host'}")
        self._active[step] = self._attempt(step, lambda: self._faults.inject(order))
        self._record(step, "injected")

    def _heal(self, step: int, earlier: Sequence[Future[None]]) -> None:
        for future in earlier:
            future.result()
        order = self._orders[step]
        self._record(step, "healing")
        self._tell(f"healing {order.name} on {', '.join(order.targets) or 'the host'}")
        self._attempt(step, lambda: self._faults.heal(self._active[step]))
        self._record(step, "healed")
        self._healed = self._watcher.now()

    def _attempt(self, step: int, work: Callable[[], R]) -> R:
        try:
            return work()
        except Exception as err:
            self._record(step, "failed", str(err))
            raise

    def _record(self, step: int, action: str, message: str = "") -> None:
        order = self._orders[step]
        event = Fault(self._watcher.now(), step, action, order.name, order.targets, dict(order.arguments), message)
        self._watcher.record(event)
