"""The rules of lint, each a small pure function with its words beside it."""

from lvslab.lint.rule import Rule
from lvslab.lint.rules import checks, cluster, lvs, scheduling, text, tracking, vrrp

RULES: tuple[Rule, ...] = (
    *text.RULES,
    *vrrp.RULES,
    *tracking.RULES,
    *lvs.RULES,
    *scheduling.RULES,
    *checks.RULES,
    *cluster.RULES,
)
