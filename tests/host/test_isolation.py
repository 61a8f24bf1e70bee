"""A lab keeps to itself: the host is as it was, and two labs with the same addresses run side by side.

Two labs of one machine each, which holds the VIP and serves: what holds for them holds for larger ones.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lvslab.host import isolation
from lvslab.host.paths import state_home
from lvslab.wait import wait_for

LVSLAB = str(Path(sys.executable).with_name("lvslab"))
NAMES = ("iso-a", "iso-b")
VIP = "192.168.18.41"
LAB = """\
lab: one
networks:
  lan: {subnet: 192.168.18.0/24}
nodes:
  director1: {role: director, addresses: {lan: 192.168.18.31}}
client: {addresses: {lan: 192.168.18.140}}
web: {server: nginx, document_root: /var/www/html, port: 80}
vrrp_instances:
  - name: VI_1
    network: lan
    virtual_router_id: 51
    virtual_addresses: [192.168.18.41]
    priorities: {director1: 100}
local_services:
  - {name: http, address: 192.168.18.41, port: 80}
"""
# what the kernel counts or draws anew by itself
RESTLESS = ("nf_conntrack_count", "random", "stable_secret", "fib_sync_mem", "tcp_fastopen_key")


def said(*words: str) -> str:
    """Run a command on the host and return what it says."""
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def interfaces() -> list[dict[str, object]]:
    """Return the host's interfaces and their addresses, without what only counts down."""
    restless = {"valid_life_time", "preferred_life_time"}
    rows = json.loads(said("ip", "-json", "address"))
    for row in rows:
        row["addr_info"] = [{k: v for k, v in each.items() if k not in restless} for each in row["addr_info"]]
    return list(rows)


def settings() -> list[str]:
    """Return the kernel's network settings."""
    lines = said("sysctl", "--all", "--ignore", "--pattern", "^net[.]").splitlines()
    return [line for line in lines if not any(word in line for word in RESTLESS)]


def listing(folder: Path) -> dict[str, float]:
    """Return what stands in a folder, and when each of it was changed."""
    return {str(path): path.lstat().st_mtime for path in [folder, *folder.rglob("*")] if path.exists()}


def namespaces() -> dict[str, str]:
    """Return the host's namespaces by number, each with a process that is in it."""
    rows = (line.split(maxsplit=1) for line in said("lsns", "-n", "-o", "NS,TYPE,PID,COMMAND").splitlines())
    return {row[0]: row[1] for row in rows}


def still_there(numbers: set[str]) -> list[str]:
    """Return those of some namespaces that are there, with a process that is in each."""
    return [process for number, process in namespaces().items() if number in numbers]


def namespaces_of(*names: str) -> set[str]:
    """Return the numbers of the mount, network and PID namespaces of labs that run."""
    keepers = [keeper for name in names for keeper in isolation.find_keepers(name)]
    links = [Path(f"/proc/{keeper.pid}/ns/{kind}").readlink() for keeper in keepers for kind in ("mnt", "net", "pid")]
    return {str(link).partition("[")[2].rstrip("]") for link in links}


def host() -> dict[str, object]:
    """Return all that a lab must not change."""
    return {
        "interfaces": interfaces(),
        "routes": json.loads(said("ip", "-json", "route", "show", "table", "all")),
        "rules": json.loads(said("ip", "-json", "rule")),
        "firewall": said("nft", "list", "ruleset"),
        "settings": settings(),
        "libvirt": listing(Path("/etc/libvirt")),
        "vagrant": listing(Path.home() / ".vagrant.d"),
        "mounts": Path("/proc/self/mounts").read_text(),
        "netns": listing(Path("/run/netns")),
    }


def processes(*names: str) -> list[str]:
    """Return the processes that tell by their words that they belong to one of these labs."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if any(f"{state_home()}/{name}" in words for name in names):
            found.append(words)
    return found


def as_client(name: str, path: str = "/") -> subprocess.CompletedProcess[str]:
    """Ask the VIP of a lab for a page."""
    words = [LVSLAB, "client", "--name", name, "--", "curl", "--silent", "--include", f"http://{VIP}{path}"]
    return subprocess.run(words, capture_output=True, text=True)


def take_away(*names: str) -> None:
    """Take labs away, all at once."""
    for process in [subprocess.Popen([LVSLAB, "down", name], stderr=subprocess.DEVNULL) for name in names]:
        process.wait()


def difference(before: dict[str, object], after: dict[str, object]) -> list[str]:
    """Return the names of what is not as it was."""
    return [name for name, value in before.items() if after[name] != value]


@pytest.fixture(scope="module")
def before() -> dict[str, object]:
    """Return the host as it was before any of this file's labs."""
    take_away(*NAMES)
    return host()


@pytest.fixture(scope="module")
def labs(before: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, ...]]:
    """Have both labs run, raised at the same time from the same file."""
    file = tmp_path_factory.mktemp("labs") / "one.yml"
    file.write_text(LAB)
    raising = {
        name: subprocess.Popen([LVSLAB, "up", str(file), "--name", name], stdout=subprocess.DEVNULL) for name in NAMES
    }
    try:
        assert {name: process.wait() for name, process in raising.items()} == dict.fromkeys(NAMES, 0)
        yield NAMES
    finally:
        take_away(*NAMES)


def test_the_host_is_as_it_was_while_two_labs_run(before: dict[str, object], labs: tuple[str, ...]) -> None:
    """Interfaces, routes, rules, firewall, kernel settings, libvirt, vagrant, mounts and named namespaces."""
    assert difference(before, host()) == []


def test_both_labs_answer_on_the_same_vip(labs: tuple[str, ...]) -> None:
    """Each client reaches its own director, and finds the page of its own lab."""
    for name in labs:
        written = subprocess.run(
            [LVSLAB, "exec", "director1", "--name", name, "--", "sh", "-c", f"echo {name} > /var/www/html/whose.txt"]
        )
        assert written.returncode == 0
    for name in labs:
        answer = as_client(name, "/whose.txt")
        assert answer.returncode == 0, answer.stderr
        head, _, body = answer.stdout.partition("\n\n")
        assert "X-Real-Server: director1" in head
        assert body == f"{name}\n"


def test_the_host_does_not_reach_a_lab(labs: tuple[str, ...]) -> None:
    """Whatever the VIP may mean outside, it is not a lab's."""
    words = ["curl", "--silent", "--noproxy", "*", "--max-time", "2", f"http://{VIP}/whose.txt"]
    answer = subprocess.run(words, capture_output=True, text=True).stdout
    assert not any(name in answer for name in labs)


def test_nothing_is_left_of_a_lab_that_was_taken_away(before: dict[str, object], labs: tuple[str, ...]) -> None:
    """No process, namespace, mount, link or file; and the other lab runs on until its own end."""
    first, second = labs
    theirs = namespaces_of(*labs)
    assert len(still_there(theirs)) == 6
    take_away(first)
    assert processes(first) == []
    assert as_client(second).returncode == 0
    take_away(second)
    assert processes(*labs) == []
    # a number that became free may for a moment be that of another's namespace
    wait_for(lambda: not still_there(theirs), within=10, what="namespaces", seen=lambda: str(still_there(theirs)))
    assert list(state_home().glob("iso-*")) == []
    assert difference(before, host()) == []
