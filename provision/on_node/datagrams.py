"""Answer every datagram with a name, from the address that it was sent to: ``datagrams.py NAME PORT...``.

A socket for any address would have the kernel choose the answer's source by the route, and that is never a VIP on lo:
whoever has asked the VIP would take the answer for somebody else's. So the address that a datagram came to is asked
for, and given as the source of the answer (IPV6_PKTINFO, RFC 3542, section 6). The sockets take IPv4 as well, as
addresses like ``::ffff:192.168.18.41``.
"""

import selectors
import socket
import struct
import sys
from collections.abc import Sequence

PKTINFO = struct.Struct("16si")
"""The kernel's in6_pktinfo: an address and the number of an interface."""
ANY_INTERFACE = 0
ROOM = 65535


def listen(port: int) -> socket.socket:
    """Return a socket on a port of every address, of both families; it is told where a datagram was sent to."""
    made = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    made.bind(("::", port))
    return made


def answer(sock: socket.socket, name: bytes) -> None:
    """Take one datagram and answer it; whoever is not to be reached gets none."""
    try:
        _, ancillary, _, asker = sock.recvmsg(ROOM, socket.CMSG_SPACE(PKTINFO.size))
        sock.sendmsg([name], [_from(data) for _, kind, data in ancillary if kind == socket.IPV6_PKTINFO], 0, asker)
    except OSError as err:
        print(err, file=sys.stderr)


def _from(pktinfo: bytes) -> tuple[int, int, bytes]:
    """Return the control message that has an answer leave from an address, by whichever interface leads there."""
    address, _ = PKTINFO.unpack(pktinfo[: PKTINFO.size])
    return socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, PKTINFO.pack(address, ANY_INTERFACE)


def serve(sockets: Sequence[socket.socket], name: bytes) -> None:
    """Answer for good."""
    with selectors.DefaultSelector() as selector:
        for each in sockets:
            selector.register(each, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                assert isinstance(key.fileobj, socket.socket)
                answer(key.fileobj, name)


if __name__ == "__main__":
    serve([listen(int(port)) for port in sys.argv[2:]], sys.argv[1].encode())
