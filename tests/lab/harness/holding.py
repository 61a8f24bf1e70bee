"""Connections through the VIP that are held open while a director is lost, and what each director knows of them."""

import socket
from types import TracebackType

from lvslab.host import client
from lvslab.pytest_plugin import LabUnderTest
from lvslab.wait import wait_for

LARGE = 8 * 2**20
"""Bytes of a page that is more than all buffers between server and client have room for."""
PATH = "/large"
SYNCED = 15.0
# whoever cannot send asks the other side ever more seldom whether there is room again
SILENCE = 30.0


def opened(lab: LabUnderTest) -> socket.socket:
    """Open a connection from the client to the VIP, with little room for what comes back."""

    def connect() -> socket.socket:
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        made.settimeout(SILENCE)
        made.connect((lab.vip, 80))
        return made

    return client.inside(connect)


def end_of(connection: socket.socket) -> str:
    """Return the client's end of a connection, as ipvsadm prints it."""
    return ":".join(map(str, connection.getsockname()))


def known(lab: LabUnderTest, director: str) -> dict[str, tuple[str, str]]:
    """Return state and real server of each of the client's connections that a director knows, by the client's end."""
    rows = [line.split() for line in lab.node(director).check_output("ipvsadm -Lnc").splitlines()]
    return {row[3]: (row[2], row[5]) for row in rows if row[4:5] == [f"{lab.vip}:80"]}


def wait_until_known(lab: LabUnderTest, director: str, end: str) -> tuple[str, str]:
    """Return what a director knows of a connection, once it does."""
    return wait_for(
        lambda: known(lab, director).get(end), within=SYNCED, what=f"{director} does not know {end}", every=0.2
    )


class Download:
    """A large page on its way to the client, which reads only its beginning until ``rest`` is called."""

    def __init__(self, lab: LabUnderTest) -> None:
        self._connection = opened(lab)
        self._connection.sendall(f"GET {PATH} HTTP/1.1\r\nHost: {lab.vip}\r\nConnection: close\r\n\r\n".encode())
        head, _, body = self._connection.recv(4096).partition(b"\r\n\r\n")
        self._received = len(body)
        assert head.startswith(b"HTTP/1.1 200"), head

    def __enter__(self) -> "Download":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    @property
    def end(self) -> str:
        """The client's end of the connection, as ipvsadm prints it."""
        return end_of(self._connection)

    def rest(self) -> int:
        """Read to the end, and return how many bytes of the page have come; OSError where it falls silent."""
        while data := self._connection.recv(65536):
            self._received += len(data)
        return self._received


def put_pages(lab: LabUnderTest, *webs: str) -> None:
    """Put the large page on web servers that have pages of their own."""
    for web in webs:
        lab.node(web).check_output(f"head --bytes={LARGE} /dev/zero >/var/www/html{PATH}")
