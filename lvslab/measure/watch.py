"""One object that a run is watched by: it starts all, takes events from all, and brings all of it to an end."""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, replace
from types import TracebackType
from typing import Any

from lvslab.errors import LabError, UsageError
from lvslab.history import Advert, Event, Look, RunFolder
from lvslab.measure import journals
from lvslab.measure.addresses import addresses
from lvslab.measure.capture import Capture
from lvslab.measure.clock import Clock
from lvslab.measure.exchange import Target
from lvslab.measure.helper import Helper
from lvslab.measure.load import Load
from lvslab.measure.node_clocks import NodeClocks
from lvslab.measure.page import Page
from lvslab.measure.recorder import Recorder
from lvslab.measure.samplers import Connect, NodeSampler, Samplers
from lvslab.measure.wishes import Live, Wishes
from lvslab.measure.writes import Writes
from lvslab.model import AnyService, Lab
from lvslab.parallel import at_once
from lvslab.wait import wait_for

SINCE = 10_000_000_000
"""How much of a journal is fetched from before the node was first seen, in ns."""
START_LIMIT = 30.0
HOLDS_FOR = 3.2
"""Adverts that may be missing, counted in their interval, before their sender no longer counts as a holder."""


def chosen(lab: Lab, name: str = "") -> AnyService:
    """Return the service of this name that the prober can ask: it has pages, or its servers answer datagrams.

    Without a name it is the first with pages, else the first that answers datagrams. UsageError when there is none.
    """
    services = [*_with_pages(lab), *(service for service in lab.services if lab.datagram_port(service))]
    for service in services:
        if name in ("", service.name):
            return service
    which = f"service {name}" if name else "service"
    message = f"{lab.name}: no {which} has pages or answers datagrams; there is {_names(services)}"
    raise UsageError(message, "lvslab status")


def chosen_with_pages(lab: Lab, name: str = "") -> AnyService:
    """Return what ``chosen`` does, for who asks for pages; UsageError when that service has none."""
    service = chosen(lab, name)
    if lab.page_port(service) is None:
        message = f"{lab.name}: {service.name} has no pages, which load and downloads ask for"
        raise UsageError(f"{message}; there is {_names(_with_pages(lab))}", "lvslab status")
    return service


def _with_pages(lab: Lab) -> list[AnyService]:
    return [service for service in lab.services if lab.page_port(service)]


def _names(services: Iterable[AnyService]) -> str:
    return ", ".join(service.name for service in services) or "none"


class Watch:
    """Watches a lab, as a context manager: once it is entered, all that was wished for runs.

    To be used inside the lab. Raises LabError at the start when something cannot be watched; at the end, what could
    not be fetched is only told, in ``problems``: a node that a drill has killed is no reason to lose the rest.
    """

    def __init__(self, lab: Lab, folder: RunFolder, connect: Connect, zero: Clock, wishes: Wishes) -> None:
        self.lab, self.folder, self.wishes, self.zero = lab, folder, wishes, zero
        self.problems: list[str] = []
        self._connect = connect
        asks_pages = wishes.load is not None or wishes.downloads > 0
        self._service = (chosen_with_pages if asks_pages else chosen)(lab, wishes.service)
        self._recorder = Recorder(folder.history)
        self._capture = Capture(lab, folder.capture, zero, self._take_packet)
        self._samplers = Samplers(lab, connect, zero, wishes.sample_every, self._take_look)
        self._clocks = NodeClocks(lab, zero)
        self._live, self._has_pulse = Live(), False
        self._adverts: dict[str, Advert] = {}
        self._looks: dict[str, Look] = {}
        self._wants_logs = False
        self._stack = ExitStack()

    def __enter__(self) -> "Watch":
        with ExitStack() as stack:
            # what is entered here ends in reverse: helpers first, then logs are fetched while connections still stand
            stack.callback(self._recorder.close)
            stack.callback(self._capture.stop)
            self._capture.start()
            if self.wishes.sample_every:
                stack.callback(self._clocks.stop)
                self._clocks.start()
                stack.callback(self._samplers.stop)
                self._samplers.start()
                stack.callback(self._fetch)
            self._start_writes(stack)
            self._start_helpers(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        # whoever presses Ctrl-C wants no logs
        self._wants_logs = kind is None or issubclass(kind, Exception)
        self._stack.close()

    def record(self, event: Event) -> None:
        """Take an event of the run's own: a phase, a step of a fault."""
        self._recorder.add(event)

    def now(self) -> int:
        """Return the nanoseconds since the run's zero."""
        return self.zero.now()

    def latest(self) -> Live:
        """Return what is known right now."""
        now = self.now()
        fresh = {
            advert.node or advert.mac
            for advert in list(self._adverts.values())
            if advert.priority and now - advert.t < HOLDS_FOR * advert.interval * 1e9
        }
        return replace(self._live, holders=tuple(sorted(fresh)))

    def is_served(self) -> bool:
        """Whether the prober was answered, and each time, in its last second; True where there is none."""
        return not self.wishes.rate or (self._live.ok > 0 and not self._live.failed)

    def looks(self) -> dict[str, Look]:
        """Return the latest look at each node, by its name."""
        return dict(self._looks)

    def _start_writes(self, stack: ExitStack) -> None:
        if not self.wishes.writes:
            return
        if self.lab.storage is None:
            raise UsageError(f"{self.lab.name}: there is no storage to write on", "a lab with a storage section")
        writes = Writes(self.lab.storage, self._connect, self.zero, self.zero.realtime_ns)
        stack.callback(lambda: self._note(writes.finish(self.record)))
        writes.start()
        wait_for(
            lambda: writes.has_begun, within=START_LIMIT, what="writing on the storage volume: no file is through"
        )

    def _start_helpers(self, stack: ExitStack) -> None:
        if self.wishes.downloads:
            page = stack.enter_context(Page(self.lab, self._connect))
            asked = {"target": self._target(page.url), "count": self.wishes.downloads}
            self._help(stack, "lvslab.measure.downloads", asked, lambda said: None)
        if self.wishes.rate:
            asked = {"target": self._target("/"), "rate": self.wishes.rate, "sources": []}
            self._help(stack, "lvslab.measure.prober", asked, self._take_pulse)
            # the first second warms caches and httpd up; what counts comes after it
            wait_for(lambda: self._has_pulse, within=START_LIMIT, what="the prober has no pulse")

        if self.wishes.load:
            sources = stack.enter_context(addresses(self.lab, self._service, self.wishes.load.addresses))
            load = Load(self.wishes.load, Target(**self._target("/")), sources)
            stack.callback(lambda: self._note(load.stop()))
            load.start(self.folder.path, self.folder.history, self.zero, self._take_load)

    def _target(self, path: str) -> dict[str, Any]:
        service = self._service
        return {
            "service": service.name,
            "address": str(service.address),
            "port": self.lab.page_port(service) or self.lab.datagram_port(service),
            "path": path,
            "protocol": service.protocol.value,
        }

    def _help(self, stack: ExitStack, module: str, asked: Mapping[str, Any], on_line: Any) -> None:
        helper = Helper(module, {**asked, "clock": asdict(self.zero), "history": str(self.folder.history)}, on_line)
        stack.callback(lambda: self._note(helper.stop()))
        helper.wait_ready()

    def _note(self, problem: str) -> None:
        self.problems += [problem] if problem else []

    def _take_pulse(self, said: dict[str, Any]) -> None:
        self._has_pulse = True
        self._live = replace(self._live, ok=said["ok"], failed=said["failed"], server=said["server"])

    def _take_load(self, requests: int) -> None:
        self._live = replace(self._live, requests=requests)

    def _take_look(self, event: Event) -> None:
        if isinstance(event, Look):
            self._looks[event.node] = event
        self.record(event)

    def _take_packet(self, event: Event) -> None:
        if isinstance(event, Advert):
            self._adverts[event.mac] = event
        self.record(event)

    def _fetch(self) -> None:
        if self._wants_logs:
            self.folder.logs.mkdir(exist_ok=True)
            at_once(self._fetch_from, self._samplers.nodes.values())

    def _fetch_from(self, sampler: NodeSampler) -> None:
        try:
            self._fetch_logs(sampler)
        except (LabError, ValueError) as err:
            self._note(f"{sampler.node.name}: no logs: {err}")

    def _fetch_logs(self, sampler: NodeSampler) -> None:
        node, remote = sampler.node.name, sampler.remote()
        first, track = sampler.first or {}, self._clocks.track(node)
        entries = journals.journal(remote, first.get("real", 0) - SINCE)
        logs = [event for event in journals.logs(node, entries, track) if event.t >= 0]
        (self.folder.logs / f"{node}.log").write_text(journals.readable(logs), encoding="utf-8")
        self._recorder.extend(logs)
        for path, size in first.get("sizes", {}).items():
            lines = journals.access_log(remote, path, size)
            (self.folder.logs / f"{node}.access.log").write_text(lines, encoding="utf-8")
            self._recorder.extend(journals.served(node, lines, track))
