"""What is likely to surprise in a lab or a keepalived.conf: rules as data, findings with line, reason and remedy."""

from lvslab.lint.files import lint
from lvslab.lint.finding import Finding, Severity
from lvslab.lint.labs import lint_lab
from lvslab.lint.rule import Rule
from lvslab.lint.rules import RULES
from lvslab.lint.rules.lab import LAB_RULES, LabRule

EVERY_RULE: tuple[Rule | LabRule, ...] = (*RULES, *LAB_RULES)

__all__ = ["EVERY_RULE", "LAB_RULES", "RULES", "Finding", "LabRule", "Rule", "Severity", "lint", "lint_lab"]
