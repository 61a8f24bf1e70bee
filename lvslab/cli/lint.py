"""The verb that looks for what is likely to surprise: lint."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from rich.text import Text

from lvslab import console
from lvslab.cli.options import DEFAULT_LAB, json_option
from lvslab.errors import LabFileError, UsageError
from lvslab.lifecycle import instance as instances
from lvslab.lint import EVERY_RULE, Finding, Severity, is_mistake, lint, lint_lab, lint_mistakes
from lvslab.model import Lab, Node, lab_mistakes, load_lab
from lvslab.model.base import did_you_mean
from lvslab.model.keepalived import Configuration, parse
from lvslab.nodes.facts.system import Interface
from provision.director import keepalived_conf
from provision.role import Facts

MOST_BYTES = 2**20
STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


@dataclass(frozen=True)
class PlannedFacts(Facts):
    """What a node would say that has not been raised: its interfaces, in the order of the lab file."""

    def interface_of(self, node: Node, network: str) -> Interface | None:
        """Return the interface that a node will have in a network."""
        number = list(node.addresses).index(network) + 1
        return Interface(f"eth{number}", node.mac(network), True, ())


def planned(lab: Lab, node: Node) -> Configuration:
    """Return the keepalived.conf that a director of a lab will run."""
    return parse(keepalived_conf(lab, node, PlannedFacts()), node.name)


def is_lab(word: str) -> bool:
    """Whether a word means a lab: a YAML file, or a name without a dot or slash."""
    return word.endswith((".yml", ".yaml")) or not ("/" in word or "." in word)


def read(path: Path) -> str:
    """Return a configuration file's text; UsageError where it cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as err:
        raise UsageError(f"{path}: {err.strerror}", f"ls -l {path}") from err
    if len(content) > MOST_BYTES:
        raise UsageError(f"{path}: found more than 1 MiB, expected a keepalived.conf", f"ls -l {path}")
    # comments are in any encoding; what keepalived reads is ASCII
    return content.decode("utf-8", "replace")


def shown(path: Path) -> str:
    """Return a path as it is shortest from here."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def of_lab(word: str, budget: float | None = None) -> list[Finding]:
    """Return the findings in a lab, or the mistakes that keep it from being one.

    The budget is the lab file's own unless told.
    """
    path = instances.lab_path(word)
    try:
        lab = load_lab(path)
    except LabFileError:
        mistakes = lab_mistakes(path)
        if not mistakes:
            raise
        return lint_mistakes(mistakes, shown(path))
    configurations = [planned(lab, node) for node in lab.directors if lab.has_keepalived(node)]
    return lint_lab(lab, read(path), shown(path), configurations, budget)


def of_files(
    words: Sequence[str], budget: float | None, config_ids: Sequence[str], backup_priority: int | None
) -> list[Finding]:
    """Return the findings in the keepalived.conf of the routers of one cluster."""
    if backup_priority is not None and len(words) != 1:
        message = f"--backup-priority is of a router whose file is not there: found {len(words)} files, expected one"
        raise UsageError(message, "lvslab lint keepalived.conf --backup-priority 100")
    ids: list[str | None] = [*config_ids, *[None] * len(words)]
    texts = [(read(Path(word)), word) for word in words]
    parsed = [parse(text, word, config_id) for (text, word), config_id in zip(texts, ids, strict=False)]
    return lint(parsed, budget, backup_priority)


def warnings_of(word: str) -> list[str]:
    """Return the errors and warnings in a lab, a line each, for verbs that are about something else."""
    grave = [one for one in of_lab(word) if one.severity is not Severity.NOTE]
    return [f"{one.place}: {one.severity}: {one.message} [{one.rule}]" for one in grave]


def warn(lines: Sequence[str]) -> None:
    """Print such lines on standard error, and how to learn more."""
    for line in lines:
        console.err.print(line, style="yellow", markup=False, soft_wrap=True)
    if lines:
        console.err.print("lvslab lint LAB tells reasons and remedies", markup=False, soft_wrap=True)


def show(findings: Sequence[Finding]) -> None:
    """Print findings for people: place and message, reason, remedy."""
    for one in findings:
        severity = (f"{one.severity}: ", STYLES[one.severity])
        head = Text.assemble((f"{one.place}: ", "bold"), severity, one.message, (f" [{one.rule}]", "dim"))
        for line in (head, Text(f"    {one.reason}"), Text(f"    remedy: {one.remedy}")):
            console.out.print(line, soft_wrap=True)


def show_counts(words: Sequence[str], findings: Sequence[Finding]) -> None:
    """Print how many findings there are."""
    counts = Counter(one.severity for one in findings)
    parts = [f"{counts[each]} {each}{'s' if counts[each] > 1 else ''}" for each in Severity if counts[each]]
    console.err.print(f"{', '.join(words)}: {', '.join(parts) or 'nothing found'}", markup=False, soft_wrap=True)


def explain(name: str) -> None:
    """Print all that a rule says of itself; UsageError where there is no such rule."""
    rules = {one.name: one for one in EVERY_RULE}
    if name not in rules:
        hint = did_you_mean(name, rules) or "docs/lint.md lists the rules"
        raise UsageError(f"there is no rule {name!r}", hint)
    one = rules[name]
    looks_at = ", ".join(one.looks_at) or "the text"
    lines = [f"{one.name} ({one.severity})", one.title, "", f"looks at: {looks_at}", f"reason: {one.reason}"]
    for line in (*lines, f"remedy: {one.remedy}", f"source: {one.reference}"):
        click.echo(line)


def exit_code(findings: Sequence[Finding]) -> int:
    """Return how the program ends: 2 for a lab file that makes no lab, else by the worst finding."""
    severities = {one.severity for one in findings}
    if any(map(is_mistake, findings)):
        return 2
    return 1 if Severity.ERROR in severities else 3 if Severity.WARNING in severities else 0


@click.command("lint")
@click.argument("targets", nargs=-1)
@click.option("--budget", type=click.FloatRange(min=0, min_open=True), help="Seconds in which a failure is noticed.")
@click.option("--config-id", "config_ids", multiple=True, metavar="ID", help="Which @ID lines count, for each file.")
@click.option("--backup-priority", type=click.IntRange(1, 254), help="The other director's, for one keepalived.conf.")
@click.option("--explain", "rule", metavar="RULE", help="Print what a rule looks at, why, and from which source.")
@json_option
def lint_command(
    targets: tuple[str, ...],
    budget: float | None,
    config_ids: tuple[str, ...],
    backup_priority: int | None,
    rule: str | None,
    as_json: bool,
) -> int:
    """Look for what is likely to surprise in TARGETS: labs, or the keepalived.conf of the routers of a cluster."""
    if rule:
        explain(rule)
        return 0
    words = targets or (DEFAULT_LAB,)
    found = [one for word in words if is_lab(word) for one in of_lab(word, budget)]
    found += of_files([word for word in words if not is_lab(word)], budget, config_ids, backup_priority)
    if as_json:
        data = {"schema_version": 1, "targets": list(words), "findings": [one.as_json() for one in found]}
        click.echo(json.dumps(data, indent=1))
    else:
        show(found)
        show_counts(words, found)
    return exit_code(found)


COMMANDS = (lint_command,)
