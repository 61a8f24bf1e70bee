"""Long downloads, against a server on the loopback."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from lvslab.history import Download, RunFolder
from lvslab.measure import downloads
from lvslab.measure.clock import Clock
from lvslab.measure.downloads import Downloads
from lvslab.measure.exchange import Target
from lvslab.measure.recorder import Recorder
from tests.unit.measure.web import closed_port

HEAD = b"HTTP/1.1 200 OK\r\nX-Real-Server: web2\r\nContent-Length: 100000000\r\n\r\n"


@contextmanager
def dripping(end: str) -> Iterator[int]:
    """Serve one connection drop by drop: for ever, to a reset, or to a silence; return the port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stop = threading.Event()

        def serve() -> None:
            connection, _ = listening.accept()
            with suppress(OSError), connection:
                connection.recv(4096)
                connection.sendall(HEAD)
                for _ in range(20 if end == "reset" else 10**6):
                    connection.sendall(bytes(100))
                    if stop.wait(0.01) or end == "hung":
                        break
                if end == "reset":
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                else:
                    stop.wait()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        stop.set()
        thread.join(5)


def download(port: int, folder: RunFolder, seconds: float) -> Download:
    """Hold one download for a while and return its event."""
    with Recorder(folder.history) as recorder:
        held = Downloads(Target("http", "127.0.0.1", port), 1, Clock(), recorder)
        held.open()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            held.turn()
            time.sleep(0.02)
        held.close()
    (found,) = folder.read().of(Download)
    return found


@pytest.mark.parametrize("outcome", ["survived", "reset", "hung"])
def test_a_download_is_told_by_how_its_connection_ended(
    outcome: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Still flowing at the end, reset in between, or silent and open."""
    monkeypatch.setattr(downloads, "HUNG_AFTER", 300_000_000)
    with dripping(outcome) as port:
        found = download(port, RunFolder(tmp_path), 1.0)
    assert found.outcome == outcome
    assert found.server == "web2" and found.received > 0 and found.port > 0
    assert (found.longest_silence > 300_000_000) == (outcome == "hung")


def test_a_download_that_cannot_begin_is_refused(tmp_path: Path) -> None:
    """With the reason."""
    found = download(closed_port(), RunFolder(tmp_path), 0.05)
    assert (found.outcome, found.error, found.received) == ("refused", "refused", 0)
