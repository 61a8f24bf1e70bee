"""One attempt of the prober on a service by UDP: a datagram from a port of its own, and the answer to it."""

import select
import socket
from collections.abc import Iterator

from lvslab.history import Attempt
from lvslab.host import source_ports
from lvslab.measure.exchange import Target, word

ROOM = 65535
NAME = 63
"""How many bytes of an answer are taken for the server's name: a label of a host name (RFC 1035, section 2.3.4)."""
# what Python's socket module has no names for: linux/in.h, linux/in6.h
IP_RECVERR, IPV6_RECVERR = 11, 25


class Datagram:
    """An attempt on its way, as Exchange is one by TCP; moments are nanoseconds since the run's zero.

    The socket is connected, so what comes from another address than was asked is no answer (udp(7)).
    """

    __slots__ = ("_answered", "_port", "_request", "_server", "_source", "due", "sent", "socket")
    awaits = select.EPOLLIN
    """The events of epoll(7) that take it further."""
    awaits_handshake = False
    """UDP has none: there is one limit, that of the answer."""
    page = None
    """A datagram is no page."""

    def __init__(
        self, target: Target, request: bytes, due: int, sent: int, ports: Iterator[int], source: str = ""
    ) -> None:
        self.due = due
        self.sent = sent
        self._request = request
        self._answered: int | None = None
        self._server = ""
        self._source, self._port = source, 0
        self.socket = socket.socket(target.family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        # that the host is not to be reached is told by ICMP, and by default only TCP hears of it (ip(7), ipv6(7))
        if target.family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
        else:
            self.socket.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        # no SO_REUSEADDR: by it two sockets would share a port, and each other's answers (socket(7))
        source_ports.bind(self.socket, source, ports)

    def begin(self, target: Target) -> str | None:
        """Send the datagram; return the error's word when it failed at once, and None when it is on its way."""
        try:
            self.socket.connect((target.address, target.port))
            self._source, self._port = self.socket.getsockname()[:2]
            self.socket.send(self._request)
        except OSError as err:
            return word(err.errno or 0)
        return None

    def go_on(self, happened: int, now: int) -> str | None:
        """Take the answer; return how the attempt ended (empty: well), or None when it goes on."""
        try:
            data = self.socket.recv(ROOM)
        except BlockingIOError:
            return None
        except OSError as err:
            return word(err.errno or 0)
        self._answered, self._server = now, data[:NAME].decode(errors="replace").strip()
        return ""

    def give_up(self) -> str:
        """Return how an attempt ended whose time is over."""
        return "timeout"

    def close(self, target: Target, now: int, error: str) -> Attempt:
        """Let the port go and return the attempt: without a handshake, and without a status."""
        self.socket.close()
        return Attempt(
            t=self.due,
            sent=self.sent,
            first_byte=self._answered,
            done=now if error else self._answered,
            source=self._source,
            port=self._port,
            service=target.service,
            server=self._server,
            error=error,
        )
