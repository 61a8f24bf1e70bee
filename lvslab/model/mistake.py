"""A mistake in a lab file, and how it is worded on one line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

YamlPath = tuple[str | int, ...]


@dataclass(frozen=True)
class Mistake:
    """What is wrong at a place of a lab file; ``line`` is set where the path alone cannot say it."""

    path: YamlPath
    message: str
    line: int | None = None


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


def worded(mistakes: Iterable[Mistake], source: str, lines: Mapping[YamlPath, int]) -> list[str]:
    """Word mistakes in the order of their lines.

    ``labs/x.yml:12: nodes.web1.addresses.lan: 192.168.19.5 is not in 192.168.18.0/24 (network lan)``
    """
    placed = [(found.line or line_of(found.path, lines), found) for found in mistakes]
    return [_worded(found, source, line) for line, found in sorted(placed, key=lambda pair: pair[0])]


def _worded(mistake: Mistake, source: str, line: int) -> str:
    return ": ".join(filter(None, [f"{source}:{line}", dotted(mistake.path), mistake.message]))
