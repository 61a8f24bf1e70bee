"""A watch over a real takeover: witnesses that know nothing of each other tell the same."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from lvslab.history import (
    Advert,
    Arp,
    Attempt,
    DirectorSample,
    Download,
    History,
    HostSample,
    Log,
    Phase,
    Run,
    RunFolder,
    Served,
    StorageSample,
    WebSample,
    Write,
)
from lvslab.lifecycle import instance as instances
from lvslab.measure.clock import Clock
from lvslab.measure.downloads import HUNG_AFTER
from lvslab.measure.watch import Watch
from lvslab.measure.wishes import LoadWishes, Wishes
from lvslab.nodes.fabric_remote import FabricRemote
from lvslab.pytest_plugin import LabUnderTest
from lvslab.wait import wait_for

MILLISECOND = 1_000_000
TAKEN_OVER = 30.0


@pytest.fixture(scope="module")
def history(lab: LabUnderTest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    """Watch with everything there is while keepalived is stopped on the master; return what was recorded."""
    folder = RunFolder(tmp_path_factory.mktemp("run"))
    zero = Clock()

    def connect(name: str) -> FabricRemote:
        return instances.remote(lab.instance.paths, lab.model, name)

    wishes = Wishes(rate=50, load=LoadWishes(users=2, pause=0.2, addresses=2), downloads=3, writes=True)
    with Watch(lab.model, folder, connect, zero, wishes) as watch:
        watch.record(Run("measure", lab.model.name, "suite", "now", zero.realtime_ns, zero.monotonic_ns, rate=50))
        watch.record(Phase(watch.now(), "before"))
        wait_for(lambda: watch.latest().ok, within=10, what="no attempt was answered")
        watch.record(Phase(watch.now(), "fault"))
        lab.remote("director1").run("systemctl stop keepalived")
        holders = wait_for(
            lambda: watch.latest().holders == ("director2",) and watch.latest().ok and watch.latest().holders,
            within=TAKEN_OVER,
            what="director2 did not take over",
        )
        # a download that is cut off only falls silent, and counts as hung after that
        taken = watch.now()
        wait_for(lambda: watch.now() - taken > 2 * HUNG_AFTER, within=20, what="time does not pass")
        watch.record(Phase(watch.now(), "end"))
    assert holders == ("director2",) and watch.problems == []
    assert Path(folder.path / "locust.html").exists() and (folder.logs / "director2.log").exists()
    yield folder.read()
    lab.reset()


def goodbye(history: History) -> int:
    """Return when the old master said that it goes."""
    return next(each.t for each in history.of(Advert) if each.node == "director1" and each.priority == 0)


def announced(history: History) -> int:
    """Return when the new master first told of the VIP unasked."""
    return next(each.t for each in history.of(Arp) if each.node == "director2" and each.is_gratuitous)


def test_every_witness_has_something_to_tell(history: History) -> None:
    """No part of the watch was silent."""
    kinds = (Attempt, Advert, Arp, DirectorSample, WebSample, StorageSample, HostSample, Served, Log, Download, Write)
    assert [kind.__name__ for kind in kinds if not history.of(kind)] == []
    assert {each.stream for each in history.of(Attempt)} == {"prober", "locust"}


def test_the_prober_sees_the_outage_that_the_wire_tells(history: History) -> None:
    """Between goodbye and gratuitous ARP nobody answers; some time after it, everybody is answered again.

    The old master says goodbye first and takes address and table away then, in its own time.
    """
    first, last = goodbye(history) + 300 * MILLISECOND, announced(history) - 100 * MILLISECOND
    out = [each for each in history.attempts if first < each.sent < last]
    assert out and not any(each.ok for each in out)
    later = "".join("+" if each.ok else "-" for each in history.attempts if each.t > announced(history))
    assert "+" * 50 in later, later


def test_the_backup_waits_for_its_skew_after_a_goodbye(history: History) -> None:
    """(256 - 99) / 256 s: RFC 3768, section 6.1. On a busy host timers are late, never early.

    Without the goodbye it would be 2.61 s at least: 3 s and the skew, less up to an interval.
    """
    taken = next(each.t for each in history.of(Advert) if each.node == "director2")
    assert 0.60 < (taken - goodbye(history)) / 1e9 < 2.5


def test_web_servers_have_served_what_the_prober_was_answered(history: History) -> None:
    """Each good answer is one line of the access log of the server that it names, with the same port."""
    served = {(each.client, each.port): each for each in history.of(Served) if each.agent == "lvslab-prober"}
    good = [each for each in history.attempts if each.ok]
    assert good and [each for each in good if served[each.source, each.port].node != each.server] == []


def test_the_nodes_clocks_are_on_the_clock_of_the_run(history: History) -> None:
    """No request is served before it was sent, nor after it was answered, but for a few milliseconds."""
    served = {(each.client, each.port): each.t for each in history.of(Served) if each.agent == "lvslab-prober"}
    lags = sorted(served[each.source, each.port] - each.sent for each in history.attempts if each.ok)
    assert lags[0] > -5 * MILLISECOND
    assert lags[len(lags) // 2] < 200 * MILLISECOND


def test_samples_follow_the_vip_from_one_director_to_the_other(history: History) -> None:
    """First director1 holds it as MASTER, at the end director2 does, and director1 has no keepalived."""
    samples = [each for each in history.of(DirectorSample) if not each.error]
    first, last = ({each.node: each for each in row} for row in (reversed(samples), samples))
    # keepalived on a busy node may not have told its states when a sample was taken
    told = [(each.node, each.vrrp) for each in samples if each.vrrp]
    began, ended = (dict(row) for row in (reversed(told), told))
    assert first["director1"].holds and began["director1"] == {"VI_1": "MASTER"}
    assert last["director2"].holds and ended["director2"] == {"VI_1": "MASTER"}
    assert not last["director1"].holds and not last["director1"].keepalived


def test_downloads_do_not_survive_without_a_sync_daemon(history: History) -> None:
    """The new master knows nothing of the old one's connections."""
    outcomes = Counter(each.outcome for each in history.of(Download))
    assert outcomes.total() == 3 and outcomes["survived"] == 0


def test_everything_written_is_read_back(history: History) -> None:
    """The storage was not touched by the fault; the end of the watch may have cut the last file short."""
    *written, last = sorted(history.of(Write), key=lambda each: each.t)
    assert [each for each in written if not each.acknowledged or each.read_back != each.sha256] == [] != written
    assert not last.acknowledged or last.read_back == last.sha256


def test_locust_asks_from_both_addresses(history: History) -> None:
    """Its users take the client's addresses in turn."""
    assert len({each.source for each in history.of(Attempt) if each.stream == "locust" and each.ok}) == 2
