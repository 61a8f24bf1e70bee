"""What a lab takes: memory from /proc, disk from files."""

import os
from pathlib import Path

import pytest

from lvslab.bench import footprint
from lvslab.bench.footprint import Memory

ROLLUP = "55d0-7ffd ---p 00000000 00:00 0    [rollup]\nRss:   {rss} kB\nPss:   {pss} kB\nPss_Dirty:   1 kB\n"


def process(proc: Path, pid: int, name: str, space: str, rss: int = 0, pss: int = 0) -> None:
    """Make a process as /proc shows it."""
    (proc / str(pid) / "ns").mkdir(parents=True)
    (proc / str(pid) / "ns" / "pid").symlink_to(f"pid:[{space}]")
    (proc / str(pid) / "comm").write_text(f"{name}\n")
    (proc / str(pid) / "smaps_rollup").write_text(ROLLUP.format(rss=rss, pss=pss))


def test_memory_is_summed_over_processes_in_mib(tmp_path: Path) -> None:
    """A process that ended in between counts nothing."""
    process(tmp_path, 1, "qemu", "7", rss=2048, pss=1024)
    process(tmp_path, 2, "qemu", "7", rss=1024, pss=512)
    assert footprint.memory([1, 2, 3], tmp_path) == Memory(rss=3.0, pss=1.5)


def test_a_labs_processes_are_those_in_the_namespace_of_its_keeper(tmp_path: Path) -> None:
    """Another lab's qemu is another's."""
    process(tmp_path, 10, "python", "7")
    process(tmp_path, 11, "qemu-system-x86", "7")
    process(tmp_path, 12, "qemu-system-x86", "8")
    assert footprint.processes_with(10, tmp_path) == {10: "python", 11: "qemu-system-x86"}


def test_disk_counts_blocks_and_leaves_out_what_is_linked_elsewhere(tmp_path: Path) -> None:
    """A hole takes no disk, and the box belongs to the cache."""
    lab = tmp_path / "lab"
    lab.mkdir()
    (tmp_path / "box").write_bytes(b"x" * 2**20)
    os.link(tmp_path / "box", lab / "box")
    (lab / "image").write_bytes(b"x" * 2**20)
    with (lab / "hole").open("wb") as hole:
        hole.truncate(2**30)
    assert footprint.disk(lab) == pytest.approx(1.0, abs=0.1)
