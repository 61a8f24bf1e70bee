"""keepalived.conf(5) as a tree: a directive, its words, its line, and what stands in its braces."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lvslab.model.keepalived.errors import KeepalivedConfError
from lvslab.model.keepalived.lines import SourceLine, lines_of
from lvslab.model.keepalived.words import Line, Word, split

MOST_DEPTH = 32
# a parameter that is still there is not defined; names with _ in front are keepalived's own
UNDEFINED = re.compile(r"\$\{?[A-Za-z]")
INCLUDES = ("include", "includer", "includem", "includew", "includeb", "includea")
TOP_LEVEL = (
    "global_defs",
    "vrrp_instance",
    "vrrp_script",
    "vrrp_sync_group",
    "virtual_server",
    "virtual_server_group",
)


@dataclass(frozen=True)
class Statement:
    """A directive: its keyword, the words behind it, its line, and its block's statements where it has one.

    ``condition`` is ``@id`` where it is not known whether the line counts. ``opaque`` says that the line is not
    evaluated: an include, a sequence, a parameter over several lines, a parameter that is not defined.
    """

    keyword: str
    words: tuple[str, ...] = ()
    line: int = 1
    children: tuple["Statement", ...] = ()
    is_block: bool = False
    condition: str = ""
    opaque: bool = False
    cut: str = ""
    unterminated: bool = False

    @property
    def text(self) -> str:
        """The directive in one line, without its block."""
        return " ".join((self.keyword, *self.words))

    @property
    def is_certain(self) -> bool:
        """Whether it is known that this counts, and with these words."""
        return not (self.condition or self.opaque or UNDEFINED.search(self.text))

    def walk(self) -> Iterator["Statement"]:
        """Yield this statement and all below it, in the order of their lines."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass
class _Open:
    """A block that is not closed yet."""

    head: Statement
    children: list[Statement] = field(default_factory=list)

    def closed(self) -> Statement:
        head = self.head
        return Statement(
            head.keyword,
            head.words,
            head.line,
            tuple(self.children),
            is_block=True,
            condition=head.condition,
            opaque=head.opaque,
            cut=head.cut,
            unterminated=head.unterminated,
        )


class _Builder:
    """Puts lines together to a tree."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.stack = [_Open(Statement(""))]

    def add(self, line: SourceLine) -> None:
        if line.opaque:
            self._put(Statement(line.opaque, (), line.number, condition=line.condition, opaque=True))
            return
        words = split(line.text)
        pending: list[Word] = []
        for word in words.words:
            if word.opens:
                self._open(pending, line, words)
            elif word.closes:
                self._flush(pending, line, words)
                self._close(line)
            else:
                pending.append(word)
                continue
            pending = []
        self._flush(pending, line, words)

    def _statement(self, pending: list[Word], line: SourceLine, words: Line) -> Statement:
        keyword, *rest = (word.text for word in pending)
        opaque = keyword in INCLUDES or keyword.startswith("$")
        cut, open_quote = words.cut, words.unterminated
        return Statement(keyword, tuple(rest), line.number, (), False, line.condition, opaque, cut, open_quote)

    def _flush(self, pending: list[Word], line: SourceLine, words: Line) -> None:
        if pending:
            self._put(self._statement(pending, line, words))

    def _put(self, statement: Statement) -> None:
        self.stack[-1].children.append(statement)

    def _open(self, pending: list[Word], line: SourceLine, words: Line) -> None:
        head = self._statement(pending, line, words) if pending else self._head_before(line)
        if len(self.stack) > MOST_DEPTH:
            raise KeepalivedConfError(self.source, line.number, f"found braces in braces more than {MOST_DEPTH} deep")
        self.stack.append(_Open(head))

    def _head_before(self, line: SourceLine) -> Statement:
        before = self.stack[-1].children
        if before and not before[-1].is_block and not before[-1].opaque and before[-1].line < line.number:
            return before.pop()
        raise KeepalivedConfError(self.source, line.number, "found '{' without the name of a block before it")

    def _close(self, line: SourceLine) -> None:
        if len(self.stack) == 1:
            message = "found '}' where no block is open"
            raise KeepalivedConfError(self.source, line.number, message, self._hint())
        closed = self.stack.pop().closed()
        self._put(closed)

    def finish(self) -> tuple[Statement, ...]:
        if len(self.stack) > 1:
            left = self._left_open()
            message = f"found no '}}' that closes {left.text!r}, which opens here"
            raise KeepalivedConfError(self.source, left.line, message, self._hint())
        return tuple(self.stack[0].children)

    def _left_open(self) -> Statement:
        # a block that holds what belongs at the top is the one that somebody forgot to close
        for outer, inner in zip(self.stack[1:], self.stack[2:], strict=False):
            if inner.head.keyword in TOP_LEVEL:
                return outer.head
        for each in self.stack[1:]:
            if any(child.keyword in TOP_LEVEL for child in each.children):
                return each.head
        return self.stack[-1].head

    def _hint(self) -> str:
        conditional = any(each.condition for open_ in self.stack for each in (open_.head, *open_.children))
        return "the same with --config-id, for braces behind @conditions" if conditional else ""


def parse_tree(text: str, source: str = "keepalived.conf", config_id: str | None = None) -> tuple[Statement, ...]:
    """Return the statements of a text; KeepalivedConfError names the line of a brace too many or too few.

    ``config_id`` is what keepalived's ``-i`` says: which ``@id`` lines count.
    """
    builder = _Builder(source)
    for line in lines_of(text, config_id):
        builder.add(line)
    return builder.finish()
