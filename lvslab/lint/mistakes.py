"""Mistakes of a lab file as findings: a lab that cannot be is explained as one that will surprise."""

from collections.abc import Iterable
from dataclasses import dataclass

from lvslab.lint.files import in_order
from lvslab.lint.finding import Finding, Severity
from lvslab.lint.rule import Words
from lvslab.model.mistake import Mistake, Placed
from lvslab.model.rules import EXPLAINED


@dataclass(frozen=True)
class MistakeRule(Words):
    """A rule that a lab file has to keep before it is a lab; reading the file is what finds where it does not."""

    title: str


FORM = MistakeRule(
    "lab-file",
    Severity.ERROR,
    ("every key",),
    reason="A lab file is raised as it is written or not at all: what is unknown, out of range or at odds with the "
    "rest would make another lab than somebody meant.",
    remedy="change this place, or the one that it has to agree with; docs/labs.md tells what each key may say",
    reference="docs/labs.md, Reference",
    title="Find every other mistake of a lab file: its form, keys and values, and how its parts fit together.",
)
MISTAKE_RULES: tuple[MistakeRule, ...] = (
    FORM,
    *(
        MistakeRule(
            rule.name,
            Severity.ERROR,
            rule.keys,
            rule.why.reason,
            rule.why.remedy,
            rule.why.reference,
            title=f"Find {rule.finds}.",
        )
        for rule in EXPLAINED
    ),
)


def lint_mistakes(mistakes: Iterable[Placed], source: str) -> list[Finding]:
    """Return a finding for each mistake in a lab file; ``source`` is the file's name."""
    return in_order([_finding(source, line, mistake) for line, mistake in mistakes])


def is_mistake(finding: Finding) -> bool:
    """Whether a finding is a mistake, so that there is no lab."""
    return any(finding.rule == rule.name for rule in MISTAKE_RULES)


def _finding(source: str, line: int, mistake: Mistake) -> Finding:
    named = next((rule for rule in MISTAKE_RULES if mistake.why and rule.name == mistake.why.rule), None)
    if named:
        return named.finding(source, line, mistake.text)
    reason = mistake.why.reason if mistake.why else FORM.reason
    return Finding(FORM.name, FORM.severity, source, line, mistake.text, reason, _remedy(mistake), FORM.reference)


def _remedy(mistake: Mistake) -> str:
    # every message that knows what would be right ends with it
    _, found, rest = mistake.message.partition("allowed")
    return f"write what is allowed{rest}" if found else FORM.remedy
