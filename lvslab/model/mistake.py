"""A mistake in a file, how it is worded on one line, and the reason and the remedy below it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

YamlPath = tuple[str | int, ...]


@dataclass(frozen=True)
class Why:
    """Why something is a mistake; ``reference`` says where the reason comes from: a man page, an RFC's section.

    ``rule`` is the name of the rule that says so, which is then in `lvslab lint --explain`; empty where the reason is
    no more than what a key means, or how the parts of a file fit together.
    """

    reason: str
    remedy: str = ""
    reference: str = ""
    rule: str = ""


@dataclass(frozen=True)
class Mistake:
    """What is wrong at a place of a file, and why; ``line`` is set where the path alone cannot say it."""

    path: YamlPath
    message: str
    line: int | None = None
    why: Why | None = None

    @property
    def text(self) -> str:
        """The place and what is wrong there: ``web.port: found 0, allowed: a whole number from 1 to 65535``."""
        return ": ".join(filter(None, [dotted(self.path), self.message]))


Placed = tuple[int, Mistake]
"""A line, and the mistake on it."""


def dotted(path: YamlPath) -> str:
    """Write a path like ``nodes.nfs.disks[0].size``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def line_of(path: YamlPath, lines: Mapping[YamlPath, int]) -> int:
    """Return the line of a path, or that of the nearest part above it: a missing key has no line."""
    while path and path not in lines:
        # A key that YAML reads as a number is a number in the path and a text among the lines.
        as_text = (*path[:-1], str(path[-1]))
        path = as_text if as_text in lines else path[:-1]
    return lines.get(path, 1)


def placed(mistakes: Iterable[Mistake], lines: Mapping[YamlPath, int]) -> list[Placed]:
    """Return mistakes with their lines, in the order of these."""
    return sorted(((found.line or line_of(found.path, lines), found) for found in mistakes), key=lambda pair: pair[0])


def worded(mistakes: Sequence[Placed], source: str) -> list[str]:
    """Word mistakes, a line each.

    ``labs/x.yml:12: nodes.web1.addresses.lan: 192.168.19.5 is not in 192.168.18.0/24 (network lan)``
    """
    return [_worded(source, each) for each in mistakes]


def reasoned(mistakes: Sequence[Placed], source: str) -> Iterator[str]:
    """Word mistakes as well, with the reason and the remedy below each that a rule explains."""
    for each in mistakes:
        yield _worded(source, each)
        why = each[1].why
        if why and why.rule:
            yield from (f"    {why.reason}", f"    remedy: {why.remedy}")


def _worded(source: str, mistake: Placed) -> str:
    line, found = mistake
    return f"{source}:{line}: {found.text}"
