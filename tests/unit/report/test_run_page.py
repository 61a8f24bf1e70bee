"""The page of a run, as text."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from lvslab.history import Attempt, History, Log, Run
from lvslab.judge.finding import Finding, Verdict
from lvslab.report.page import page, phases
from lvslab.report.record import Record
from tests.unit.report.example import ns, record

VOID = {"meta", "link", "br", "img", "input"}


class Balance(HTMLParser):
    """Reads a page and keeps every tag that does not fit the one before."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an open tag."""
        if tag not in VOID:
            self.open.append(tag)
        self.handle_startendtag(tag, attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note identifiers and links."""
        told = dict(attrs)
        self.ids += [told["id"] or ""] if "id" in told else []
        self.links += [told["href"] or ""] if "href" in told else []

    def handle_endtag(self, tag: str) -> None:
        """Note a closed tag."""
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """Return the pages of the made-up runs."""
    return {name: page(record(name)) for name in ("power-off", "split-brain", "rebuild")}


@pytest.mark.parametrize("name", ["power-off", "split-brain", "rebuild"])
def test_it_is_well_formed(pages: dict[str, str], name: str) -> None:
    """Every tag is closed, every identifier is there once, and every link within the page has its place."""
    seen = Balance(pages[name])
    assert (seen.wrong, seen.open) == ([], [])
    assert len(seen.ids) == len(set(seen.ids))
    assert [link for link in seen.links if link.startswith("#") and link[1:] not in seen.ids] == []


def test_it_points_at_nothing_outside(pages: dict[str, str]) -> None:
    """No address, no import, no script from elsewhere, and a policy that would forbid them."""
    text = pages["power-off"]
    assert "default-src 'none'" in text
    assert re.findall(r"(?:https?:)?//[a-z]+\.|@import|<script[^>]* src", text) == []


def test_the_verdict_comes_first(pages: dict[str, str]) -> None:
    """In words, and with a sign for those who do not see colours."""
    heading = re.sub(r"<[^>]+>", "", pages["split-brain"].partition("<h1>")[2].partition("</h1>")[0])
    assert heading == "✗ FAIL — two directors held the VIP at once for 17.3 s: director1 and director2"


@pytest.mark.parametrize(("name", "is_told"), [("split-brain", True), ("power-off", False), ("rebuild", False)])
def test_two_holders_leap_to_the_eye(pages: dict[str, str], name: str, is_told: bool) -> None:
    """A row of its own where two directors had the VIP at once, and only there."""
    assert ("⚠ TWO HOLDERS for 17.8 s" in pages[name]) == is_told


def test_a_rebuild_is_shown_as_it_grows(pages: dict[str, str]) -> None:
    """mdadm's words, and a row for the progress."""
    assert "clean, degraded, recovering" in pages["rebuild"]
    assert "nfs rebuild" in pages["rebuild"]
    assert "nfs rebuild" not in pages["power-off"]


def test_what_nodes_wrote_is_only_text() -> None:
    """Markup in a log, an error, a server's name, a finding or a fault is shown, not carried out."""
    evil = "</script><img src=x onerror=alert(1)>\"'&"
    run = record("power-off", rate=5)
    odd = Attempt(ns(30), ns(30), service="http", server=evil, error=evil, source=evil, port=1)
    finding = Finding(evil, Verdict.FAIL, evil, {evil: evil}, (0, ns(1)), evil)
    events = (*run.history.events, odd, replace(run.history.faults[0].fault, name=evil, target=(evil,)))
    text = page(replace(run, history=History(events), findings=(finding,)))
    assert "<img src=x" not in text
    assert text.count("</script>") == 2
    assert "&lt;script&gt;alert(&#39;not a script&#39;)" in text
    assert Balance(text).wrong == []


def test_sixty_thousand_requests_make_a_page_that_can_be_sent() -> None:
    """Two minutes at 100 attempts and 400 requests of load a second are drawn in buckets."""
    run = record("power-off", locust=400, end=120.0)
    assert len(run.attempts) == 60_000
    assert len(page(run).encode()) < 500_000


def test_a_service_that_blinks_for_minutes_stays_small() -> None:
    """Every other attempt lost: as many outages as attempts, and still a page to send."""
    dark = tuple((second / 50, second / 50 + 0.01) for second in range(3000))
    assert len(page(record("power-off", dark=dark)).encode()) < 1_000_000


def test_a_run_that_was_cut_at_once_has_a_page() -> None:
    """A header alone is enough to say that nothing is known."""
    run = record("power-off", rate=1)
    header = Run("cut", "lvs-dr", "a", "2026-11-20T08:15:00Z", 0, 0)
    text = page(replace(run, history=History([header]), findings=()))
    assert "nobody probed the service" in text
    assert Balance(text).wrong == []


def test_what_came_before_the_phases_is_not_drawn() -> None:
    """Making a run ready and fetching its logs takes a while; the axis is the run's, and the log has all lines."""
    run = record("power-off", rate=5)
    early = Log(ns(0.001), "nfs", "kernel", 3, "an early error")
    later = [
        replace(event, t=event.t + ns(30)) for event in run.history.events if not isinstance(event, Run | Attempt)
    ]
    moved = replace(run, history=History([run.history.run, early, *later]))
    assert moved.start == early.t
    assert moved.shown().start == moved.phases[0].start
    assert "an early error" in page(moved)


def test_lost_requests_are_listed_up_to_fifty(pages: dict[str, str]) -> None:
    """The first ones, with how many there are."""
    text = pages["power-off"]
    assert "the first 50 of 345" in text
    table = text.partition('id="lost-title"')[2].partition("</table>")[0]
    assert table.count("<tr>") == 51
    assert "connect timeout" in table


def failover(**figures: float) -> Record:
    """Return a run with one finding on a failover."""
    return replace(record("power-off", rate=1), findings=(Finding("failover", Verdict.PASS, "moved", dict(figures)),))


MOMENTS = {
    "last_advert_ms": 19380.0,
    "first_advert_ms": 23214.0,
    "gratuitous_arp_ms": 23218.0,
    "first_good_ms": 23430.0,
}
PROMISE = {"outage_ms": 3410.0, "predicted_low_ms": 2610.0, "predicted_high_ms": 3610.0}


def test_the_bar_adds_up() -> None:
    """The phases follow each other without a gap, and together last from the last advert to the first good answer."""
    (bar,) = phases.bars(failover(**MOMENTS, **PROMISE))
    assert [round(part.ms) for part in bar.parts] == [3834, 4, 212]
    assert [part.right for part in bar.parts][:-1] == [part.left for part in bar.parts][1:]
    assert bar.gone is not None
    assert bar.promised is not None
    assert bar.promised[0] <= bar.gone[1] <= bar.promised[1]
    assert bar.verdict_words == "inside the window"


@pytest.mark.parametrize(
    ("outage", "said"), [(3900.0, "290 ms after the window"), (2000.0, "610 ms before the window")]
)
def test_the_bar_says_by_how_much_the_window_was_missed(outage: float, said: str) -> None:
    """Too late and too early are both told."""
    (bar,) = phases.bars(failover(**MOMENTS, **PROMISE | {"outage_ms": outage}))
    assert bar.verdict_words == said


def test_the_bar_draws_what_is_there() -> None:
    """Without a prediction there is no window; with fewer than two moments there is no bar."""
    (bar,) = phases.bars(failover(last_advert_ms=1.0, first_advert_ms=3.0))
    assert (bar.gone, bar.promised, len(bar.parts)) == (None, None, 1)
    assert phases.bars(failover(last_advert_ms=1.0)) == ()
    assert "The failover, phase by phase" in page(failover(last_advert_ms=1.0, first_advert_ms=3.0))
    assert "phase by phase" not in page(failover(last_advert_ms=1.0))


def test_an_arp_before_the_first_advert_is_still_in_order() -> None:
    """keepalived may send the gratuitous ARP first; the wait is then what ended with it."""
    (bar,) = phases.bars(failover(last_advert_ms=0.0, gratuitous_arp_ms=3800.0, first_advert_ms=3801.0))
    assert [round(part.ms) for part in bar.parts] == [3800, 1]
    assert "master-down" in bar.parts[0].words
