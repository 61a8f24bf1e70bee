"""Print what this node's kernel and keepalived say, every so often, as one line of JSON each.

It runs on a node for the length of a run and starts no process of its own: on an emulated processor to run ipvsadm
once takes 50 ms, and all that is asked here about 3. It parses nothing; what it read goes out as it stands.
"""

import array
import base64
import fcntl
import json
import os
import select
import signal
import socket
import struct
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

SIOCGIFCONF = 0x8912
IFREQ = 40
ROOM = IFREQ * 256
DUMP_LIMIT = 0.2
DUMP_EVERY = 10.0
# what keepalived's dump has after its last instance: it may be looked at while it is being written
AFTER_INSTANCES = ("< VRRP Sockpool >", "< Interfaces >")

# linux/netlink.h, linux/genetlink.h, linux/ip_vs.h
NETLINK_GENERIC, CONTROLLER, GET_FAMILY, FAMILY_ID, FAMILY_NAME = 16, 16, 3, 1, 2
REQUEST, DUMP, ERROR, DONE = 1, 0x300, 2, 3
GET_SERVICE, GET_DEST = 4, 8


def files(patterns: Iterable[str]) -> dict[str, str]:
    """Return the content of every file that matches; what cannot be read is left out."""
    found = {}
    for path in [path for pattern in patterns for path in matching(pattern)]:
        try:
            found[str(path)] = path.read_text(errors="replace")
        except OSError:
            continue
    return found


def matching(pattern: str) -> Iterable[Path]:
    """Return the paths that a pattern means; to look through folders is slow, and most patterns are plain paths."""
    return Path("/").glob(pattern.lstrip("/")) if "*" in pattern else (Path(pattern),)


def sizes(paths: Iterable[str]) -> dict[str, int]:
    """Return the size in bytes of the files that are there."""
    return {path: Path(path).stat().st_size for path in paths if Path(path).exists()}


def addresses() -> list[list[str]]:
    """Return the IPv4 addresses with the labels of their interfaces (netdevice(7), SIOCGIFCONF)."""
    room = array.array("B", bytes(ROOM))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        answer = fcntl.ioctl(sock, SIOCGIFCONF, struct.pack("iP", ROOM, room.buffer_info()[0]))
    length, _ = struct.unpack("iP", answer)
    rows = [room[start : start + IFREQ].tobytes() for start in range(0, length, IFREQ)]
    return [[row[:16].split(b"\0")[0].decode(), socket.inet_ntoa(row[20:24])] for row in rows]


def attribute(kind: int, value: bytes) -> bytes:
    """Return a netlink attribute (netlink(7))."""
    return struct.pack("=HH", len(value) + 4, kind) + value + bytes(-len(value) % 4)


class Netlink:
    """Generic netlink, as far as a dump of IPVS's tables needs it."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        self._socket.settimeout(1)
        self._family = 0

    def ask(self, family: int, command: int, payload: bytes, flags: int) -> Iterator[bytes]:
        """Send a request and return the attributes of each answer."""
        body = struct.pack("=BBH", command, 1, 0) + payload
        self._socket.send(struct.pack("=IHHII", len(body) + 16, family, REQUEST | flags, 1, 0) + body)
        while True:
            data = self._socket.recv(1 << 16)
            while data:
                length, kind = struct.unpack("=IH", data[:6])
                if kind in (ERROR, DONE):
                    return
                yield data[20:length]
                data = data[(length + 3) & ~3 :]
            if not flags & DUMP:
                return

    def family(self) -> int:
        """Return the number of the family IPVS, 0 when the kernel has none."""
        for answer in self.ask(CONTROLLER, GET_FAMILY, attribute(FAMILY_NAME, b"IPVS\0"), 0):
            start = answer.index(struct.pack("=HH", 6, FAMILY_ID))
            self._family = struct.unpack("=H", answer[start + 4 : start + 6])[0]
        return self._family

    def tables(self) -> list[list[str]]:
        """Return each virtual service followed by its real servers, as raw attributes in base64."""
        family = self._family or self.family()
        if not family:
            return []
        services = list(self.ask(family, GET_SERVICE, b"", DUMP))
        rows = [[service, *self.ask(family, GET_DEST, service, DUMP)] for service in services]
        return [[base64.b64encode(each).decode() for each in row] for row in rows]


class Vrrp:
    """keepalived's VRRP states, from the dump that it writes on SIGUSR1 (keepalived(8)).

    Each dump is lines in the journal as well, so it is asked for when something has changed, and else rarely.
    """

    def __init__(self, pid_file: str, path: str) -> None:
        self._pid_file, self._dump = Path(pid_file), Path(path)
        self._sign: object = None
        self._said = ""
        self._left = 0
        self._next = 0.0

    def look(self, sign: object) -> tuple[str, int]:
        """Return instances and states, and how long keepalived was waited for, in ns.

        ``sign`` is whatever changes when the states do.
        """
        waited = 0
        if sign != self._sign:
            # the change may be half way: look at this moment and at the two next
            self._sign, self._left = sign, 3
        if self._left or time.monotonic() >= self._next:
            self._left = max(0, self._left - 1)
            self._next = time.monotonic() + DUMP_EVERY
            asked = time.monotonic_ns()
            self._said = self._ask()
            waited = time.monotonic_ns() - asked
        return self._said, waited

    def _ask(self) -> str:
        try:
            self._dump.unlink(missing_ok=True)
            os.kill(int(self._pid_file.read_text()), signal.SIGUSR1)
        except (OSError, ValueError):
            return ""
        end = time.monotonic() + DUMP_LIMIT
        while time.monotonic() < end:
            time.sleep(0.005)
            said = self._dump.read_text() if self._dump.exists() else ""
            if any(mark in said for mark in AFTER_INSTANCES):
                wanted = ("VRRP Instance = ", " State = ")
                return "".join(line + "\n" for line in said.splitlines() if any(word in line for word in wanted))
        return ""


class Look:
    """Everything that was asked for, looked at again and again."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self._asked = asked
        self._director = asked.get("director")
        if self._director:
            self._netlink, self._vrrp = Netlink(), Vrrp(*self._director)

    def now(self) -> dict[str, Any]:
        """Return what there is to see, what the looking took, and the time."""
        begun = time.monotonic_ns()
        seen: dict[str, Any] = {"files": files(self._asked["files"]), "sizes": sizes(self._asked["sizes"])}
        seen["addresses"], waited = addresses(), 0
        if self._director:
            seen["ipvs"] = self._netlink.tables()
            seen["vrrp"], waited = self._vrrp.look((seen["files"], seen["addresses"]))
        return {**seen, "took": time.monotonic_ns() - begun - waited, "real": time.time_ns()}


def main() -> None:
    """Look until whoever asked is gone."""
    asked = json.loads(sys.argv[1])
    look, due = Look(asked), time.monotonic()
    asker = select.poll()
    # no event is asked for: what comes is that nobody reads any more
    asker.register(sys.stdout.fileno(), 0)
    while not asker.poll(0):
        print(json.dumps(look.now(), separators=(",", ":")))
        due = max(due + asked["every"], time.monotonic())
        time.sleep(max(0.0, due - time.monotonic()))


if __name__ == "__main__":
    main()
