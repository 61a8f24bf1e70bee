"""A web server of the tests' own, on the loopback, that can be told to misbehave."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PAGE = b"HTTP/1.1 200 OK\r\nX-Real-Server: web1\r\nContent-Length: 5\r\n\r\nhello"


class Server:
    """Answers every connection with the same bytes; ``None`` answers nothing and holds the connection."""

    def __init__(self, address: str, answer: bytes | None) -> None:
        self.answer = answer
        self._socket = socket.create_server((address, 0), family=_family(address), backlog=512)
        self.port: int = self._socket.getsockname()[1]
        self._held: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                if self.answer is None:
                    self._held.append(connection)
                else:
                    self._reply(connection)

    def _reply(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.recv(4096)
            connection.sendall(self.answer or b"")

    def close(self) -> None:
        """Close everything."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        for each in (self._socket, *self._held):
            each.close()


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


@contextmanager
def serving(answer: bytes | None = PAGE, address: str = "127.0.0.1") -> Iterator[Server]:
    """Serve for as long as the block lasts."""
    server = Server(address, answer)
    try:
        yield server
    finally:
        server.close()


def closed_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port: int = held.getsockname()[1]
        return port
