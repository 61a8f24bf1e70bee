"""nftables rules of the bridge family that drop packets between ports of the lab's bridges (nft(8)). Pure.

They are on the host's side, so no node can help it; what passes between two nodes passes the bridge's forward hook
once for each port that it leaves by, multicasts and broadcasts included.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from lvslab.model import CheckType, Lab, Protocol, VirtualService

PREFIX = "lvslab-"
PROTOCOLS = ("all", "vrrp", "sync", "health-checks", "arp")
VRRP = 112
SYNC = ("224.0.0.81", 8848)


@dataclass(frozen=True)
class Way:
    """Packets that come in by some ports and go out by others; None is any port."""

    come: tuple[str, ...] | None
    go: tuple[str, ...] | None

    def matches(self) -> str | None:
        """Return the way as nft matches it; None where no packet can take it."""
        if self.come == () or self.go == ():
            return None
        words = [("iifname", self.come), ("oifname", self.go)]
        return " ".join(f"{word} {_set(ports)}" for word, ports in words if ports)


def _set(words: Iterable[str]) -> str:
    return "{ " + ", ".join(f'"{word}"' for word in words) + " }"


def protocol_matches(lab: Lab, protocol: str) -> list[str]:
    """Return what nft matches the packets of a protocol by, one text for each rule; empty texts match all.

    There is none for a protocol that nothing in this lab speaks.
    """
    if protocol == "vrrp":  # RFC 9568, section 5.1
        return [f"ip protocol {VRRP}", f"ip6 nexthdr {VRRP}"] if lab.vrrp_instances else []
    if protocol == "sync":
        return [f"ip daddr {SYNC[0]} udp dport {SYNC[1]}"]
    if protocol == "arp":  # IPv6 asks by ICMPv6 (RFC 4861)
        return ["ether type arp", "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert }"]
    if protocol == "health-checks":
        return health_checks(lab)
    return [""]


def health_checks(lab: Lab) -> list[str]:
    """Return what matches the health checks, TCP or UDP: from a director's own address to a real server's own.

    Requests that a director passes on keep their client's address (DR, NAT) or are wrapped (TUN).
    """
    directors = [address for node in lab.directors for address in node.addresses.values()]
    checked = [
        (lab.real_server_address(service, server), _transport(service), service.checked_port(server))
        for service in lab.virtual_services
        if service.check
        for server in service.real_servers
    ]
    return [
        f"{word} saddr {director} {word} daddr {server} {transport} dport {port}"
        for director, (server, transport, port) in product(directors, dict.fromkeys(checked))
        if director.version == server.version
        for word in ["ip" if server.version == 4 else "ip6"]
    ]


def _transport(service: VirtualService) -> Protocol:
    """Return what a service's real servers are checked by: every check but UDP_CHECK opens a connection."""
    is_udp = service.check is not None and service.check.type is CheckType.UDP_CHECK
    return Protocol.UDP if is_udp else Protocol.TCP


def without(table: str) -> str:
    """Return the ruleset that takes a table away, there or not."""
    return f"add table bridge {table}\ndelete table bridge {table}\n"


def ruleset(table: str, ways: Sequence[Way], matches: Sequence[str]) -> str:
    """Return the ruleset that drops what takes one of the ways and matches; it replaces the table, all at once."""
    taken = [way for each in ways if (way := each.matches()) is not None]
    drops = [
        f"{way} {match} counter drop" if match else f"{way} counter drop" for way, match in product(taken, matches)
    ]
    lines = ["type filter hook forward priority filter; policy accept;", *drops]
    body = "".join(f"    {line}\n" for line in lines)
    return f"{without(table)}table bridge {table} {{\n  chain forward {{\n{body}  }}\n}}\n"
