"""What the nodes wrote down themselves, fetched at the end of a run and put on the run's clock."""

import json
import re
import shlex
from collections.abc import Iterable, Iterator
from datetime import datetime

from lvslab.history import Log, Served
from lvslab.measure.node_clocks import Track
from lvslab.nodes.remote import Remote

FETCH_LIMIT = 60.0
# what keepalived says each time that a sampler asks it for its states
_OURS = re.compile(r"Printing (VRRP|checker|parent) data for process")
_ACCESS = re.compile(
    r"(?P<when>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,6})"
    r" client=(?P<client>\S+):(?P<port>\d+) vip=(?P<vip>\S+):\d+ status=(?P<status>\d+)"
    r' request="(?:[^"\\]|\\.)*" agent="(?P<agent>(?:[^"\\]|\\.)*)"'
)


def journal(remote: Remote, since_ns: int) -> str:
    """Return a node's journal from a moment of its own clock on, one line of JSON an entry. Raises NodeError."""
    fields = "MESSAGE,PRIORITY,_SYSTEMD_UNIT,UNIT,SYSLOG_IDENTIFIER"
    words = ["journalctl", "--quiet", "--no-pager", "--all", "--output=json", f"--output-fields={fields}"]
    words.append(f"--since=@{since_ns / 1e9:.6f}")
    return remote.run(shlex.join(words), timeout=FETCH_LIMIT).stdout


def logs(node: str, text: str, clock: Track) -> Iterator[Log]:
    """Return the events in what ``journal`` returned (systemd.journal-fields(7)). Pure."""
    for line in text.splitlines():
        if not line.startswith("{"):
            continue
        entry = json.loads(line)
        if _OURS.match(_message(entry.get("MESSAGE"))):
            continue
        t = clock.of(int(entry["__REALTIME_TIMESTAMP"]) * 1000)
        if t is None:
            return
        yield Log(
            t=t,
            node=node,
            unit=entry.get("UNIT") or entry.get("_SYSTEMD_UNIT") or entry.get("SYSLOG_IDENTIFIER") or "",
            priority=int(entry.get("PRIORITY", 6)),
            message=_message(entry.get("MESSAGE")),
        )


def _message(value: object) -> str:
    """Return a message, which journalctl gives as an array of bytes where it is no text."""
    if isinstance(value, list):
        return bytes(value).decode(errors="replace")
    return str(value or "")


def readable(events: Iterable[Log]) -> str:
    """Return a journal for people: seconds of the run, unit, message."""
    return "".join(f"{event.t / 1e9:10.3f} {event.unit}: {event.message}\n" for event in events)


def access_log(remote: Remote, path: str, size: int) -> str:
    """Return what a file has more than it had when it was ``size`` bytes long. Raises NodeError."""
    return remote.run(f"tail --bytes=+{size + 1} {shlex.quote(path)}", timeout=FETCH_LIMIT).stdout


def served(node: str, text: str, clock: Track) -> Iterator[Served]:
    """Return the events in an access log of lvslab's format; other lines are passed over. Pure."""
    for line in text.splitlines():
        found = _ACCESS.match(line)
        t = clock.of(_nanoseconds(found["when"])) if found else None
        if found is None or t is None:
            continue
        yield Served(
            t=t,
            node=node,
            client=found["client"],
            port=int(found["port"]),
            vip=found["vip"],
            status=int(found["status"]),
            agent=found["agent"],
        )


def _nanoseconds(stamp: str) -> int:
    """Return a stamp such as ``2026-11-20T08:04:41.123456``, UTC, as the nodes write it."""
    whole, _, micros = stamp.partition(".")
    return int(datetime.fromisoformat(f"{whole}+00:00").timestamp()) * 1_000_000_000 + int(micros) * 1000
