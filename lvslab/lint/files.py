"""Lint of keepalived.conf(5): one file, or those of all routers of a cluster together."""

from collections.abc import Iterator, Sequence

from lvslab.lint.finding import Finding, Severity
from lvslab.lint.rule import Rule, Seen, Sight
from lvslab.lint.rules import RULES
from lvslab.model.keepalived import Configuration

ORDER = tuple(Severity)


def sightings(
    configurations: Sequence[Configuration], budget: float | None = None, backup_priority: int | None = None
) -> Iterator[tuple[Configuration, Rule, Seen]]:
    """Yield all that the rules see in the files of one cluster, file by file."""
    for number, conf in enumerate(configurations):
        before, after = tuple(configurations[:number]), tuple(configurations[number + 1 :])
        sight = Sight(conf, before, before + after, budget, backup_priority)
        for rule in RULES:
            for seen in rule.seen(sight):
                yield conf, rule, seen


def lint(
    configurations: Sequence[Configuration], budget: float | None = None, backup_priority: int | None = None
) -> list[Finding]:
    """Return the findings in the files of one cluster, file by file and line by line.

    ``budget`` is the time in seconds within which a failure has to be noticed; without it nothing is too slow.
    ``backup_priority`` is that of the other router where there is one file: it is taken to track the same scripts.
    """
    found: dict[str, list[Finding]] = {conf.source: [] for conf in configurations}
    for conf, rule, seen in sightings(configurations, budget, backup_priority):
        found[conf.source].append(rule.finding(conf.source, seen.line, seen.message))
    return [each for findings in found.values() for each in in_order(findings)]


def in_order(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings by their lines, on a line the worst first, each once."""
    return sorted(dict.fromkeys(findings), key=lambda one: (one.line, ORDER.index(one.severity), one.rule))
