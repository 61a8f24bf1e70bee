"""What a director's nftables say of firewall marks."""

import re

from lvslab.model import Protocol
from lvslab.model.marks import TABLE, Mark
from lvslab.nodes.probe import Probe, Reading

MARKS = Probe("marks", ("nft", "list", "table", "inet", TABLE))
_RULE = re.compile(
    r"^\s*ip6? daddr (?P<address>\S+) (?P<protocol>tcp|udp) dport (?P<port>\d+)"
    r" meta mark set (?P<value>0x[0-9a-f]+)$",
    re.MULTILINE,
)


def marks(reading: Reading) -> tuple[Mark, ...]:
    """Return the marks in the output of ``nft list table``; none where there is no such table (nft(8))."""
    return tuple(
        Mark(each["address"], Protocol(each["protocol"]), int(each["port"]), int(each["value"], 16))
        for each in _RULE.finditer(reading.output)
    )
