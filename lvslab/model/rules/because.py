"""A rule on labs that says of itself why it is one: combinations that are refused get a reason and a remedy."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from lvslab.model.lab import Lab
from lvslab.model.mistake import Mistake, Why

Check = Callable[[Lab], Iterator[Mistake]]


@dataclass(frozen=True)
class Explained:
    """A rule with its words: ``finds`` is what it finds, in one line, ``keys`` are what it looks at."""

    name: str
    keys: tuple[str, ...]
    finds: str
    why: Why
    check: Check = field(compare=False, repr=False)

    def __call__(self, lab: Lab) -> Iterator[Mistake]:
        """Yield the mistakes that the rule finds, each with the reason."""
        return (replace(mistake, why=self.why) for mistake in self.check(lab))


def because(
    name: str, *keys: str, finds: str, reason: str, remedy: str, reference: str
) -> Callable[[Check], Explained]:
    """Give the rule below a name, a reason, a remedy and the source of these."""
    return lambda check: Explained(name, keys, finds, Why(reason, remedy, reference, name), check)


def reasoned(rule: Check, mistake: Mistake) -> Mistake:
    """Return a mistake with the reason that its rule has: its own words, or what the function's docstring says."""
    if mistake.why:
        return mistake
    return replace(mistake, why=Why((rule.__doc__ or "").strip().partition("\n")[0]))
