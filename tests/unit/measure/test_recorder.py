"""The sink of a history."""

import multiprocessing
import os
import signal
import threading
import time
from pathlib import Path

from lvslab.history import Phase, RunFolder, Stall
from lvslab.measure.recorder import Recorder
from lvslab.wait import wait_for

EACH = 500


def write(path: Path, first: int) -> None:
    """Write EACH events, as a process of its own."""
    with Recorder(path) as recorder:
        for number in range(first, first + EACH):
            recorder.add(Stall(number, number))


def write_for_ever(path: Path) -> None:
    """Write until killed."""
    recorder = Recorder(path)
    while True:
        recorder.add(Stall(1, 1))
        time.sleep(0.001)


def test_what_was_added_is_there_after_the_end(tmp_path: Path) -> None:
    """Closing writes everything."""
    folder = RunFolder(tmp_path)
    with Recorder(folder.history) as recorder:
        recorder.extend([Phase(1, "before"), Phase(2, "fault")])
    assert [phase.name for phase in folder.read().of(Phase)] == ["before", "fault"]


def test_events_are_on_the_disk_before_the_end(tmp_path: Path) -> None:
    """Whoever watches a run that still goes on sees what has happened."""
    folder = RunFolder(tmp_path)
    with Recorder(folder.history) as recorder:
        recorder.add(Phase(1, "before"))
        wait_for(lambda: folder.history.read_text(), within=5, what="nothing is written")


def test_processes_and_threads_write_whole_lines_into_one_file(tmp_path: Path) -> None:
    """No line of one writer is cut by another's, and none is lost."""
    folder = RunFolder(tmp_path)
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=write, args=(folder.history, first)) for first in (0, EACH)]
    threads = [threading.Thread(target=write, args=(folder.history, first)) for first in (2 * EACH, 3 * EACH)]
    for each in (*processes, *threads):
        each.start()
    for each in (*processes, *threads):
        each.join()
    assert sorted(stall.ns for stall in folder.read().of(Stall)) == list(range(4 * EACH))


def test_a_killed_run_leaves_a_history_that_can_be_read(tmp_path: Path) -> None:
    """SIGKILL costs what was not yet written, and nothing else."""
    folder = RunFolder(tmp_path)
    process = multiprocessing.get_context("spawn").Process(target=write_for_ever, args=(folder.history,))
    process.start()
    wait_for(lambda: folder.history.exists() and folder.history.stat().st_size, within=20, what="nothing is written")
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert len(folder.read().of(Stall)) > 0
