"""Helper processes and locust, seen from the process that starts them."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from lvslab.errors import UnusableError
from lvslab.history import Attempt, RunFolder
from lvslab.measure import load as load_module
from lvslab.measure.clock import Clock
from lvslab.measure.exchange import Target
from lvslab.measure.helper import Helper
from lvslab.measure.load import Load
from lvslab.measure.wishes import LoadWishes
from lvslab.wait import wait_for
from tests.unit.measure.web import serving

PROBER = "lvslab.measure.prober"
pytestmark = pytest.mark.usefixtures("no_namespace")


def probing(port: int, folder: RunFolder) -> dict[str, Any]:
    """Return what the prober is asked to do."""
    target = asdict(Target("http", "127.0.0.1", port))
    return {
        "target": target,
        "rate": 100,
        "sources": [],
        "clock": asdict(Clock()),
        "history": str(folder.history),
    }


def test_a_helper_tells_what_it_sees_until_it_is_stopped(tmp_path: Path) -> None:
    """It is ready when it works, and ends well when it is told to."""
    folder, pulses = RunFolder(tmp_path), list[dict[str, Any]]()
    with serving() as server:
        helper = Helper(PROBER, probing(server.port, folder), pulses.append)
        helper.wait_ready()
        wait_for(lambda: pulses, within=10, what="no pulse")
        assert helper.stop() == ""
    assert pulses[0]["ok"] > 0 and len(folder.read().attempts) >= pulses[0]["ok"]


def test_a_helper_that_cannot_start_says_why() -> None:
    """The end of its error output goes with the error."""
    helper = Helper(PROBER, {"nothing": "useful"}, lambda said: None)
    with pytest.raises(UnusableError, match=r"lvslab\.measure\.prober did not start") as failed:
        helper.wait_ready()
    assert "KeyError: 'target'" in failed.value.details


def test_a_helper_that_was_killed_is_told_at_the_end(tmp_path: Path) -> None:
    """A watch that went blind must not pass for one that saw nothing."""
    with serving() as server:
        helper = Helper(PROBER, probing(server.port, RunFolder(tmp_path)), lambda said: None)
        helper.wait_ready()
        helper.kill()
    assert helper.stop().startswith("lvslab.measure.prober ended with -9")


def test_locust_puts_every_request_into_the_history_and_its_report_beside_it(tmp_path: Path) -> None:
    """Two users of one process, for a moment."""
    folder, pulses, clock = RunFolder(tmp_path), list[int](), Clock()
    with serving() as server:
        wishes = LoadWishes(users=2, pause=0.05)
        load = Load(wishes, Target("http", "127.0.0.1", server.port), ("127.0.0.2", "127.0.0.3"))
        load.start(tmp_path, folder.history, clock, pulses.append)
        assert load.stop() == ""
    made = folder.read().of(Attempt)
    assert made and all(each.ok and each.stream == "locust" and each.server == "web1" for each in made)
    assert {each.source for each in made} == {"127.0.0.2", "127.0.0.3"}
    assert (tmp_path / "locust.html").exists() and (tmp_path / "locust_stats.csv").exists()
    assert sum(pulses) <= len(made)


def test_locust_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its file it ends at once, and its last words are told."""
    monkeypatch.setattr(load_module, "project_root", lambda: tmp_path)
    load = Load(LoadWishes(), Target("http", "127.0.0.1", 1), ())
    with pytest.raises(UnusableError, match="locust did not start") as failed:
        load.start(tmp_path, tmp_path / "history.jsonl", Clock(), lambda requests: None)
    assert failed.value.details
