"""One attempt of the prober: a new TCP connection and one HTTP/1.1 request on it, without ever blocking."""

import errno
import os
import re
import select
import socket
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from lvslab.history import Attempt
from lvslab.host import source_ports
from lvslab.measure.pages import Page
from lvslab.model import SORRY

CONNECT_LIMIT = 100_000_000
"""Nanoseconds for the handshake: less than the kernel's first retransmission of a SYN, which comes after a second."""
WHOLE_LIMIT = 1_000_000_000
"""Nanoseconds from the SYN, or from the datagram, to the end of the answer."""

_ERRORS = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.EPIPE: "reset",
    errno.EHOSTUNREACH: "no route",
    errno.ENETUNREACH: "no route",
    errno.ETIMEDOUT: "timeout",
    errno.EADDRNOTAVAIL: "no free port",
}
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)
_SERVER = re.compile(rb"\r\nx-real-server: *([^\r]+)", re.I)
_CLOSES = re.compile(rb"\r\nconnection: *close", re.I)
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Target:
    """What is asked: a virtual service by its name, where it answers, and the page; or a datagram where it is UDP."""

    service: str
    address: str
    port: int
    path: str = "/"
    protocol: str = "tcp"
    """``tcp`` or ``udp``."""

    @property
    def family(self) -> socket.AddressFamily:
        """AF_INET or AF_INET6."""
        return socket.AF_INET6 if ip_address(self.address).version == 6 else socket.AF_INET

    def request(self, agent: str, keep_alive: bool = False) -> bytes:
        """Return the request, whole; a datagram says no more than who asks."""
        if self.protocol == "udp":
            return agent.encode()
        host = f"[{self.address}]" if self.family == socket.AF_INET6 else self.address
        lines = (
            f"GET {self.path} HTTP/1.1",
            f"Host: {host}:{self.port}",
            f"User-Agent: {agent}",
            f"Connection: {'keep-alive' if keep_alive else 'close'}",
        )
        return "\r\n".join([*lines, "", ""]).encode()


def word(number: int) -> str:
    """Return the word of the history for an error number of the system."""
    return _ERRORS.get(number) or os.strerror(number).lower()


class Answer:
    """An HTTP answer as it comes in, of which only the head is kept, and a checksum of the body."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._in_body = False
        self._body = 0
        self._checksum = 0
        self.status: int | None = None
        self.server = ""
        self.closes = False
        """Whether the server lets the connection go after this answer (RFC 9112, section 9.6)."""
        self._length: int | None = None

    def feed(self, data: bytes) -> None:
        """Take what has come."""
        if self._in_body:
            self._take(data)
            return
        self._head += data
        head, blank, body = bytes(self._head).partition(b"\r\n\r\n")
        if blank:
            self._in_body = True
            self._take(body)
            self._read(head)

    def _take(self, body: bytes) -> None:
        self._body += len(body)
        self._checksum = zlib.crc32(body, self._checksum)

    def _read(self, head: bytes) -> None:
        status, length, server = _STATUS.match(head), _LENGTH.search(head), _SERVER.search(head)
        self.status = int(status[1]) if status else None
        self._length = int(length[1]) if length else None
        self.closes = _CLOSES.search(head) is not None
        self.server = server[1].decode(errors="replace").strip() if server else ""

    @property
    def is_whole(self) -> bool:
        """Whether all that was promised has come."""
        return self._in_body and self._length is not None and self._body >= self._length

    @property
    def page(self) -> Page:
        """Who has answered, and with what."""
        return Page(self.server, self._checksum)

    def verdict(self) -> str:
        """Return what is wrong with the answer after its end, or nothing."""
        if not self._in_body:
            return "no answer" if not self._head else "cut short"
        if self.status is None:
            return "not http"
        if self._length is not None and not self.is_whole:
            return "cut short"
        return f"http {self.status}" if self.status >= 400 and self.server != SORRY else ""


class Exchange:
    """An attempt on its way; moments are nanoseconds since the run's zero."""

    __slots__ = (
        "_answer",
        "_connected",
        "_first_byte",
        "_last_byte",
        "_port",
        "_request",
        "_source",
        "due",
        "sent",
        "socket",
    )

    def __init__(
        self, target: Target, request: bytes, due: int, sent: int, ports: Iterator[int], source: str = ""
    ) -> None:
        self.due = due
        self.sent = sent
        self._request = request
        self._connected: int | None = None
        self._first_byte: int | None = None
        self._last_byte: int | None = None
        self._answer = Answer()
        self._source, self._port = source, 0
        self.socket = socket.socket(target.family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        source_ports.bind(self.socket, source, ports)

    def begin(self, target: Target) -> str | None:
        """Send the SYN; return the error's word when it failed at once, and None when it is on its way."""
        failed = self.socket.connect_ex((target.address, target.port))
        if failed not in (0, errno.EINPROGRESS):
            return word(failed)
        self._source, self._port = self.socket.getsockname()[:2]
        return None

    @property
    def awaits_handshake(self) -> bool:
        """Whether the connection is not there yet, which has a limit of its own."""
        return self._connected is None

    @property
    def awaits(self) -> int:
        """The events of epoll(7) that take it further."""
        return select.EPOLLOUT if self.awaits_handshake else select.EPOLLIN

    @property
    def page(self) -> Page:
        """What has come, after the end of an answer that is good by itself."""
        return self._answer.page

    def go_on(self, happened: int, now: int) -> str | None:
        """Do what the socket allows; return how the attempt ended (empty: well), or None when it goes on."""
        if self.awaits_handshake:
            failed = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if failed:
                return word(failed)
            self._connected = now
            return self._send()
        return self._receive(now) if happened & (select.EPOLLIN | select.EPOLLERR | select.EPOLLHUP) else None

    def _send(self) -> str | None:
        try:
            self.socket.send(self._request)
        except OSError as err:
            return word(err.errno or 0)
        return None

    def _receive(self, now: int) -> str | None:
        try:
            data = self.socket.recv(65536)
        except BlockingIOError:
            return None
        except OSError as err:
            return word(err.errno or 0)
        if not data:
            return self._answer.verdict()
        self._first_byte = self._first_byte or now
        self._last_byte = now
        self._answer.feed(data)
        return None

    def give_up(self) -> str:
        """Return how an attempt ended whose time is over."""
        if self._answer.is_whole:
            return self._answer.verdict()
        return "connect timeout" if self.awaits_handshake else "timeout"

    def close(self, target: Target, now: int, error: str) -> Attempt:
        """Let the connection go and return the attempt; one that did not end by itself is reset, to free its port."""
        if error and not self.awaits_handshake:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.socket.close()
        return Attempt(
            t=self.due,
            sent=self.sent,
            connected=self._connected,
            first_byte=self._first_byte,
            done=now if error else (self._last_byte or now),
            source=self._source,
            port=self._port,
            service=target.service,
            server=self._answer.server,
            status=self._answer.status,
            error=error,
        )
