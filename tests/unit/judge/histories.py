"""Histories whose truth is known: a cluster's timeline, made into the events that watching it would have given."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from lvslab.history import (
    Advert,
    Arp,
    Attempt,
    DirectorSample,
    Event,
    Fault,
    History,
    Log,
    Phase,
    Recovery,
    Row,
    Run,
    Served,
    StorageSample,
    WebSample,
)
from lvslab.model import Drill, Lab, load_lab, parse_drill, parse_lab

SECOND = 1_000_000_000
MS = 1_000_000
VIP = "192.168.18.41"
LAB = load_lab(Path(__file__).parents[3] / "labs" / "lvs-dr.yml")
MACS = {name: node.mac("lan") for name, node in LAB.nodes.items()}
PRIORITY = {"director1": 100, "director2": 99}
ANSWER = 4 * MS
LIMIT = 100 * MS

Answers = Callable[[int, int], tuple[str, str]]
"""What the attempt of this number, sent at this moment, gets: the server that answered and the error."""


def drill(expect: str = "", more: str = "", fault: str = "node.power-off") -> Drill:
    """Return a drill of one fault with these expectations, each line of them in YAML."""
    lines = "".join(f"  {line}\n" for line in expect.splitlines())
    head = f"drill: made\ntitle: Made\ntimeline:\n  - at: 0\n    inject: {fault}\n    target: [master]\nfor: 10\n"
    text = head + more + (f"expect:\n{lines}" if lines else "")
    return parse_drill(text)


def lab(change: Callable[[str], str] = str) -> Lab:
    """Return the default lab, its text changed."""
    return parse_lab(change((Path(__file__).parents[3] / "labs" / "lvs-dr.yml").read_text()))


def turns(number: int, _sent: int) -> tuple[str, str]:
    """Answer as round robin does: each server in turn."""
    return ("web1", "web2")[number % 2], ""


def failing(*numbers: int, error: str = "reset") -> Answers:
    """Fail the attempts of these numbers."""
    return lambda number, sent: ("", error) if number in numbers else turns(number, sent)


def gone(*stretches: tuple[int, int]) -> Answers:
    """Answer nobody who was sent in these stretches, given in ms; the others in turn."""

    def answer(number: int, sent: int) -> tuple[str, str]:
        down = any(start * MS <= sent < end * MS for start, end in stretches)
        return ("", "connect timeout") if down else turns(number, sent)

    return answer


def attempts(answers: Answers = turns, seconds: float = 20, rate: int = 100) -> list[Attempt]:
    """Return what the prober saw: an attempt at each interval, sent on time."""
    made = []
    for number in range(int(seconds * rate)):
        t = number * SECOND // rate
        server, error = answers(number, t)
        common = Attempt(t, sent=t, source="192.168.18.140", port=20000 + number % 30000, service="http")
        if error:
            made.append(replace(common, done=t + LIMIT, error=error))
        else:
            done = t + ANSWER
            made.append(replace(common, connected=t + MS, first_byte=done, done=done, server=server, status=200))
    return made


def adverts(node: str, start: int, end: int, every: int = 1000, priority: int | None = None) -> list[Advert]:
    """Return a master's adverts from one moment to before another, in ms."""
    source = str(LAB.nodes[node].addresses["lan"])
    level = PRIORITY[node] if priority is None else priority
    return [
        Advert(t * MS, "lan", MACS[node], source, 51, 2, level, every / 1000, (VIP,), node)
        for t in range(start, end, every)
    ]


def gratuitous(node: str, at: int) -> list[Arp]:
    """Return the five gratuitous ARP packets of a new master, at a moment in ms."""
    return [Arp(at * MS + number * 10_000, "lan", 1, MACS[node], VIP, VIP, node) for number in range(5)]


def fault(name: str, start: int, end: int, target: Sequence[str] = ("director1",), **arguments: str) -> list[Fault]:
    """Return a fault's four steps, in ms; each takes 20 ms."""
    moments = {"injecting": start, "injected": start + 20, "healing": end - 20, "healed": end}
    return [Fault(t * MS, name, step, name, tuple(target), dict(arguments)) for step, t in moments.items()]


def phases(begin: int, recovery: int, after: int, end: int) -> list[Phase]:
    """Return the marks of a run's phases, in ms."""
    named = {"before": 0, "fault": begin, "recovery": recovery, "after": after, "end": end}
    return [Phase(t * MS, name) for name, t in named.items()]


@dataclass
class Watched:
    """A run as it was watched; the parts can be changed before it is made a history."""

    attempts: list[Attempt]
    faults: list[Fault]
    phases: list[Phase]
    adverts: list[Advert] = field(default_factory=list)
    arps: list[Arp] = field(default_factory=list)
    holders: tuple[tuple[int, int, str], ...] = ((0, 10**6, "director1"),)
    """From when to when (ms) which director holds the VIP."""
    down: tuple[tuple[int, int, str], ...] = ()
    """From when to when (ms) a node cannot be reached."""
    table: Callable[[int], dict[str, int]] = field(default=lambda _t: {"web1": 1, "web2": 1})
    """The weights in the holder's table at a moment, in ns."""
    logs: list[Log] = field(default_factory=list)
    more: list[Event] = field(default_factory=list)
    storage: Callable[[int], StorageSample] | None = None

    def fail(self, start: int, end: int, error: str) -> None:
        """Have all attempts fail that were sent from one moment to before another, in ms."""
        self.attempts = [
            replace(each, error=error, server="") if start * MS <= each.sent < end * MS else each
            for each in self.attempts
        ]

    def samples(self) -> list[Event]:
        """Return a sample of every node each second, its counters fed by the attempts."""
        end = max(each.t for each in self.attempts)
        return [each for t in range(0, end, SECOND) for each in self._look(t)]

    def served(self) -> list[Served]:
        """Return the access logs' lines of the answered attempts, and keepalived's own checks."""
        good = [each for each in self.attempts if each.ok]
        lines = [Served(each.sent + MS, each.server, each.source, each.port, VIP, 200, "prober") for each in good]
        checks = [Served(t * SECOND, "web1", "192.168.18.31", 1, VIP, 200, "KeepAliveClient") for t in range(10)]
        return [*lines, *checks]

    def events(self) -> list[Event]:
        """Return all events."""
        run = Run("made", "lvs-dr", "made", "2026-11-20T10:00:00Z", 0, 0, "tcg", 100.0)
        end = self.phases[-1].t
        logs = self.logs or [Log(0, "director1", "keepalived.service", 6, "Starting Keepalived v2.2.7")]
        parts: Iterable[Sequence[Event]] = (
            [run],
            self.attempts,
            self.faults,
            self.phases,
            self.adverts,
            self.arps,
            self.samples(),
            self.served(),
            logs,
            self.more,
            [Recovery(end - 5 * SECOND, SECOND)],
        )
        return [event for part in parts for event in part]

    def history(self) -> History:
        """Return the history."""
        return History(self.events())

    def _look(self, t: int) -> list[Event]:
        found: list[Event] = []
        for node in PRIORITY:
            at = t + (0 if node == "director1" else 300 * MS)
            if not any(start * MS <= at < end * MS for start, end, name in self.down if name == node):
                found.append(self._director(node, at))
        found += [WebSample(t, name, MS, httpd=True, mounted=True) for name in ("web1", "web2")]
        sample = StorageSample(t, "nfs", MS, "clean", 3, 0, 1, None, mounted=True, exported=True)
        found.append(self.storage(t) if self.storage else sample)
        return found

    def _director(self, node: str, t: int) -> DirectorSample:
        holds = (VIP,) if any(start * MS <= t < end * MS for start, end, name in self.holders if name == node) else ()
        rows = tuple(
            Row("http", name, weight, 0, 0, self._passed(node, name, t)) for name, weight in self.table(t).items()
        )
        return DirectorSample(t, node, MS, holds, {"VI_1": "MASTER" if holds else "BACKUP"}, True, rows)

    def _passed(self, node: str, server: str, t: int) -> int:
        mine = [(start, end) for start, end, name in self.holders if name == node]
        return sum(
            each.server == server and each.sent < t and any(a * MS <= each.sent < b * MS for a, b in mine)
            for each in self.attempts
        )


def quiet(seconds: float = 20, answers: Answers = turns) -> Watched:
    """Return a run in which a fault changes nothing: keepalived is reloaded."""
    end = int(seconds * 1000)
    return Watched(
        attempts(answers, seconds),
        fault("service.reload", 6000, 6040),
        phases(6000, 9000, 10000, end),
        adverts("director1", 0, end),
        gratuitous("director1", 0),
    )


def power_off(outage: int = 3120, at: int = 6500) -> Watched:
    """Return a power-off of the master at ``at`` with an outage of so many ms, and failback at 16 s.

    The last advert was sent at 6000; the backup's timer of 3613 ms runs from there. It takes over then whatever the
    outage: one that is longer has another reason.
    """
    takeover = 6000 + 3613
    back = at + outage
    return Watched(
        attempts(gone((at, back)), 25),
        fault("node.power-off", at - 10, 15000),
        phases(6000, 15000, 20000, 25000),
        [*adverts("director1", 0, at), *adverts("director2", takeover, 16000), *adverts("director1", 16000, 25000)],
        [*gratuitous("director2", min(back - 5, takeover + 10)), *gratuitous("director1", 16001)],
        holders=((0, at, "director1"), (takeover, 16000, "director2"), (16000, 10**6, "director1")),
        down=((at, 15000, "director1"),),
    )
