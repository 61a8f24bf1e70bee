"""The course of the drills' figures, with a lab that only leaves files."""

import json
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lvslab.bench import drills, loads
from lvslab.bench.figure import Figure, Verdict
from lvslab.bench.order import Bench
from lvslab.bench.process import Timed
from lvslab.errors import UnusableError
from lvslab.history import Run, RunFolder
from tests.unit.bench.test_told import BACK, CRASH, summary
from tests.unit.bench.test_wire import ZERO, exchange, pcap, request

OUTAGE = (11500.0, 14340.0)
LINES = ((1.0, "  0.5 s  restoring the snapshot verified"), (33.0, "  32.5 s  restoring the snapshot verified"))


class Silent:
    """Progress that nobody watches."""

    def stage(self, title: str) -> None:
        """Say nothing."""

    def say(self, line: str) -> None:
        """Say nothing."""


class Lab:
    """Stands in for `lvslab`: keeps what it was asked, and a drill leaves the files of a run."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    def __call__(self, *words: str, fine: Container[int] = (0,)) -> Timed:
        """Do what the words say, as far as files go."""
        self.asked.append(words)
        if words[0] == "up":
            return Timed(7.0, "", ())
        if "--all" in words:
            made = [{"drill": name, "verdict": word} for name, word in (("a", "pass"), ("b", "fail"), ("c", "pass"))]
            return Timed(1200.0, f"a\n  the service was gone\n{json.dumps({'drills': made})}\n", ())
        folder = RunFolder.make(Path(words[words.index("--runs") + 1]), words[1])
        told = summary(CRASH, BACK, stretches=(OUTAGE, (40000, 40120)))
        told["phases"] = [{"name": "recovery", "start_ms": 24000.0, "end_ms": 28400.0}]
        (folder.path / "summary.json").write_text(json.dumps(told))
        folder.add(
            [Run(drill=words[1], lab="lvs-dr", instance="bench", started="", realtime_ns=ZERO, monotonic_ns=0)]
        )
        return Timed(37.0, "", LINES)


@contextmanager
def capturing(argv: list[str], path: Path) -> Iterator[None]:
    """Stand in for tcpdump: the service answers until 11.49 s and from 14.34 s on."""
    good = [each for at in (11480, 11490, 14340, 14350) for each in exchange(at, at)]
    failed = [request(at, at) for at in range(11500, 14340, 10)]
    path.write_bytes(pcap(*sorted(good + failed, key=lambda each: each[0])))
    yield


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Lab:
    """Return what stands in for `lvslab`."""
    made = Lab()
    monkeypatch.setenv("LVSLAB_STATE", str(tmp_path))
    monkeypatch.setattr(drills, "lvslab", made)
    monkeypatch.setattr(drills.sniffer, "capturing", capturing)
    monkeypatch.setattr(drills.box, "build", lambda say: None)
    return made


def measured(folder: Path, *wanted: str) -> list[Figure]:
    """Measure twice and return the figures."""
    bench = Bench(Silent(), "tcg", wanted, 2, kept=folder / "runs")
    drills.on_drills(bench)
    return list(bench.ledger.figures(wanted))


def test_the_outage_is_read_from_the_packets_of_each_run(lab: Lab, tmp_path: Path) -> None:
    """The prober's 2840 ms beside the wire's, from request to request; the packets stay in the run's folder."""
    (figure,) = measured(tmp_path, "outage")
    assert figure.values == (2840.0, 2840.0) and figure.peer_values == (2840.0, 2840.0)
    assert figure.verdict is Verdict.MET
    assert len(list((tmp_path / "runs" / "director-power-off").glob("*T*/answers.pcap"))) == 2


def test_the_outage_at_vrrp_version_3_is_held_against_what_the_run_predicted(lab: Lab, tmp_path: Path) -> None:
    """On a lab raised from the file that was derived."""
    (figure,) = measured(tmp_path, "outage-vrrp3")
    assert figure.values == figure.peer_values == (2840.0, 2840.0)
    assert figure.notes == ("predicted: 2613 to 3613 ms",)
    assert lab.asked[0][:2] == ("up", str(tmp_path / "bench-floor" / "lvs-dr-vrrp3.yml"))


def test_a_drill_is_timed_beside_its_timeline(lab: Lab, tmp_path: Path) -> None:
    """33 s up to the page, of which 21 were planned: quiet, faults, quiet."""
    (figure,) = measured(tmp_path, "drill")
    assert figure.values == (33.0, 33.0) and figure.peer_values == (21.0, 21.0)
    assert figure.notes == ("director-link-down: 4.4 s were the lab's recovery",)


def test_all_drills_are_timed_as_one_campaign_with_their_verdicts(lab: Lab, tmp_path: Path) -> None:
    """A drill that failed took its time as well, and is told."""
    (figure,) = measured(tmp_path, "drills")
    assert figure.values == (1200.0, 1200.0)
    assert figure.notes == ("3 drills: 2 pass, 1 fail",)


def test_a_figure_that_fails_is_told_and_the_others_go_on(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hours of drills are not lost for one of them."""

    def fails(bench: Bench) -> None:
        raise UnusableError("locust did not start")

    monkeypatch.setattr(loads, "load", fails)
    load, drill = measured(tmp_path, "load", "drill")
    assert (load.verdict, load.notes) == (Verdict.NOT_MEASURED, ("failed: locust did not start",))
    assert drill.verdict is Verdict.MET


def test_only_what_is_wanted_raises_a_lab(lab: Lab, tmp_path: Path) -> None:
    """Each figure begins on a lab as it was verified."""
    measured(tmp_path, "drill")
    assert [words[0] for words in lab.asked] == ["up", "drill", "drill"]


def test_a_drill_that_left_no_summary_is_told(tmp_path: Path) -> None:
    """As where the lab could not be put back before it."""
    with pytest.raises(UnusableError, match=r"summary\.json: it is not there"):
        drills.summary(RunFolder(tmp_path))
