"""Requests a second: lvslab's load beside ab (ab(1), of apache2-utils), and beside itself unwatched."""

import re
from dataclasses import dataclass

from lvslab.bench.order import Bench
from lvslab.bench.process import inside, lvslab, parsed
from lvslab.errors import HostError, UnusableError
from lvslab.host.doctor import packages

PACKAGE = "apache2-utils"
USERS, SECONDS = 8, 30
MOST = 1_000_000
"""Requests after which ab would end by itself; the time ends it before."""


@dataclass(frozen=True)
class Told:
    """What ab tells: answers a second, and how many requests failed."""

    rate: float
    failed: int


def require() -> None:
    """Raise HostError unless ab is installed."""
    if not packages.where("ab"):
        raise HostError("ab is not installed, which the figure load is measured against", packages.install(PACKAGE))


def load(bench: Bench) -> None:
    """Load the VIP by ab and by lvslab in turn: new connections, as many at once."""
    for _ in range(bench.quick_runs):
        bench.progress.stage("load by ab")
        peer = by_ab(bench)
        bench.progress.stage("load by lvslab")
        options = ("--name", bench.name, "--runs", str(bench.kept))
        done = lvslab("load", "--users", str(USERS), "--seconds", str(SECONDS), "--json", *options, fine=(0, 1))
        found = parsed(done.output, "lvslab load")
        bench.ledger.add_pair("load", found["rate"], peer.rate)
        for who, failed in (("locust", found["failed"]), ("ab", peer.failed)):
            if failed:
                bench.ledger.note("load", f"{failed} requests of {who} failed")
    bench.ledger.note(
        "load", f"{USERS} connections at once, {SECONDS} s each; lvslab load looks at the nodes meanwhile"
    )


def by_ab(bench: Bench) -> Told:
    """Load the VIP by ab, from the client."""
    service = bench.lab.virtual_services[0]
    # -t implies 50000 requests unless -n comes after it
    words = ("-q", "-l", "-c", str(USERS), "-t", str(SECONDS), "-n", str(MOST))
    url = f"http://{service.address}:{service.port}/"
    return read(lvslab("client", "--name", bench.name, "--", "ab", *words, url).output)


def read(output: str) -> Told:
    """Return what ab printed, in figures; UnusableError when that is no report. Pure."""
    rate = re.search(r"^Requests per second:\s+([\d.]+)", output, re.MULTILINE)
    failed = re.search(r"^Failed requests:\s+(\d+)", output, re.MULTILINE)
    if rate is None or failed is None:
        raise UnusableError("ab printed no requests per second", "", output.strip().splitlines()[-5:])
    return Told(float(rate[1]), int(failed[1]))


def watching(bench: Bench) -> None:
    """Load the VIP while lvslab watches as in a drill, and while nobody does, in turn.

    The prober's requests are a load of their own, which the machines answer beside the other: all answers count.
    """
    for _ in range(bench.quick_runs):
        found = {}
        for how in ("alone", "watched"):
            bench.progress.stage(f"load, {how}")
            found[how] = inside("load", bench.name, str(bench.kept), str(USERS), str(SECONDS), how)
        bench.ledger.add_pair("watching", found["watched"]["all"], found["alone"]["all"])
        bench.ledger.note("watching", f"without the prober's own, {found['watched']['locust']:.0f} answers a second")
