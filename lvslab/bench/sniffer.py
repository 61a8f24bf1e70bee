"""tcpdump in the client's network, beside something else: a witness that is no part of lvslab."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lvslab.bench.process import end
from lvslab.bench.wire import End
from lvslab.errors import UnusableError
from lvslab.host import command
from lvslab.host.command import find

SNAPLEN = 128
"""Bytes of a frame that are kept: all headers, and the first words of an answer."""
LISTENS = "listening on"
LOST = re.compile(r"^(\d+) packets? dropped by kernel", re.MULTILINE)


def arguments(name: str, network: str, service: End) -> list[str]:
    """Return the command line that captures what the client of the lab ``name`` and a service say to each other."""
    address, port = service
    return command.lvslab(
        *("client", "--name", name, "--", "tcpdump", "-n", "-i", network, "-s", str(SNAPLEN), "-B", "8192"),
        *("--time-stamp-precision=nano", "-w", "-", f"tcp port {port} and host {address}"),
    )


@contextmanager
def capturing(argv: list[str], path: Path) -> Iterator[None]:
    """Capture to ``path`` while the block runs; the block begins when tcpdump listens.

    Raises UnusableError when it does not come to that, and at the end when packets were lost.
    """
    with path.open("wb") as file:
        process = subprocess.Popen(
            [find("setpriv"), "--pdeathsig", "KILL", *argv],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        try:
            _wait_until_it_listens(process)
            yield
            process.terminate()
            assert process.stderr is not None
            lost = dropped(process.stderr.read())
        finally:
            end(process)
    if lost:
        raise UnusableError(f"tcpdump: {lost} packets were lost, so the wire cannot be told")


def dropped(said: str) -> int:
    """Return how many packets tcpdump says that the kernel dropped. Pure."""
    found = LOST.search(said)
    return int(found[1]) if found else 0


def _wait_until_it_listens(process: "subprocess.Popen[Any]") -> None:
    assert process.stderr is not None
    said: list[str] = []
    for line in process.stderr:
        if LISTENS in line:
            return
        said.append(line.rstrip())
    raise UnusableError("tcpdump does not listen", "lvslab doctor", said[-5:])
