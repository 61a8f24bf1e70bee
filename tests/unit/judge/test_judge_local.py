"""Judges and the page of a run on a lab whose directors answer themselves."""

from collections.abc import Iterator
from dataclasses import dataclass

from lvslab.history import Advert, DirectorSample, Event, History, Log, Recovery, Run, Served
from lvslab.judge import Finding, Verdict, judge
from lvslab.model import load_lab, parse_drill
from lvslab.report.page.axis import Axis
from lvslab.report.page.tracks import states
from lvslab.report.record import Record
from lvslab.report.shares import shares
from tests.unit.judge.histories import MS, SECOND, attempts, fault, phases
from tests.unit.recorded import LABS

LAB = load_lab(LABS / "vrrp-nginx-weight.yml")
VIP = "10.63.0.158"
DRILL = parse_drill(
    """
drill: made
title: Made
timeline:
  - {at: 0, inject: process.stop, target: master, with: {process: httpd}}
for: 12
expect:
  outage: predicted
  holder: {before: master, fault: backup, after: master}
"""
)


@dataclass(frozen=True)
class Story:
    """When, in ms, nginx of director1 is gone, and from when to when director2 has the VIP."""

    stopped: tuple[int, int] = (6000, 18000)
    moved: tuple[int, int] = (13000, 22000)
    killed_early: bool = False

    def answer(self, _number: int, sent: int) -> tuple[str, str]:
        """Return who answers, and the error where nobody does."""
        if self.holder(sent) == "director2":
            return "director2", ""
        return ("", "refused") if self.runs(sent) is False else ("director1", "")

    def holder(self, t: int) -> str:
        """Return who holds the VIP."""
        return "director2" if self.moved[0] * MS <= t < self.moved[1] * MS else "director1"

    def runs(self, t: int) -> bool:
        """Whether nginx of director1 runs."""
        early = self.killed_early and t < 4 * SECOND
        return not early and not self.stopped[0] * MS <= t < self.stopped[1] * MS

    def events(self) -> Iterator[Event]:
        """Yield all that would be seen of it."""
        yield Run("made", LAB.name, "made", "2026-11-20T10:00:00Z", 0, 0, "kvm", 100.0)
        made = attempts(self.answer, 30)
        yield from made
        yield from (Served(a.sent + MS, a.server, a.source, a.port, VIP, 200, "prober") for a in made if a.ok)
        yield from fault("process.stop", *self.stopped, process="httpd")
        yield from phases(6000, 18000, 24000, 30000)
        yield Recovery(24 * SECOND, SECOND)
        yield Log(0, "director1", "keepalived.service", 6, "Starting Keepalived v2.2.7")
        for t in range(0, 30 * SECOND, SECOND):
            yield from self.look(t)

    def look(self, t: int) -> Iterator[Event]:
        """Yield an advert and a look at both directors."""
        holder = self.holder(t)
        source = str(LAB.node(holder).addresses["lan"])
        yield Advert(t, "lan", LAB.node(holder).mac("lan"), source, 154, 2, 98, 1.0, (VIP,), holder)
        for name in ("director1", "director2"):
            runs = name == "director2" or self.runs(t)
            yield DirectorSample(t, name, MS, (VIP,) if name == holder else (), keepalived=True, httpd=runs)


def findings(story: Story) -> dict[str, Finding]:
    """Return the findings of each judge, the worst of its own."""
    found = judge(History(story.events()), LAB, DRILL)
    order = (Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL)
    return {each.judge: each for each in sorted(found, key=lambda each: order.index(each.verdict))}


def record(story: Story) -> Record:
    """Return the run as a report sees it."""
    return Record(History(story.events()), LAB, DRILL, ())


def test_an_outage_within_what_the_script_and_vrrp_promise_passes() -> None:
    """Seven seconds, of 4.6 to 9.6; nothing of IPVS is asked for."""
    found = findings(Story())
    assert found["outage"].verdict is Verdict.PASS
    assert found["requests"].verdict is Verdict.PASS
    assert found["holder"].verdict is Verdict.PASS
    assert "distribution" not in found and "invariant real-server-arp" not in found
    assert [each.message for each in found.values() if each.verdict is Verdict.FAIL] == []


def test_an_outage_that_nothing_promises_fails() -> None:
    """The standby took over, but only after 11 s."""
    assert findings(Story(moved=(17000, 22000)))["outage"].verdict is Verdict.FAIL


def test_a_director_without_its_web_server_before_anything_was_broken_is_told() -> None:
    """That is a daemon of the lab as well."""
    told = findings(Story(killed_early=True))["invariant daemon-dead"]
    assert told.verdict is Verdict.FAIL and "director1: httpd did not run" in told.message


def test_the_page_draws_the_web_servers_of_directors() -> None:
    """A lane for each, as for nodes that are nothing else."""
    shown = record(Story())
    track = states.webs(shown, Axis(shown.start, shown.end, shown.origin))
    assert track is not None
    assert "director1" in track.about and "director2" in track.about


def test_shares_are_those_of_the_directors_and_no_table_is_a_witness() -> None:
    """The client and the access logs tell who answered."""
    told = {(each.phase, each.server): each for each in shares(record(Story()))}
    assert (told["before", "director1"].client, told["before", "director2"].client) == (600, 0)
    assert told["before", "director1"].log == 600
    assert {each.director for each in told.values()} == {None}
