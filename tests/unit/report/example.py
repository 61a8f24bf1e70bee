"""Histories made up for reports: a master that loses its power, a split brain, a disk that is rebuilt.

They have the shape and the pace of real runs, so that a page drawn from them can be looked at:
``python -m tests.unit.report.example FOLDER`` writes one folder for each.
"""

import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from lvslab.history import (
    Advert,
    Arp,
    Attempt,
    DirectorSample,
    Download,
    Event,
    Fault,
    History,
    HostSample,
    Log,
    Phase,
    Row,
    Run,
    RunFolder,
    Served,
    Stall,
    StorageSample,
    WebSample,
)
from lvslab.judge.finding import Finding, Verdict
from lvslab.model import load_lab
from lvslab.model.drill import Drill
from lvslab.report.record import Record
from lvslab.report.write import write_all
from tests.unit.recorded import LABS

S = 1_000_000_000
VIP = "192.168.18.41"
MACS = {"director1": "52:54:00:00:12:1f", "director2": "52:54:00:00:12:1e", "client": "52:54:00:00:12:8c"}
PRIORITIES = {"director1": 100, "director2": 99}
FAULT, HEALED, END = 20.0, 40.0, 60.0


def ns(seconds: float) -> int:
    """Return seconds in ns."""
    return round(seconds * S)


@dataclass(frozen=True)
class Story:
    """What happens, in seconds since the run's zero: who holds the VIP, when nobody answers, who is off.

    ``held`` are (director, from, to); ``dark`` are the stretches without answers; ``off`` are (node, from, to).
    """

    fault: tuple[str, str]
    held: tuple[tuple[str, float, float], ...]
    dark: tuple[tuple[float, float], ...] = ()
    off: tuple[tuple[str, float, float], ...] = ()
    rebuild: tuple[float, float] | None = None
    rate: int = 100
    locust: int = 0
    end: float = END
    seed: int = 1


POWER_OFF = Story(
    ("node.power-off", "director1"),
    (("director1", -5, FAULT), ("director2", 23.214, 47.3), ("director1", 47.302, END)),
    dark=((FAULT + 0.02, 23.43), (47.31, 47.33)),
    off=(("director1", FAULT, 44.0),),
)
SPLIT_BRAIN = Story(
    ("network.drop-vrrp", "director1"),
    (("director1", -5, END), ("director2", 23.61, 40.9)),
    dark=((23.62, 23.65),),
)
REBUILD = Story(("disk.fail", "nfs"), (("director1", -5, END),), rebuild=(21.0, 52.0), locust=50)


def within(spans: tuple[tuple[float, float], ...], t: float) -> bool:
    """Say whether a moment is in one of the stretches."""
    return any(start <= t < end for start, end in spans)


def attempts(story: Story, stream: str, rate: int) -> Iterator[Event]:
    """Yield requests on a schedule; those in the dark get no connection."""
    chance = random.Random(f"{story.seed}{stream}")
    for number in range(int(story.end * rate)):
        due = number / rate
        sent = ns(due) + chance.randint(8_000, 90_000)
        port = 20000 + number % 40000
        if within(story.dark, due):
            yield Attempt(
                ns(due),
                sent,
                source="192.168.18.140",
                port=port,
                service="http",
                error="connect timeout",
                stream=stream,
            )
            continue
        slower = 2.5 if story.rebuild and story.rebuild[0] <= due < story.rebuild[1] else 1.0
        took = chance.lognormvariate(1.5, 0.45) * slower * (90 if chance.random() < 0.0015 else 1)
        server = f"web{number % 2 + 1}"
        connected, done = sent + ns(took / 3000), sent + ns(took / 1000)
        yield Attempt(
            ns(due), sent, connected, done - 200_000, done, "192.168.18.140", port, "http", server, 200, stream=stream
        )
        yield Served(done, server, "192.168.18.140", port, VIP, 200, "lvslab")


def wire(story: Story) -> Iterator[Event]:
    """Yield the adverts of whoever holds the VIP, and ARP."""
    for node, start, end in story.held:
        t = start + 0.38 if start < 0 else start
        while t < end:
            if t >= 0:
                yield Advert(
                    ns(t), "lan", MACS[node], f"192.168.18.3{node[-1]}", 51, 2, PRIORITIES[node], 1.0, (VIP,), node
                )
            t += 1.0
        for burst in (0.004, 5.006) if start >= 0 else ():
            for number in range(5):
                if start + burst < end:
                    yield Arp(ns(start + burst) + number * 30_000, "lan", 1, MACS[node], VIP, VIP, node)
    for second in range(0, int(story.end), 7):
        asked = ns(second + 0.52)
        yield Arp(asked, "lan", 1, MACS["client"], "192.168.18.140", VIP, "client")
        for node, start, end in story.held:
            if start <= second + 0.52 < end:
                yield Arp(asked + 400_000, "lan", 2, MACS[node], VIP, "192.168.18.140", node)


def samples(story: Story) -> Iterator[Event]:
    """Yield a look at every node each second."""
    chance = random.Random(story.seed)
    for second in range(int(story.end)):
        t = second + 0.1
        for node in PRIORITIES:
            took = chance.randint(4_000_000, 19_000_000)
            if within(tuple((s, e) for name, s, e in story.off if name == node), t):
                yield DirectorSample(ns(t), node, took, error="no answer")
                continue
            holds = within(tuple((s, e) for name, s, e in story.held if name == node), t)
            rows = tuple(Row("http", f"web{n}", 1, 3, 40, passed(story, node, t)) for n in (1, 2))
            vrrp = {"VI_1": "MASTER" if holds else "BACKUP"}
            yield DirectorSample(ns(t), node, took, (VIP,) if holds else (), vrrp, True, rows)
        for node in ("web1", "web2"):
            yield WebSample(ns(t), node, chance.randint(3_000_000, 9_000_000), True, True)
        yield array(story, t, chance.randint(5_000_000, 30_000_000))
        yield HostSample(ns(t), 0.5 + 0.3 * chance.random(), 0.02 + 0.05 * chance.random() ** 3, 1.9)


def passed(story: Story, node: str, t: float) -> int:
    """Return how many connections a director has passed on to each of two real servers since it came up."""
    since = max((end for name, _, end in story.off if name == node and end <= t), default=0.0)
    return sum(
        int(story.rate / 2 * max(0.0, min(end, t) - max(start, since, 0.0)))
        for name, start, end in story.held
        if name == node
    )


def array(story: Story, t: float, took: int) -> StorageSample:
    """Return how the array is at a moment."""
    if story.rebuild is None or t < FAULT:
        return StorageSample(ns(t), "nfs", took, "clean", 3, 0, 1, None, True, True)
    start, end = story.rebuild
    if t >= end:
        return StorageSample(ns(t), "nfs", took, "clean", 3, 1, 0, None, True, True)
    done = max(0.0, 100 * (t - start) / (end - start))
    return StorageSample(ns(t), "nfs", took, "clean, degraded, recovering", 2, 1, 1, done, True, True)


def journals(story: Story) -> Iterator[Event]:
    """Yield what the nodes wrote to their journals."""
    for node, start, _ in story.held:
        if start >= 0:
            yield Log(ns(start), node, "keepalived", 5, "(VI_1) Entering MASTER STATE")
            yield Log(
                ns(start + 0.01), node, "keepalived", 6, f"(VI_1) Sending/queueing gratuitous ARPs on eth1 for {VIP}"
            )
    for node, start, end in story.off:
        yield Log(ns(end), node, "kernel", 4, "md: <script>alert('not a script')</script> & other text")
        yield Log(ns(end + 1.5), node, "systemd", 3, "Failed to start a unit that this lab has no use for")
        yield Log(ns(start + 2), "web1", "kernel", 4, "nfs: server 192.168.18.34 not responding, still trying")
    for second in range(0, int(story.end), 2):
        yield Log(
            ns(second), "nfs", "rpc.mountd", 6, f"authenticated mount request from 192.168.18.32:{700 + second}"
        )


def events(name: str, story: Story) -> Iterator[Event]:
    """Yield all events of a story."""
    yield Run(name, "lvs-dr", "a", "2026-11-20T08:15:00Z", 1_700_000_000 * S, 5000 * S, "tcg", float(story.rate))
    for t, name in ((0.0, "before"), (FAULT, "fault"), (HEALED, "after"), (story.end, "end")):
        yield Phase(ns(t), name)
    fault, target = story.fault
    for t, action in (
        (FAULT, "injecting"),
        (FAULT + 0.04, "injected"),
        (HEALED, "healing"),
        (HEALED + 4.2, "healed"),
    ):
        yield Fault(ns(t), 1, action, fault, (target,))
    yield from attempts(story, "prober", story.rate)
    yield from attempts(story, "locust", story.locust)
    yield from wire(story)
    yield from samples(story)
    yield from journals(story)
    yield Stall(ns(7.31), 11_200_000)
    yield Stall(ns(33.5), 14_700_000)
    yield Download(ns(story.end), 1, ns(2), "192.168.18.140", 61001, "web1", 3_400_000, "survived", ns(3.5))
    yield Download(ns(31), 2, ns(2), "192.168.18.140", 61002, "web2", 900_000, "reset", ns(9.1), "Connection reset")


def findings_of_power_off() -> tuple[Finding, ...]:
    """Return what judges would say of the power-off."""
    moments = {
        "last_advert_ms": 19380.0,
        "first_advert_ms": 23214.0,
        "gratuitous_arp_ms": 23218.0,
        "first_good_ms": 23430.0,
        "predicted_low_ms": 2610.0,
        "predicted_high_ms": 3610.0,
        "outage_ms": 3410.0,
    }
    return (
        Finding(
            "outage",
            Verdict.PASS,
            "the service was gone for 3.41 s, the configuration promises 2.61 to 3.61 s",
            {"outage_ms": 3410.0, "predicted_low_ms": 2610.0, "predicted_high_ms": 3610.0, "lost": 341},
            (ns(20.02), ns(23.43)),
            "RFC 3768, section 5.3.3: 3 × advert_int + skew",
        ),
        Finding(
            "failover",
            Verdict.PASS,
            "director2 took over from director1 3.83 s after its last advert",
            moments,
            (ns(19.38), ns(23.43)),
            "RFC 3768, section 6.4.2",
        ),
        Finding(
            "distribution",
            Verdict.PASS,
            "each real server gave 50 % of the answers in every phase",
            {"largest_difference": 0.4},
            (ns(0), ns(60)),
        ),
        Finding("invariants", Verdict.PASS, "the VIP had one holder at most", {"two_holders_ms": 0.0}),
        Finding(
            "connections",
            Verdict.INCONCLUSIVE,
            "1 of 2 long connections was reset, without the sync daemon both outcomes are possible",
            {"survived": 1, "reset": 1},
            (ns(20), ns(31)),
        ),
        Finding(
            "failback",
            Verdict.PASS,
            "director1 took the VIP back, the service was gone for 20 ms",
            {"failback_ms": 20.0},
            (ns(47.3), ns(47.33)),
        ),
    )


def findings_of_split_brain() -> tuple[Finding, ...]:
    """Return what judges would say of the split brain."""
    return (
        Finding(
            "invariants",
            Verdict.FAIL,
            "two directors held the VIP at once for 17.3 s: director1 and director2",
            {"two_holders_ms": 17290.0},
            (ns(23.61), ns(40.9)),
            "RFC 3768, section 1.2: one master",
        ),
        Finding(
            "outage", Verdict.PASS, "the service was gone for 30 ms", {"outage_ms": 30.0}, (ns(23.62), ns(23.65))
        ),
    )


def findings_of_rebuild() -> tuple[Finding, ...]:
    """Return what judges would say of the rebuilt disk."""
    return (
        Finding("outage", Verdict.PASS, "the service was never gone", {"outage_ms": 0.0}),
        Finding(
            "storage",
            Verdict.PASS,
            "the array was rebuilt onto the spare in 31.0 s",
            {"rebuild_s": 31.0},
            (ns(21), ns(52)),
        ),
    )


STORIES = {
    "power-off": (POWER_OFF, findings_of_power_off),
    "split-brain": (SPLIT_BRAIN, findings_of_split_brain),
    "rebuild": (REBUILD, findings_of_rebuild),
}


def record(name: str, **changes: object) -> Record:
    """Return one of the stories as a record; ``changes`` replace parts of the story."""
    story, findings = STORIES[name]
    told = replace(story, **changes)  # type: ignore[arg-type]
    drill = Drill.model_validate(
        {
            "drill": name,
            "title": f"{story.fault[0]} on {story.fault[1]}",
            "about": "Look at the adverts, and at when the gratuitous ARP comes.",
            "timeline": [{"at": FAULT, "inject": story.fault[0]}],
            "for": 60,
        }
    )
    return Record(History(events(name, told)), load_lab(LABS / "lvs-dr.yml"), drill, findings())


def keep(folder: RunFolder, made: Record) -> None:
    """Write a run's folder as a drill leaves it."""
    folder.add(made.history.events)
    folder.lab.write_text((LABS / "lvs-dr.yml").read_text())
    folder.drill.write_text(yaml.safe_dump(made.drill.model_dump(mode="json", by_alias=True, exclude_unset=True)))
    folder.findings.write_text(json.dumps([finding.as_json() for finding in made.findings]))
    write_all(folder, made.history, made.lab, made.drill, made.findings)


def main(folder: Path) -> None:
    """Write every story's report, each into a folder of its own."""
    for name in STORIES:
        made = record(name)
        (folder / name).mkdir(parents=True)
        keep(RunFolder(folder / name), made)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
