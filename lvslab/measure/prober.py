"""The prober: attempts on a fixed schedule that no answer, and no missing answer, can move.

A prober that waits for one request before it begins the next asks less often exactly when things go wrong, and so
tells an outage shorter than it was. This one runs in a process of its own (``python -m lvslab.measure.prober``, see
helper.py) with one thread, and tells how late it was itself.
"""

import gc
import resource
import select
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lvslab.history import Attempt, Event, Stall
from lvslab.host import source_ports
from lvslab.host.source_ports import SourcePorts
from lvslab.measure import helper
from lvslab.measure.clock import Clock
from lvslab.measure.datagram import Datagram
from lvslab.measure.exchange import CONNECT_LIMIT, WHOLE_LIMIT, Exchange, Target
from lvslab.measure.pages import Pages
from lvslab.measure.recorder import Recorder

SECOND = 1_000_000_000
AGENT = "lvslab-prober"
UnderWay = Exchange | Datagram
"""An attempt on its way."""
KINDS: dict[str, type[Exchange] | type[Datagram]] = {"tcp": Exchange, "udp": Datagram}
"""What an attempt is, by the protocol of what is asked."""


@dataclass(frozen=True)
class Plan:
    """How often (attempts a second) what is asked, from which addresses in turn."""

    target: Target
    rate: float = 100.0
    sources: tuple[str, ...] = ()

    @property
    def interval(self) -> int:
        """Nanoseconds between two attempts."""
        return round(SECOND / self.rate)


class Lateness:
    """Watches how late attempts are begun: the first of a row of late ones, and the worst of all."""

    def __init__(self, interval: int) -> None:
        self._interval = interval
        self._in_row = False
        self._told = 0
        self._worst = Stall(0, 0)

    def note(self, due: int, sent: int) -> Stall | None:
        """Take a moment that was due and when it came; return what is worth telling."""
        late = Stall(due, max(0, sent - due))
        self._worst = max(self._worst, late, key=lambda stall: stall.ns)
        first, self._in_row = not self._in_row, late.ns > self._interval
        if not (self._in_row and first):
            return None
        self._told = max(self._told, late.ns)
        return late

    def worst_untold(self) -> Stall | None:
        """Return the worst of all, unless it was told."""
        return self._worst if self._worst.ns > self._told else None


class Prober:
    """Begins attempts when they are due and follows all of them at once, in one thread."""

    def __init__(self, plan: Plan, clock: Clock, sink: Callable[[Event], None]) -> None:
        self._plan, self._clock, self._sink = plan, clock, sink
        self._kind, self._request = KINDS[plan.target.protocol], plan.target.request(AGENT)
        self._epoll = select.epoll()
        self._running: dict[int, UnderWay] = {}
        # each limit is the same for all, so the first in the row is the first to run out
        self._limits = ((CONNECT_LIMIT, deque[UnderWay]()), (WHOLE_LIMIT, deque[UnderWay]()))
        self._lateness = Lateness(plan.interval)
        self._begun = 0
        self._ports = SourcePorts(source_ports.PROBER, plan.rate)
        self._pages = Pages()
        self.next_due = clock.now() + plan.interval

    @property
    def is_idle(self) -> bool:
        """Whether no attempt is on its way."""
        return not self._running

    def turn(self, until: int, begin: bool = True) -> None:
        """Work until something has happened or this moment, whichever comes first."""
        now = self._clock.now()
        while begin and self.next_due <= now:
            self._begin(self.next_due)
            self.next_due += self._plan.interval
        wake = min(until, self._give_up(now), *((self.next_due,) if begin else ()))
        # epoll_wait(2) knows milliseconds only, select(2) microseconds
        select.select([self._epoll], [], [], max(0, wake - self._clock.now()) / SECOND)
        for number, happened in self._epoll.poll(0):
            self._go_on(self._running[number], happened)

    def finish(self) -> None:
        """Tell of the worst lateness."""
        worst = self._lateness.worst_untold()
        if worst:
            self._sink(worst)

    def _begin(self, due: int) -> None:
        sent = self._clock.now()
        stall = self._lateness.note(due, sent)
        if stall:
            self._sink(stall)
        sources = self._plan.sources
        source = sources[self._begun % len(sources)] if sources else ""
        exchange = self._kind(self._plan.target, self._request, due, sent, self._ports, source)
        self._begun += 1
        error = exchange.begin(self._plan.target)
        if error is not None:
            self._sink(exchange.close(self._plan.target, self._clock.now(), error))
            return
        number = exchange.socket.fileno()
        self._running[number] = exchange
        self._epoll.register(number, exchange.awaits)
        for _, row in self._limits:
            row.append(exchange)

    def _go_on(self, exchange: UnderWay, happened: int) -> None:
        awaited = exchange.awaits
        error = exchange.go_on(happened, self._clock.now())
        if error is not None:
            self._end(exchange, error)
        elif exchange.awaits != awaited:
            self._epoll.modify(exchange.socket.fileno(), exchange.awaits)

    def _end(self, exchange: UnderWay, error: str) -> None:
        number = exchange.socket.fileno()
        self._epoll.unregister(number)
        del self._running[number]
        wrong = error or self._pages.verdict(exchange.page)
        self._sink(exchange.close(self._plan.target, self._clock.now(), wrong))

    def _give_up(self, now: int) -> int:
        """End what is over its limit; return when the next limit runs out."""
        next_end = now + SECOND
        for (limit, row), waits in zip(self._limits, (_awaits_handshake, _is_open), strict=True):
            while row and (not waits(row[0]) or row[0].sent + limit <= now):
                exchange = row.popleft()
                if waits(exchange):
                    self._end(exchange, exchange.give_up())
            if row:
                next_end = min(next_end, row[0].sent + limit)
        return next_end


def _is_open(exchange: UnderWay) -> bool:
    return exchange.socket.fileno() >= 0


def _awaits_handshake(exchange: UnderWay) -> bool:
    return _is_open(exchange) and exchange.awaits_handshake


class Pulse:
    """What the last second was like, for whoever watches."""

    def __init__(self) -> None:
        self.ok = self.failed = 0
        self.server = ""

    def note(self, event: Event) -> None:
        """Count an attempt."""
        if not isinstance(event, Attempt):
            return
        self.ok += event.ok
        self.failed += not event.ok
        self.server = event.server or self.server

    def tell(self, t: int) -> None:
        """Say it, and begin anew."""
        helper.say({"t": t, "ok": self.ok, "failed": self.failed, "server": self.server})
        self.ok = self.failed = 0


def run(plan: Plan, clock: Clock, recorder: Recorder) -> None:
    """Probe until standard input ends; then wait for what is on its way."""
    pulse = Pulse()

    def sink(event: Event) -> None:
        recorder.add(event)
        pulse.note(event)

    prober = Prober(plan, clock, sink)
    next_pulse = clock.now() + SECOND
    helper.say("ready")
    while not helper.input_has_ended():
        prober.turn(next_pulse)
        if clock.now() >= next_pulse:
            pulse.tell(next_pulse)
            next_pulse += SECOND
    while not prober.is_idle:
        prober.turn(clock.now() + SECOND, begin=False)
    prober.finish()


def main() -> None:
    """Be the helper process."""
    asked = helper.wishes()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    plan = Plan(Target(**asked["target"]), asked["rate"], tuple(asked["sources"]))
    clock = Clock(**asked["clock"])
    with Recorder(Path(asked["history"])) as recorder:
        # after the recorder's thread, which stays as ordinary as it was
        helper.be_punctual()
        # nothing here makes cycles, and a collection is a pause
        gc.freeze()
        gc.disable()
        run(plan, clock, recorder)


if __name__ == "__main__":
    main()
