"""The rules by which the parts of a lab fit together; each is a small function from lab to mistakes."""

from collections.abc import Callable, Iterator

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

Rule = Callable[[Lab], Iterator[Mistake]]

RULES: tuple[Rule, ...] = (
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


def mistakes_of(lab: Lab) -> list[Mistake]:
    """Return every mistake in how a lab's parts fit together."""
    return [mistake for rule in RULES for mistake in rule(lab)]
