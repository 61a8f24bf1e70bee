"""One user's connections: a request on a new one, or on the one that is kept, with every moment noted."""

import errno
import socket
import time

from lvslab.history import Attempt
from lvslab.measure.clock import Clock
from lvslab.measure.exchange import Answer, Target, word

AGENT = "lvslab-load"
CONNECT_LIMIT = 3.0
ANSWER_LIMIT = 10.0


class Requester:
    """Asks a virtual service from one address of the client, as patiently as a browser."""

    def __init__(self, target: Target, clock: Clock, source: str = "", keep_alive: bool = False) -> None:
        self._target, self._clock, self._source, self._keeps = target, clock, source, keep_alive
        self._request = target.request(AGENT, keep_alive)
        self._socket: socket.socket | None = None

    def ask(self) -> tuple[Attempt, int]:
        """Make one request; return how it went, and the bytes of the answer."""
        times: dict[str, int] = {}
        answer, error, size = Answer(), "", 0
        self._drop_if_closed()
        sent, reused = self._clock.now(), self._socket is not None
        where: tuple[str, int] = (self._source, 0)
        try:
            where = self._connect(times)
            size = self._exchange(answer, times)
            error = answer.verdict()
        except OSError as err:
            error = self._word(err, "connected" in times or reused)
            times["done"] = self._clock.now()
        if error or answer.closes or not self._keeps:
            self.close()
        attempt = Attempt(
            t=sent,
            sent=sent,
            connected=times.get("connected"),
            first_byte=times.get("first_byte"),
            done=times.get("done"),
            source=where[0],
            port=where[1],
            service=self._target.service,
            server=answer.server,
            status=answer.status,
            error=error,
            stream="locust",
            reused=reused,
        )
        return attempt, size

    def close(self) -> None:
        """Let the connection go."""
        if self._socket:
            self._socket.close()
        self._socket = None

    def _drop_if_closed(self) -> None:
        """Let a kept connection go that the server has ended meanwhile, as a browser does."""
        if self._socket is None:
            return
        self._socket.settimeout(0)
        try:
            is_open = bool(self._socket.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            is_open = True
        except OSError:
            is_open = False
        self._socket.settimeout(ANSWER_LIMIT)
        if not is_open:
            self.close()

    def _connect(self, times: dict[str, int]) -> tuple[str, int]:
        if self._socket is None:
            self._socket = socket.socket(self._target.family, socket.SOCK_STREAM)
            self._socket.settimeout(CONNECT_LIMIT)
            if self._source:
                self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_BIND_ADDRESS_NO_PORT, 1)
                self._socket.bind((self._source, 0))
            self._socket.connect((self._target.address, self._target.port))
            self._socket.settimeout(ANSWER_LIMIT)
            times["connected"] = self._clock.now()
        address, port, *_ = self._socket.getsockname()
        return address, port

    def _exchange(self, answer: Answer, times: dict[str, int]) -> int:
        assert self._socket is not None
        self._socket.sendall(self._request)
        size, end = 0, time.monotonic() + ANSWER_LIMIT
        while data := self._socket.recv(65536):
            times.setdefault("first_byte", self._clock.now())
            answer.feed(data)
            size += len(data)
            if self._keeps and answer.is_whole:
                break
            if time.monotonic() > end:
                raise TimeoutError
        times["done"] = self._clock.now()
        return size

    @staticmethod
    def _word(err: OSError, is_connected: bool) -> str:
        if isinstance(err, TimeoutError) and err.errno in (None, errno.ETIMEDOUT):
            return "timeout" if is_connected else "connect timeout"
        return word(err.errno or 0)
