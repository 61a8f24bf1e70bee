"""Samples, from what real nodes' kernels said."""

import json
import threading
import time
from collections.abc import Mapping
from typing import Any

import pytest

from lvslab.errors import NodeError, UnusableError
from lvslab.history import DirectorSample, Event, Row, StorageSample, WebSample
from lvslab.measure import samplers
from lvslab.measure.clock import Clock
from lvslab.measure.samplers import NodeSampler, Samplers
from lvslab.measure.samples import Ticks, asks, host_sample, sample, silence, ticks
from lvslab.model import Lab, Role, load_lab
from lvslab.nodes.facts import ipvs
from lvslab.nodes.facts.director import RealServer, Service
from lvslab.nodes.fake import FakeRemote
from lvslab.nodes.remote import Line, Result
from lvslab.wait import wait_for
from tests.unit.recorded import FIXTURES, LABS


def line(name: str) -> str:
    """Return the line that a node's program printed."""
    return (FIXTURES / "sampler" / f"{name}.json").read_text()


def seen(name: str, **files: str) -> dict[str, Any]:
    """Return what a node saw, some of its files changed: by the end of their path, dots for slashes."""
    said: dict[str, Any] = json.loads(line(name))
    for path in said["files"]:
        for end, text in files.items():
            said["files"][path] = text if path.endswith(end.replace("__", "/")) else said["files"][path]
    return said


def test_a_director_tells_its_vip_its_state_and_its_table(lab: Lab) -> None:
    """Names are those of the lab file."""
    found = sample(lab, lab.node("director1"), 5, seen("director1"))
    assert isinstance(found, DirectorSample)
    assert (found.t, found.holds, found.vrrp) == (5, ("192.168.18.41",), {"VI_1": "MASTER"})
    assert found.keepalived and not found.error and found.took > 0
    assert [(row.service, row.server, row.weight) for row in found.rows] == [("http", "web1", 1), ("http", "web2", 1)]
    assert all(isinstance(row, Row) and row.connections > 0 for row in found.rows)


def test_rows_of_a_mark_are_those_of_its_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service by mark and one of every port are known by their names in the lab file, as any other is."""
    lab = load_lab(LABS / "lvs-dr-fwmark.yml")
    rows = (RealServer("192.168.18.32:0", "DR", 1, 0, 0), RealServer("192.168.18.33:0", "DR", 2, 0, 0))
    tables = (Service("FWM", "5", "rr", "", rows), Service("TCP", "192.168.18.42:0", "rr", "", rows))
    monkeypatch.setattr(ipvs, "services", lambda said: tables)
    found = sample(lab, lab.node("director1"), 5, seen("director1"))
    assert isinstance(found, DirectorSample)
    assert [(row.service, row.server, row.weight) for row in found.rows] == [
        ("pfwm", "web1", 1),
        ("pfwm", "web2", 2),
        ("pcc", "web1", 1),
        ("pcc", "web2", 2),
    ]


def test_a_vip_on_the_loopback_is_not_held(lab: Lab) -> None:
    """A real server has the VIP too, hidden; a director that is one as well must not seem to be master."""
    said = seen("director1")
    said["addresses"] = [["lo:vip" if address == "192.168.18.41" else label, address] for label, address in
                         said["addresses"]]  # fmt: skip
    found = sample(lab, lab.node("director1"), 5, said)
    assert isinstance(found, DirectorSample) and found.holds == ()


def test_a_director_without_keepalived_says_so(lab: Lab) -> None:
    """The unit's control group is empty."""
    found = sample(lab, lab.node("director1"), 5, {**seen("director1", cgroup_events="x"), "vrrp": ""})
    assert isinstance(found, DirectorSample) and found.vrrp == {}
    said = seen("director1")
    said["files"] = {path: text.replace("populated 1", "populated 0") for path, text in said["files"].items()}
    stopped = sample(lab, lab.node("director1"), 5, said)
    assert isinstance(stopped, DirectorSample) and not stopped.keepalived


def test_a_web_server_tells_of_httpd_and_its_document_root(lab: Lab) -> None:
    """Control group and mounts, both without asking httpd or NFS, which may hang."""
    assert sample(lab, lab.node("web1"), 5, seen("web1")) == WebSample(
        5, "web1", json.loads(line("web1"))["took"], httpd=True, mounted=True, vips=("192.168.18.41",)
    )
    said = seen("web1", cgroup__events="", __proc__self__mounts="")
    found = sample(lab, lab.node("web1"), 5, said)
    assert isinstance(found, WebSample) and found.mounted is False


def test_a_storage_node_tells_of_array_mount_and_export(lab: Lab) -> None:
    """All from /proc and /sys, and the table of exports."""
    found = sample(lab, lab.node("nfs"), 5, seen("nfs"))
    assert isinstance(found, StorageSample)
    assert (found.state, found.active, found.failed, found.spares) == ("clean", 3, 0, 1)
    assert found.mounted and found.exported and found.rebuild is None


def test_an_export_without_nfsd_is_none(lab: Lab) -> None:
    """The table of exports outlives the threads that serve them."""
    found = sample(lab, lab.node("nfs"), 5, seen("nfs", nfsd__threads="0\n"))
    assert isinstance(found, StorageSample) and not found.exported


def test_each_role_is_asked_for_its_own(lab: Lab) -> None:
    """Only directors are asked for VRRP, only web servers for their log's size."""
    asked = {name: asks(lab, lab.node(name), 1.0) for name in lab.nodes}
    assert [name for name, each in asked.items() if each["director"]] == ["director1", "director2"]
    assert [name for name, each in asked.items() if each["sizes"]] == ["web1", "web2"]
    assert any("md5" in pattern for pattern in asked["nfs"]["files"])


class Steady:
    """A node that prints its line and then holds the connection, until it is closed."""

    def __init__(self, name: str, lines: int = 1) -> None:
        self.name, self._lines = name, lines
        self._closed = threading.Event()

    def run(self, script: str, timeout: float = 0, on_line: Line | None = None) -> Result:
        """Print, and wait."""
        assert on_line is not None
        for _ in range(self._lines):
            on_line(line({"web2": "web1", "director2": "director1"}.get(self.name, self.name)))
        self._closed.wait(10)
        return Result(-1, "")

    def close(self) -> None:
        """End the waiting."""
        self._closed.set()

    @property
    def is_closed(self) -> bool:
        """Whether it was let go."""
        return self._closed.is_set()


def test_samples_of_all_nodes_come_and_the_end_comes_at_once(lab: Lab) -> None:
    """Every node has a connection of its own; closing them ends the watching."""
    events: list[Event] = []
    every = Samplers(lab, Steady, Clock(), 1.0, events.append)
    every.start()
    every.stop()
    nodes = {event.node for event in events if isinstance(event, DirectorSample | WebSample | StorageSample)}
    assert nodes == set(lab.nodes)


def test_a_silent_node_is_told_and_gets_a_new_connection(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that hangs delays nobody: its silence is an event, and its connection is made anew."""
    monkeypatch.setattr(samplers, "RECONNECT_AFTER", 0.0)
    events: list[Event] = []
    made: list[Steady] = []

    def connect(name: str) -> Steady:
        made.append(Steady(name))
        return made[-1]

    sampler = NodeSampler(lab, lab.node("web1"), connect, 0.01, Clock())
    sampler.start(events.append)
    wait_for(lambda: events, within=5, what="no sample")
    threading.Event().wait(0.05)
    sampler.check()
    wait_for(lambda: len(made) > 1, within=5, what="no new connection")
    sampler.stop()
    silent = [event for event in events if isinstance(event, WebSample) and event.error]
    assert silent and "silent for" in silent[0].error and not silent[0].httpd


def test_a_new_connection_to_a_node_that_still_boots_is_given_time(lab: Lab) -> None:
    """However long the node was silent before, what was just begun is not taken down again."""
    made: list[Steady] = []

    def connect(name: str) -> Steady:
        made.append(Steady(name, lines=0))
        return made[-1]

    clock = Clock(monotonic_ns=time.monotonic_ns() - 100 * 10**9)
    sampler = NodeSampler(lab, lab.node("web1"), connect, 0.01, clock)
    sampler.heard = 0
    sampler.start(lambda event: None)
    wait_for(lambda: made, within=5, what="no connection")
    sampler.check()
    assert not made[0].is_closed
    sampler.stop()


def test_a_node_that_answers_is_not_told_to_be_silent(lab: Lab) -> None:
    """A fresh line keeps the watchdog quiet."""
    events: list[Event] = []
    sampler = NodeSampler(lab, lab.node("web1"), Steady, 60.0, Clock())
    sampler.check()
    assert events == []


def test_a_node_that_cannot_be_reached_at_the_start_is_named(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """A watch begins with all nodes or not at all."""
    monkeypatch.setattr(samplers, "FIRST_LIMIT", 0.5)

    def refuse(script: str) -> Result:
        raise NodeError("web2: no ssh connection: nobody home")

    def connect(name: str) -> Any:
        return FakeRemote(name, refuse) if name == "web2" else Steady(name)

    every = Samplers(lab, connect, Clock(), 1.0, lambda event: None)
    with pytest.raises(UnusableError, match="web2: web2: no ssh connection"):
        every.start()
    every.stop()


def test_the_hosts_shares_are_those_between_two_looks() -> None:
    """Busy and steal, of all ticks that have passed."""
    before, after = ticks("cpu  100 0 50 800 0 0 0 50 0 0"), ticks("cpu  160 0 70 810 0 0 0 60 0 0")
    assert before == Ticks(150, 50, 1000)
    found = host_sample(7, before, after, "1.50 1.00 0.50 2/300 4242\n")
    assert (found.busy, found.steal, found.load) == (0.8, 0.1, 1.5)


def test_nothing_but_known_things_is_in_a_recording() -> None:
    """What the program prints and what is read here belong together."""
    said: Mapping[str, Any] = json.loads(line("director1"))
    assert set(said) == {"files", "sizes", "addresses", "ipvs", "vrrp", "took", "real"}


def test_only_the_storage_node_is_missed_as_storage(lab: Lab) -> None:
    """An idle machine that says nothing is no array that is gone."""
    idle = lab.node("nfs").model_copy(update={"name": "spare", "role": Role.IDLE})
    assert isinstance(silence(lab, lab.node("nfs"), 5, "silent"), StorageSample)
    assert silence(lab, idle, 5, "silent") is None
