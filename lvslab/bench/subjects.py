"""What the bench can measure, each with what it is measured against and its goal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lvslab.bench.goal import Comparison, Goal


@dataclass(frozen=True)
class Subject:
    """What is measured, and against what; ``goal`` is None where a figure is only to be known."""

    name: str
    what: str
    peer: str = ""
    goal: Goal | None = None
    unit: str = "s"


def _times(limit: float, at_least: bool = False) -> Goal:
    return Goal(limit, Comparison.TIMES_PEER, at_least)


BOOT = "plain qemu boots of the same machines, at once, to ssh"
REVERT = "virsh snapshot-revert of every machine, at once"
PROBE_INTERVAL = 10.0
"""Milliseconds between two attempts of the prober, in drills that say nothing else."""
CLOCKS = 5.0
"""Milliseconds by which two witnesses may differ besides."""
RAISING = (
    Subject("up-cold", "lab-up, box cached, no snapshot, until verified", BOOT, _times(1.5)),
    Subject("switch", "lab-up of another lab on the same machines, for the first time", BOOT, Goal(30)),
    Subject("up-restore", "lab-up of an unchanged lab, until the VIP answers", REVERT, Goal(10)),
    Subject("reset", "lab-reset, until the VIP answers", REVERT, _times(1.5)),
    Subject("provision-noop", "provision with nothing to do", "the same as a playbook", _times(0.25)),
    Subject("provision-first", "provision on fresh machines", "the same as a playbook", _times(0.5)),
    Subject("memory", "memory of the verified lab (PSS)", "memory of the plain boots", unit="MiB"),
    Subject("disk", "disk of the verified lab, without the box", "disk of the plain boots", unit="MiB"),
    Subject("box-build", "box built from Debian's packages"),
    Subject("down", "lab-down"),
)
DRILLING = (
    Subject(
        "outage",
        "outage told by the prober, master's power off",
        "the same on the wire, by tcpdump",
        Goal(PROBE_INTERVAL + CLOCKS, Comparison.APART_FROM_PEER),
        "ms",
    ),
    Subject(
        "outage-vrrp3",
        "the same at VRRPv3 with 0.1 s adverts",
        "the nearest that is predicted",
        Goal(PROBE_INTERVAL, Comparison.APART_FROM_PEER),
        "ms",
    ),
    Subject("load", "answers a second, lvslab load", "ab with as many connections", _times(0.9, at_least=True), "/s"),
    Subject(
        "watching",
        "answers a second in all while prober, capture and samplers run",
        "the same load, unwatched",
        _times(0.95, at_least=True),
        "/s",
    ),
    Subject(
        "drill",
        "a failover drill, from restore to report",
        "its timeline",
        Goal(15, Comparison.MORE_THAN_PEER),
    ),
    Subject("drills", "all drills that come with lvslab", goal=Goal(25 * 60)),
)
SUBJECTS = (*RAISING, *DRILLING)
GROUPS: Mapping[str, tuple[str, ...]] = {
    "raising": tuple(each.name for each in RAISING),
    "drilling": tuple(each.name for each in DRILLING),
}
"""Words that stand for several subjects; the first is what is measured unless told."""
NAMES = tuple(each.name for each in SUBJECTS)


def chosen(words: Iterable[str]) -> tuple[str, ...]:
    """Return the subjects that words mean, names and groups, in the order of SUBJECTS; without any, ``raising``."""
    meant = {name for word in tuple(words) or ("raising",) for name in GROUPS.get(word, (word,))}
    return tuple(name for name in NAMES if name in meant)
