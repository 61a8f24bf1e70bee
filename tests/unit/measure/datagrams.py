"""A server by UDP of the tests' own, on the loopback, that can be told to misbehave."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

LOOK_EVERY = 0.05


class Server:
    """Answers every datagram with the same bytes; ``None`` answers nothing.

    ``by`` is the address that answers come from: the one that was asked, unless told.
    """

    def __init__(self, address: str, answer: bytes | None, by: str) -> None:
        self.answer = answer
        self.asked: list[bytes] = []
        self._socket = _bound(address)
        self.port: int = self._socket.getsockname()[1]
        self._answering = _bound(by, self.port) if by else self._socket
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while not self._ended.is_set():
            try:
                data, asker = self._socket.recvfrom(4096)
            except TimeoutError:
                continue
            self.asked.append(data)
            if self.answer is not None:
                self._answering.sendto(self.answer, asker)

    def close(self) -> None:
        """End."""
        self._ended.set()
        self._thread.join()
        self._socket.close()
        self._answering.close()


def _bound(address: str, port: int = 0) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((address, port))
    made.settimeout(LOOK_EVERY)
    return made


@contextmanager
def answering(answer: bytes | None = b"web1", address: str = "127.0.0.1", by: str = "") -> Iterator[Server]:
    """Answer datagrams for as long as the block lasts."""
    server = Server(address, answer, by)
    try:
        yield server
    finally:
        server.close()


def closed_port(address: str = "127.0.0.1") -> int:
    """Return a port that nobody listens on."""
    with _bound(address) as held:
        port: int = held.getsockname()[1]
        return port
