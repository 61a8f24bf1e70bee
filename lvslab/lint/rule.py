"""A rule of lint: a pure function, and in words what it looks at, why, and what to do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lvslab.lint.finding import Finding, Severity
from lvslab.model.keepalived import Block, Configuration


@dataclass(frozen=True)
class Sight:
    """What a rule may look at: a configuration, and those of the other routers of the same cluster.

    ``before`` are those of them that come before it, for rules that report a pair once. ``budget`` is the time in
    seconds within which a failure has to be noticed; None where nobody said. ``backup_priority`` is the priority of
    the other router where its configuration is not there to be read, and somebody said.
    """

    configuration: Configuration
    before: tuple[Configuration, ...] = ()
    others: tuple[Configuration, ...] = ()
    budget: float | None = None
    backup_priority: int | None = None


@dataclass(frozen=True)
class Seen:
    """What a rule sees on a line; ``blocks`` are those that it follows from."""

    line: int
    message: str
    blocks: tuple[Block, ...] = ()


Check = Callable[[Sight], Iterator[Seen]]


@dataclass(frozen=True)
class Words:
    """What a rule says of itself; ``reference`` says where the reason comes from."""

    name: str
    severity: Severity
    looks_at: tuple[str, ...]
    reason: str
    remedy: str
    reference: str

    def finding(self, source: str, line: int, message: str) -> Finding:
        """Return a finding of this rule at a place."""
        return Finding(self.name, self.severity, source, line, message, self.reason, self.remedy, self.reference)


def title_of(check: Callable[..., object]) -> str:
    """Return what a rule finds, in one line: its function's docstring."""
    return (check.__doc__ or "").strip().splitlines()[0]


@dataclass(frozen=True)
class Rule(Words):
    """A rule on keepalived.conf(5). ``looks_at`` are the directives that its findings follow from.

    Where one of these stands behind a condition, or may come from an include, nothing is found. ``whole_file`` says
    that the rule also looks for what is absent from the file.
    """

    check: Check = field(compare=False, repr=False)
    whole_file: bool = False

    @property
    def title(self) -> str:
        """What the rule finds, in one line."""
        return title_of(self.check)

    def seen(self, sight: Sight) -> Iterator[Seen]:
        """Yield what this rule sees and is sure of."""
        whole = sight.configuration.is_whole and all(other.is_whole for other in sight.others)
        if whole or not self.whole_file:
            yield from (each for each in self.check(sight) if self._is_sure(each))

    def _is_sure(self, seen: Seen) -> bool:
        return all(block.is_sure(*self.looks_at) for block in seen.blocks)


def rule(
    name: str,
    severity: Severity,
    *looks_at: str,
    reason: str,
    remedy: str,
    reference: str,
    whole_file: bool = False,
) -> Callable[[Check], Rule]:
    """Make a rule of a function; the function's docstring is the rule's title."""
    return lambda check: Rule(name, severity, looks_at, reason, remedy, reference, check, whole_file)


def at(block: Block, message: str, *keywords: str, also: tuple[Block, ...] = ()) -> Seen:
    """Return what is seen at a directive of a block, or at the block where the directive is not there."""
    return Seen(block.line_of(*keywords), message, (block, *also))
