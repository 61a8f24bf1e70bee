"""Programs that run on nodes; here they run on the host, which has a kernel as well."""

import hashlib
import itertools
import json
import os
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from lvslab.measure import on_node
from lvslab.measure.on_node import sampler, writer
from tests.unit.recorded import reading


def run(program: str, asked: dict[str, Any], lines: int) -> list[dict[str, Any]]:
    """Run a program by the command that a node is sent, and return its first lines."""
    with subprocess.Popen(["sh", "-c", on_node.command(program, asked)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        said = [json.loads(process.stdout.readline()) for _ in range(lines)]
        process.terminate()
    return said


def test_the_sampler_prints_files_and_sizes_again_and_again(tmp_path: Path) -> None:
    """A file that is not there is left out, not an end."""
    (tmp_path / "state").write_text("clean\n")
    asked = {
        "every": 0.05,
        "files": [f"{tmp_path}/st*", f"{tmp_path}/none"],
        "sizes": [f"{tmp_path}/state", f"{tmp_path}/none"],
        "director": None,
    }
    first, second = run("sampler", asked, 2)
    assert first["files"] == {f"{tmp_path}/state": "clean\n"}
    assert first["sizes"] == {f"{tmp_path}/state": 6}
    assert second["real"] > first["real"] and second["took"] > 0


@pytest.mark.parametrize("program", ["sampler", "writer"])
def test_a_program_ends_when_nobody_reads_any_more(program: str, tmp_path: Path) -> None:
    """A connection that is gone leaves nothing running on a node."""
    sampling = {"every": 0.05, "files": [], "sizes": [], "director": None}
    writing = {"action": "write", "folder": str(tmp_path), "seed": 1, "size": 1, "first": 1}
    command = ["sh", "-c", on_node.command(program, {**sampling, **writing})]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        process.wait(10)


def test_addresses_are_those_of_the_kernel() -> None:
    """Every host has its loopback."""
    assert ["lo", "127.0.0.1"] in sampler.addresses()


def test_states_are_asked_of_keepalived_only_when_something_changed(tmp_path: Path) -> None:
    """Each asking is lines in keepalived's log."""
    numbers = itertools.count(1)
    vrrp = sampler.Vrrp(str(tmp_path / "pid"), str(tmp_path / "dump"))
    vrrp._ask = lambda: str(next(numbers))  # type: ignore[method-assign]
    assert "".join(vrrp.look(sign)[0] for sign in "aaaaaabb") == "12333345"


def test_a_dump_is_read_when_all_instances_are_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """keepalived may be half through when its file is looked at."""
    whole, dump = reading("keepalived/two-instances-in-a-group.txt").output, tmp_path / "dump"
    (tmp_path / "pid").write_text("1\n")

    def written_bit_by_bit(_pid: int, _number: int) -> None:
        dump.write_text(whole[: whole.index("VRRP Instance = VI_inside")])
        threading.Timer(0.03, lambda: dump.write_text(whole)).start()

    monkeypatch.setattr(os, "kill", written_bit_by_bit)
    said, _ = sampler.Vrrp(str(tmp_path / "pid"), str(dump)).look("a")
    assert "VI_outside" in said and "VI_inside" in said


def test_without_keepalived_there_are_no_states(tmp_path: Path) -> None:
    """No PID file, or one of a process that is gone."""
    vrrp = sampler.Vrrp(str(tmp_path / "pid"), str(tmp_path / "dump"))
    assert vrrp.look("a")[0] == ""
    (tmp_path / "pid").write_text("no number\n")
    assert vrrp.look("b")[0] == ""


def test_content_follows_from_the_seed() -> None:
    """Known beforehand, different for each file, of the size that was asked for."""
    assert writer.content(1, 1, 100) == writer.content(1, 1, 100) != writer.content(1, 2, 100)
    assert len(writer.content(9, 9, 65536)) == 65536


def test_the_writer_tells_of_each_file_before_and_after(tmp_path: Path) -> None:
    """What was begun and never acknowledged is known as well."""
    asked = {"action": "write", "folder": str(tmp_path / "w"), "seed": 7, "size": 1000, "every": 0.01, "first": 3}
    said = run("writer", asked, 4)
    assert said == [{"id": 3, "begun": ""}, {"id": 3, "done": ""}, {"id": 4, "begun": ""}, {"id": 4, "done": ""}]
    assert (tmp_path / "w" / "3").read_bytes() == writer.content(7, 3, 1000)


def test_a_write_that_fails_says_why(tmp_path: Path) -> None:
    """A folder that is gone is no acknowledgement."""
    assert writer.put(tmp_path / "none" / "1", b"x") == os.strerror(2)


def test_a_digest_is_that_of_the_content(tmp_path: Path) -> None:
    """And a file that is not there has none."""
    (tmp_path / "1").write_bytes(b"abc")
    assert writer.digest(tmp_path / "1") == {"sha256": hashlib.sha256(b"abc").hexdigest()}
    assert writer.digest(tmp_path / "2") == {"error": os.strerror(2)}
