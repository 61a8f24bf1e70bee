"""Lines that must not be in a node's journal, and why."""

import re
from dataclasses import dataclass

from lvslab.history import Log


@dataclass(frozen=True)
class Pattern:
    """A pattern of a log line, what it tells, and the faults (by their names' beginning) that bring it about."""

    name: str
    expression: str
    reason: str
    excused_by: tuple[str, ...] = ()

    def fits(self, line: Log) -> bool:
        """Whether a line is such a one."""
        return re.search(self.expression, line.message) is not None


STORAGE_FAULTS = ("disk.", "node.")
PATTERNS = (
    Pattern(
        "kernel-bug", r"kernel BUG at|BUG: unable to handle|Oops:|general protection fault", "the kernel is broken"
    ),
    Pattern("panic", r"Kernel panic", "the kernel gave up"),
    Pattern(
        "lockup", r"(soft|hard) lockup", "a processor was stuck: nothing that was measured then counts", ("node.",)
    ),
    Pattern("hung-task", r"blocked for more than \d+ seconds", "a process waited for storage", ("node.", "process.")),
    Pattern("out-of-memory", r"Out of memory: Killed process|invoked oom-killer", "a process was killed for memory"),
    Pattern("segfault", r"segfault at|traps: .* general protection", "a process crashed"),
    Pattern("io-error", r"I/O error|Buffer I/O error|EXT4-fs error", "a disk did not do as told", STORAGE_FAULTS),
    Pattern("read-only", r"Remounting filesystem read-only", "the file system gave up writing", STORAGE_FAULTS),
    Pattern(
        "array-failed", r"md/raid.*: (?:Cannot continue|not enough|Failed)", "the array lost more than it tolerates"
    ),
    Pattern("disk-failed", r"md/raid.*: Disk failure", "a member left the array", ("disk.",)),
    Pattern("bogus-advert", r"bogus VRRP|invalid (?:ttl|passwd|authentication)", "directors differ in what they say"),
    Pattern("interval-differs", r"advertisement interval mismatch", "directors differ in advert_int"),
    Pattern("address-list", r"received an invalid ip number count", "directors differ in their virtual addresses"),
    Pattern(
        "child-died", r"(?:vrrp|checkers?).* (?:exited|died)|Respawning", "keepalived lost a process", ("process.",)
    ),
    Pattern("bad-configuration", r"Unknown keyword|Configuration file .*error", "keepalived did not take a line"),
    Pattern(
        "conflict", r"duplicate (?:IPv4|IP) address|Duplicate address", "two hosts have one address", ("network.",)
    ),
    Pattern("neighbour-table", r"[Nn]eighbour table overflow", "the ARP cache is full"),
)


def first_match(line: Log) -> Pattern | None:
    """Return the pattern that a line fits, if any."""
    return next((pattern for pattern in PATTERNS if pattern.fits(line)), None)
