"""Source ports, none of which a director still knows.

A director remembers a connection for two minutes after its end (IPVS, FIN_WAIT), and sends a new one from the same
port to the same real server, out of turn. The kernel draws ports at random, so some would come again within that
time; these come in turn. Who asks has a range of its own.
"""

import errno
import socket
import threading
import time
from collections.abc import Iterator
from itertools import islice

CLIENT = range(1024, 10240)
"""What single requests come from: all are through in 230 s at their most, which is 40 a second."""
PROBER = range(10240, 64240)
"""What the prober asks from: enough for three minutes at 300 a second."""
TRIES = 100


class SourcePorts(Iterator[int]):
    """The ports of a range without end, each of them as late again as can be; several threads may take them.

    A process begins where the clock says (``per_second`` ports from the last one's place), so that it does not take
    those of the one before it.
    """

    def __init__(self, ports: range, per_second: float) -> None:
        self._ports, self._per_second = ports, per_second
        self._lock, self._last = threading.Lock(), 0

    def __next__(self) -> int:
        with self._lock:
            self._last = max(self._last + 1, int(time.monotonic() * self._per_second))
            return self._ports[self._last % len(self._ports)]


def bind(made: socket.socket, source: str, ports: Iterator[int]) -> None:
    """Bind a socket to an address (any, unless told) and to the next port that is free; OSError when none is."""
    for port in islice(ports, TRIES):
        try:
            made.bind((source, port))
        except OSError as err:
            if err.errno != errno.EADDRINUSE:
                raise
        else:
            return
    made.bind((source, 0))
