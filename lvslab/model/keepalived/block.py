"""A block of keepalived.conf(5) seen by what is in it: the base of all views, and the global definitions."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from lvslab.model.keepalived.tree import Statement

EVERYTHING = "*"
ON = frozenset({"on", "true", "yes"})
OFF = frozenset({"off", "false", "no"})
CONTAINERS = frozenset({"virtual_ipaddress", "virtual_ipaddress_excluded", "track_script", "unicast_peer", "group"})


def number(word: str) -> float | None:
    """Read a number as keepalived does: plain decimal digits; None where there is anything else."""
    if not word.isascii() or "_" in word or word != word.strip():
        return None
    try:
        value = float(word)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def whole(word: str) -> int | None:
    """Read a whole number; None where there is anything else."""
    value = number(word)
    return int(value) if value is not None and value == int(value) and "e" not in word.lower() else None


@dataclass(frozen=True)
class Block:
    """A block; values are read by the directives' own names, and every directive has its line."""

    statement: Statement

    @property
    def line(self) -> int:
        """The line on which the block begins."""
        return self.statement.line

    @cached_property
    def known(self) -> tuple[Statement, ...]:
        """The directives that are known to count."""
        return tuple(each for each in self.statement.children if each.is_certain)

    @cached_property
    def unsure(self) -> frozenset[str]:
        """The directives of which it is not known what they say here; ``*`` where that may be any."""
        names = set()
        for each in self.statement.children:
            if not each.is_certain:
                names.add(EVERYTHING if each.opaque else each.keyword)
            elif each.keyword in CONTAINERS and not all(child.is_certain for child in each.children):
                names.add(each.keyword)
        return frozenset(names)

    def is_sure(self, *keywords: str) -> bool:
        """Whether what the directives say is known, their absence included."""
        return EVERYTHING not in self.unsure and not self.unsure.intersection(keywords)

    def every(self, *keywords: str) -> Iterator[Statement]:
        """Yield the directives of these names."""
        return (each for each in self.known if each.keyword in keywords)

    def last(self, *keywords: str) -> Statement | None:
        """Return the last directive of these names: of two, keepalived takes the second."""
        return next(reversed(list(self.every(*keywords))), None)

    def has(self, *keywords: str) -> bool:
        """Whether one of the directives is there."""
        return self.last(*keywords) is not None

    def line_of(self, *keywords: str) -> int:
        """Return the line of a directive, or the block's where it is not there."""
        found = self.last(*keywords)
        return found.line if found else self.line

    def word(self, *keywords: str) -> str | None:
        """Return the first word of a directive; None where there is no directive or no word."""
        found = self.last(*keywords)
        return found.words[0] if found and found.words else None

    def number(self, *keywords: str, default: float, low: float = 0, high: float = math.inf) -> float:
        """Return the number behind a directive; the default where keepalived would not take it."""
        value = number(self.word(*keywords) or "")
        return value if value is not None and low <= value <= high else default

    def whole(self, *keywords: str, default: int, low: int = 0, high: int = 2**31 - 1) -> int:
        """Return the whole number behind a directive; the default where keepalived would not take it."""
        value = whole(self.word(*keywords) or "")
        return value if value is not None and low <= value <= high else default

    def flag(self, *keywords: str) -> bool:
        """Whether a directive is there and not switched off."""
        return self.has(*keywords) and self.word(*keywords) not in OFF

    def items(self, *keywords: str) -> Iterator[Statement]:
        """Yield what stands in the braces of the directives of these names, an entry for each line.

        A block on one line (``virtual_ipaddress { 10.0.0.1 }``) has one entry.
        """
        return (child for each in self.every(*keywords) for child in each.children if child.is_certain)


@dataclass(frozen=True)
class Globals(Block):
    """global_defs, all of them taken together."""

    router_id: str | None
    vrrp_version: int
    enable_script_security: bool
    script_user: str | None
    vrrp_strict: bool
    vrrp_skip_check_adv_addr: bool

    @classmethod
    def of(cls, statement: Statement) -> "Globals":
        """Read the block."""
        block = Block(statement)
        return cls(
            statement,
            router_id=block.word("router_id"),
            vrrp_version=block.whole("vrrp_version", default=2, low=2, high=3),
            enable_script_security=block.flag("enable_script_security"),
            script_user=block.word("script_user"),
            vrrp_strict=block.flag("vrrp_strict"),
            vrrp_skip_check_adv_addr=block.flag("vrrp_skip_check_adv_addr"),
        )
