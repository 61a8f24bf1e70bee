"""Long connections: slow downloads through the VIP, held over a fault, by a helper process (see helper.py).

Each reads a little at a time through a small receive buffer, so that the server has something left to send for as
long as the run lasts, and a fault meets a connection that is in use.
"""

import errno
import selectors
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path

from lvslab.history import Download
from lvslab.measure import helper
from lvslab.measure.clock import Clock
from lvslab.measure.exchange import Answer, Target, word
from lvslab.measure.recorder import Recorder
from lvslab.parallel import at_once

SECOND = 1_000_000_000
AGENT = "lvslab-download"
BUFFER = 8192
CHUNK = 4096
EVERY = 0.1
"""Seconds between two reads of CHUNK bytes: 40 kB/s."""
HUNG_AFTER = 3 * SECOND
"""A connection that is silent for this long at the end of the run has hung."""
CONNECT_LIMIT = 2.0


@dataclass
class Long:
    """A download on its way."""

    number: int
    began: int
    source: str = ""
    port: int = 0
    received: int = 0
    last: int = 0
    longest: int = 0
    error: str = ""
    outcome: str = ""
    answer: Answer = field(default_factory=Answer)

    def take(self, data: bytes, now: int) -> None:
        """Count what has come."""
        self.longest = max(self.longest, now - self.last)
        self.last, self.received = now, self.received + len(data)
        self.answer.feed(data)

    def end(self, now: int, outcome: str, error: str = "") -> Download:
        """Return the event of its end."""
        self.outcome = outcome
        return Download(
            t=now,
            id=self.number,
            began=self.began,
            source=self.source,
            port=self.port,
            server=self.answer.server,
            received=self.received,
            outcome=outcome,
            longest_silence=max(self.longest, now - self.last),
            error=error,
        )

    def verdict(self, now: int) -> str:
        """Return how a connection stands that is still open at the end."""
        return "hung" if now - self.last > HUNG_AFTER else "survived"


class Downloads:
    """All downloads, in one thread."""

    def __init__(self, target: Target, count: int, clock: Clock, recorder: Recorder) -> None:
        self._target, self._count, self._clock, self._recorder = target, count, clock, recorder
        self._selector = selectors.DefaultSelector()

    def open(self) -> None:
        """Begin all of them at once; one that cannot be begun ends as refused."""
        at_once(self._open, range(1, self._count + 1))

    def _open(self, number: int) -> None:
        long = Long(number, self._clock.now())
        long.last = long.began
        try:
            self._selector.register(self._connect(long), selectors.EVENT_READ, long)
        except OSError as err:
            reason = "connect timeout" if isinstance(err, TimeoutError) else word(err.errno or 0)
            self._recorder.add(long.end(self._clock.now(), "refused", reason))

    def _connect(self, long: Long) -> socket.socket:
        sock = socket.socket(self._target.family, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        sock.settimeout(CONNECT_LIMIT)
        try:
            sock.connect((self._target.address, self._target.port))
        except OSError:
            sock.close()
            raise
        long.source, long.port = sock.getsockname()[:2]
        sock.sendall(self._target.request(AGENT))
        sock.setblocking(False)
        return sock

    def turn(self) -> None:
        """Read a little from each that has something."""
        for key, _ in self._selector.select(0):
            assert isinstance(key.fileobj, socket.socket)
            self._read(key.fileobj, key.data)

    def _read(self, sock: socket.socket, long: Long) -> None:
        now = self._clock.now()
        try:
            data = sock.recv(CHUNK)
        except OSError as err:
            outcome = "reset" if err.errno == errno.ECONNRESET else "hung"
            self._end(sock, long.end(now, outcome, word(err.errno or 0)))
            return
        if data:
            long.take(data, now)
            return
        problem = long.answer.verdict()
        self._end(sock, long.end(now, "reset" if problem else "survived", problem))

    def _end(self, sock: socket.socket, event: Download) -> None:
        self._selector.unregister(sock)
        sock.close()
        self._recorder.add(event)

    def close(self) -> None:
        """End those that are still open, and say how each of them stood."""
        now = self._clock.now()
        for key in list(self._selector.get_map().values()):
            assert isinstance(key.fileobj, socket.socket)
            self._end(key.fileobj, key.data.end(now, key.data.verdict(now)))


def main() -> None:
    """Be the helper process."""
    asked = helper.wishes()
    clock = Clock(**asked["clock"])
    with Recorder(Path(asked["history"])) as recorder:
        downloads = Downloads(Target(**asked["target"]), asked["count"], clock, recorder)
        downloads.open()
        helper.say("ready")
        while not helper.input_has_ended():
            downloads.turn()
            time.sleep(EVERY)
        downloads.close()


if __name__ == "__main__":
    main()
