"""The doctor's judgement: from what was seen to a status and a remedy."""

import json
from collections import Counter
from pathlib import Path

import pytest

from lvslab.errors import HostError
from lvslab.host import doctor
from lvslab.host.command import Completed
from lvslab.host.doctor import Status, kernel, packages, room
from lvslab.host.doctor.finding import Finding, Probe, Verdict, fail, ok, warn
from lvslab.host.doctor.packages import Need
from lvslab.host.doctor.room import GIB

REFUSED = Completed(("unshare",), 1, "", "unshare: unshare failed: Operation not permitted\n")
FINE = Completed(("unshare",), 0, "", "")
MEMINFO = "MemTotal:       24634408 kB\nMemFree:  1 kB\nMemAvailable:   23068672 kB\nHugePages_Total:       0\n"


def finding(status: Status) -> Finding:
    """Return a finding of which only the status matters."""
    return Finding("x", status, "seen", "", "")


def raising(error: Exception) -> Probe:
    """Return a probe that raises ``error``."""

    def check() -> Verdict:
        raise error

    return Probe("broken", "nothing", check)


@pytest.mark.parametrize("error", [OSError("gone"), HostError("gone"), KeyError("gone")])
def test_a_probe_that_raises_is_a_finding(error: Exception) -> None:
    """One look that cannot be taken does not keep the doctor from the others."""
    broken, fine = doctor.examine([raising(error), Probe("fine", "", lambda: ok("yes"))])
    assert (broken.status, "gone" in broken.seen) == (Status.FAIL, True)
    assert fine.status is Status.OK


def test_a_probe_that_raises_without_a_word_is_told_by_the_error_s_name() -> None:
    """Some errors have no text of their own; the finding must say something."""
    (broken,) = doctor.examine([raising(OSError())])
    assert broken.seen.endswith("OSError")


def test_findings_come_in_the_order_of_the_probes() -> None:
    """A reader finds the cause above what follows from it."""
    probes = [Probe(name, "", lambda: ok("yes")) for name in "zaq"]
    assert [found.name for found in doctor.examine(probes)] == ["z", "a", "q"]


@pytest.mark.parametrize(
    ("statuses", "worst"),
    [([], "ok"), (["ok", "ok"], "ok"), (["ok", "warn"], "warn"), (["fail", "warn", "ok"], "fail")],
)
def test_the_worst_finding_decides(statuses: list[str], worst: str) -> None:
    """A warning is worse than nothing, a failure worse than a warning."""
    assert doctor.worst([finding(Status(status)) for status in statuses]) is Status(worst)


def test_json_has_a_version_and_all_findings() -> None:
    """What is printed can be read back, with statuses as plain words."""
    (found,) = doctor.examine([Probe("tun", "taps", lambda: fail("/dev/net/tun: gone", "modprobe tun"))])
    assert json.loads(json.dumps(doctor.as_json([found]))) == {
        "schema_version": 1,
        "status": "fail",
        "findings": [
            {
                "name": "tun",
                "status": "fail",
                "seen": "/dev/net/tun: gone",
                "remedy": "modprobe tun",
                "what": "taps",
            }
        ],
    }


def test_every_probe_has_a_name_of_its_own() -> None:
    """A finding can be told by its name."""
    names = Counter(probe.name for probe in doctor.probes())
    assert [name for name, count in names.items() if count > 1] == []


def test_the_table_is_read_without_comments() -> None:
    """A comment may stand on a line of its own or behind a row."""
    assert packages.needs("# a\n\nip  iproute2 # b\n") == (Need("ip", "iproute2"),)


def test_programs_of_one_package_are_looked_for_together() -> None:
    """A package is one finding, however many of its programs are needed."""
    table = (Need("mke2fs", "e2fsprogs"), Need("ip", "iproute2"), Need("debugfs", "e2fsprogs"))
    assert packages.by_package(table) == {"e2fsprogs": ("mke2fs", "debugfs"), "iproute2": ("ip",)}


def test_every_row_of_the_real_table_names_a_package() -> None:
    """The bootstrap script takes the second word of each row."""
    table = packages.needs(packages.TABLE.read_text())
    assert Need("qemu-system-x86_64", "qemu-system-x86") in table


def test_a_missing_program_is_installed_by_its_package() -> None:
    """The remedy installs the package, and nothing that is only recommended."""
    assert packages.verdict("e2fsprogs", ["debugfs"], "1.47") == fail(
        "missing: debugfs", "apt-get install --no-install-recommends e2fsprogs"
    )


def test_an_installed_package_tells_its_version() -> None:
    """The version is what is seen."""
    assert packages.verdict("e2fsprogs", [], "1.47") == ok("1.47")


def test_a_pattern_finds_the_first_file(tmp_path: Path) -> None:
    """A path in the table may leave a version open."""
    for name in ("python3.12", "python3.11"):
        (tmp_path / name).touch()
    assert packages.where(f"{tmp_path}/python3*") == f"{tmp_path}/python3.11"
    assert packages.where(f"{tmp_path}/ruby*") == ""


def test_a_program_that_is_nowhere_has_no_path() -> None:
    """An empty path, not an error."""
    assert packages.where("no-such-program") == ""


@pytest.mark.parametrize(
    ("free", "wanted", "status"),
    [(0.5, 4, "fail"), (0.5, 1, "fail"), (2, 4, "warn"), (4, 4, "ok"), (1.5, 1, "ok")],
)
def test_little_space_warns_and_no_space_fails(tmp_path: Path, free: float, wanted: int, status: str) -> None:
    """Below 1 GiB nothing works; between that and what is wanted it may go wrong later."""
    assert room.disk_verdict(tmp_path, int(free * GIB), wanted * GIB).status is Status(status)


def test_space_is_looked_for_above_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    """The folder is made with the first lab."""
    assert room.existing(tmp_path / "not" / "yet") == tmp_path


def test_available_memory_is_read_in_bytes() -> None:
    """MemAvailable counts, not MemFree: caches give way."""
    assert room.available(MEMINFO) == 23068672 * 1024


@pytest.mark.parametrize(("free", "status"), [(1, "warn"), (8, "ok")])
def test_little_memory_is_a_warning(free: int, status: str) -> None:
    """A smaller lab, or swap, may still do."""
    assert room.memory_verdict(free * GIB).status is Status(status)


def test_a_plain_user_is_told_to_be_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number is told: a user namespace may surprise."""
    monkeypatch.setattr(kernel.os, "geteuid", lambda: 1000)
    assert kernel.root() == fail("uid 1000, expected 0", "sudo lvslab doctor")


def test_what_the_kernel_does_is_told() -> None:
    """Success needs no remedy."""
    assert kernel.tried(FINE, "works", fail("not seen")) == ok("works")


def test_what_the_kernel_refuses_to_root_is_the_kernels_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Root gets the remedy for the kernel."""
    monkeypatch.setattr(kernel.os, "geteuid", lambda: 0)
    assert kernel.tried(REFUSED, "works", warn("no netem", "modprobe sch_netem")) == warn(
        "no netem", "modprobe sch_netem"
    )


def test_what_the_kernel_refuses_to_a_user_says_nothing_about_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain user is told to ask again as root."""
    monkeypatch.setattr(kernel.os, "geteuid", lambda: 1000)
    assert kernel.tried(REFUSED, "works", warn("no netem", "modprobe sch_netem")) == warn(
        "unshare: unshare failed: Operation not permitted", "sudo lvslab doctor"
    )


def test_a_program_that_fails_in_silence_is_told_by_its_status() -> None:
    """There is always something to show."""
    assert kernel.complaint(Completed(("nft",), 3, "", "")) == "nft ended with exit status 3"
