"""A drill from the first look to the page: prepare, watch, run its course, heal, judge, show."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from lvslab import faults, interrupt
from lvslab.drill.course import Course
from lvslab.drill.orders import orders_of
from lvslab.drill.recovery import wait_until_recovered
from lvslab.faults import Faults, Ground, Order
from lvslab.history import Run, RunFolder
from lvslab.judge import Finding, Verdict, judge, worst
from lvslab.lifecycle import instance as instances
from lvslab.lifecycle.instance import Instance
from lvslab.measure.clock import Clock
from lvslab.measure.watch import Watch
from lvslab.measure.wishes import Live, LoadWishes, Wishes
from lvslab.model import Drill, drill_text
from lvslab.nodes.fabric_remote import FabricRemote
from lvslab.parallel import at_once
from lvslab.report import write_all
from lvslab.report.stored import keep_findings


class Progress(Protocol):
    """Where news of a drill goes."""

    def stage(self, title: str) -> None:
        """Tell that a new stage begins."""

    def say(self, line: str) -> None:
        """Tell something that happened."""

    def glance(self, name: str, text: str) -> None:
        """Tell how something stands, to whoever looks right now."""


@dataclass(frozen=True)
class Outcome:
    """What came of a drill: where it is kept, what was found, and the verdict."""

    folder: RunFolder
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst of the findings' verdicts."""
        return worst(self.findings)


def run(found: Instance, drill: Drill, folder: RunFolder, progress: Progress) -> Outcome:
    """Run a drill as ``watch`` does, and return what came of it."""
    watch(found, drill, folder, progress)
    progress.stage("judging")
    return judged(found, drill, folder)


def watch(found: Instance, drill: Drill, folder: RunFolder, progress: Progress) -> None:
    """Run a drill on a lab that is as its file says, and keep in the folder what was seen.

    Called with the lock held, inside the lab's namespaces. Every fault is healed when this returns or raises,
    Ctrl-C included; what was recorded by then is kept.
    """
    orders = orders_of(found.lab, drill)
    shutil.copyfile(found.paths.lab_file, folder.lab)
    folder.drill.write_text(drill_text(drill))
    _watch(found, drill, orders, folder, progress)


def _watch(found: Instance, drill: Drill, orders: tuple[Order, ...], folder: RunFolder, progress: Progress) -> None:
    def connect(name: str) -> FabricRemote:
        return instances.remote(found.paths, found.lab, name)

    with instances.connections(found.paths, found.lab) as remotes:
        # a login costs a node's processor what its requests then lack: none while watched, and none in vain
        kinds = faults.kinds()
        needed = dict.fromkeys(name for order in orders for name in kinds[order.name].logins(found.lab, order))
        at_once(lambda name: remotes[name].open(), needed)
        active = Faults(Ground(found.paths, found.lab, remotes))
        clock = Clock()
        with Watch(found.lab, folder, connect, clock, wishes(drill)) as watching:
            watching.record(_header(found, drill, clock))

            def glance() -> None:
                for name, text in lines(watching.latest()):
                    progress.glance(name, text)

            def recovered(healed: int) -> None:
                watching.record(
                    wait_until_recovered(found.lab, watching, healed, drill.recovery, progress.say, glance)
                )

            course = Course(drill, orders, active, watching, progress.stage, glance)
            try:
                course.run(recovered)
            finally:
                with interrupt.put_off():
                    course.close()
                    active.heal_all()
        for problem in watching.problems:
            progress.say(problem)


def lines(live: Live) -> Iterator[tuple[str, str]]:
    """Return what is known right now, for a terminal: a word, and how that stands."""
    failed = f", {live.failed} FAILED" if live.failed else ""
    yield "requests", f"{live.ok} answered in the last second{failed}; {live.server or 'nobody'} was the last"
    yield "VIP", f"adverts from {' and '.join(live.holders) or 'nobody'}"
    if live.requests:
        yield "locust", f"{live.requests} requests in the last second"


def _header(found: Instance, drill: Drill, clock: Clock) -> Run:
    return Run(
        drill=drill.name,
        lab=found.lab.name,
        instance=found.paths.name,
        started=datetime.fromtimestamp(clock.realtime_ns / 1e9, UTC).isoformat(timespec="milliseconds"),
        realtime_ns=clock.realtime_ns,
        monotonic_ns=clock.monotonic_ns,
        accelerator=found.state.accelerator,
        rate=drill.probe.rate,
    )


def wishes(drill: Drill) -> Wishes:
    """Return what a drill's run is watched by."""
    load = None
    if drill.load:
        load = LoadWishes(
            users=drill.load.users,
            shape=drill.load.shape.value,
            workers=drill.load.workers,
            keep_alive=drill.load.keep_alive,
            pause=drill.load.pause,
        )
    return Wishes(
        rate=drill.probe.rate,
        service=drill.probe.service or "",
        load=load,
        downloads=drill.downloads,
        writes=drill.writes,
    )


def judged(found: Instance, drill: Drill, folder: RunFolder) -> Outcome:
    """Judge what a run's folder holds and write its page and files."""
    history = folder.read()
    findings = judge(history, found.lab, drill)
    keep_findings(folder, findings)
    write_all(folder, history, found.lab, drill, findings)
    return Outcome(folder, findings)
