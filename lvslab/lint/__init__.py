"""What is likely to surprise in a lab or a keepalived.conf: rules as data, findings with line, reason and remedy."""

from lvslab.lint.files import lint
from lvslab.lint.finding import Finding, Severity
from lvslab.lint.labs import lint_lab
from lvslab.lint.mistakes import MISTAKE_RULES, MistakeRule, is_mistake, lint_mistakes
from lvslab.lint.rule import Rule
from lvslab.lint.rules import RULES
from lvslab.lint.rules.lab import LAB_RULES, LabRule

AnyRule = Rule | LabRule | MistakeRule
EVERY_RULE: tuple[AnyRule, ...] = (*RULES, *LAB_RULES, *MISTAKE_RULES)

__all__ = [
    "EVERY_RULE",
    "LAB_RULES",
    "MISTAKE_RULES",
    "RULES",
    "AnyRule",
    "Finding",
    "LabRule",
    "MistakeRule",
    "Rule",
    "Severity",
    "is_mistake",
    "lint",
    "lint_lab",
    "lint_mistakes",
]
