"""The rules by which the parts of a lab fit together; each is a small function from lab to mistakes."""

from lvslab.model.lab import Lab
from lvslab.model.mistake import Mistake
from lvslab.model.rules import (
    addresses,
    boxes,
    checks,
    datagrams,
    guards,
    local,
    ports,
    scheduling,
    scripts,
    services,
    storage,
    vrrp,
    web,
)
from lvslab.model.rules.because import Check, Explained, reasoned

RULES: tuple[Check, ...] = (
    *addresses.RULES,
    *vrrp.RULES,
    *scripts.RULES,
    *services.RULES,
    *local.RULES,
    *scheduling.RULES,
    *ports.RULES,
    *datagrams.RULES,
    *checks.RULES,
    *guards.RULES,
    *storage.RULES,
    *web.RULES,
    *boxes.RULES,
)


EXPLAINED = tuple(rule for rule in RULES if isinstance(rule, Explained))
"""Those that say of themselves why, and what to write instead."""


def mistakes_of(lab: Lab) -> list[Mistake]:
    """Return every mistake in how a lab's parts fit together, with the reason."""
    return [reasoned(rule, mistake) for rule in RULES for mistake in rule(lab)]
