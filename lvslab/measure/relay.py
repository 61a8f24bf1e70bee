"""Hand a page inside the lab on to the host: between a socket made on the host's loopback and the client's network.

A socket stays in the network it was made in, whatever network its process enters later. So whoever makes the
listening socket before entering the lab can serve the host from inside it.
"""

import socket
import threading
from contextlib import suppress
from types import TracebackType

from lvslab.host import client

CHUNK = 65536


def listen(port: int) -> socket.socket:
    """Return a socket that listens on the loopback of the network this is called in; port 0 takes any free one."""
    return socket.create_server(("127.0.0.1", port))


class Relay:
    """Serves connections to a listening socket from a port of the client's loopback, as a context manager."""

    def __init__(self, listening: socket.socket, port: int) -> None:
        self._listening, self._port = listening, port
        self._ended = False

    def __enter__(self) -> "Relay":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended = True
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        while not self._ended:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        try:
            far = client.inside(lambda: socket.create_connection(("127.0.0.1", self._port), timeout=5))
        except OSError:
            near.close()
            return
        far.settimeout(None)
        with near, far:
            back = threading.Thread(target=pump, args=(far, near), daemon=True)
            back.start()
            pump(near, far)
            back.join()


def pump(source: socket.socket, sink: socket.socket) -> None:
    """Hand on bytes until one side ends, then tell the other side so."""
    with suppress(OSError):
        while data := source.recv(CHUNK):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
