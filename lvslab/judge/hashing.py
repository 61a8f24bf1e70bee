"""Where the hashing schedulers send an address: the same arithmetic as the kernel's.

The servers stand in the order of the director's table, which is the reverse of how they were added.
"""

from collections.abc import Mapping
from ipaddress import IPv4Address
from itertools import cycle, islice

BUCKETS = 256
"""CONFIG_IP_VS_SH_TAB_BITS and CONFIG_IP_VS_DH_TAB_BITS are 8."""
GOLDEN_RATIO = 0x61C88647
"""GOLDEN_RATIO_32 of linux/hash.h, since Linux 4.7."""


def sh(weights: Mapping[str, int], address: str, port: int = 0, fallback: bool = False) -> str | None:
    """Return the server of a client under source hashing (net/netfilter/ipvs/ip_vs_sh.c); None if it is refused.

    ``port`` is the client's where the flag sh-port is set, ``fallback`` whether sh-fallback is. A server of weight 0
    keeps one bucket, so that its clients are refused unless they fall back: from the bucket of twice the number on.
    """
    table = _dealt({name: max(weight, 1) for name, weight in weights.items()})
    first = _bucket(int(IPv4Address(address)) + port)
    tried = (first, *(2 * first + step for step in range(BUCKETS))) if fallback else (first,)
    picks = (table[bucket % BUCKETS] for bucket in tried) if table else ()
    return next((name for name in picks if weights[name] > 0), None)


def dh(weights: Mapping[str, int], address: str) -> str | None:
    """Return the server of a virtual address under destination hashing (net/netfilter/ipvs/ip_vs_dh.c).

    The servers take the buckets in turn, whatever their weights; None where that one's weight is 0.
    """
    table = _dealt(dict.fromkeys(weights, 1))
    name = table[_bucket(int(IPv4Address(address)))] if table else None
    return name if name and weights[name] > 0 else None


def _dealt(buckets: Mapping[str, int]) -> list[str]:
    """Return the server of each bucket; in turn, each takes as many as it is given here."""
    turn = [name for name, count in buckets.items() for _ in range(count)]
    return list(islice(cycle(turn), BUCKETS))


def _bucket(value: int) -> int:
    return (value * GOLDEN_RATIO & 0xFFFFFFFF) >> 24
