"""Rules on the text itself: words that keepalived does not know, comments that are none, numbers that are none."""

from collections.abc import Iterator

from lvslab.lint.finding import Severity
from lvslab.lint.rule import Seen, Sight, rule
from lvslab.lint.rules.tracking import SCRIPTS
from lvslab.lint.vocabulary import DIRECTIVES, RANGES
from lvslab.model.base import did_you_mean
from lvslab.model.keepalived import Configuration, Statement
from lvslab.model.keepalived.block import number, whole

SYNTAX = "keepalived.conf(5), DESCRIPTION"
ODD = {"\u00a0": "a no-break space", "\u3000": "an ideographic space", "\u200b": "a zero-width space"}
ODD |= dict.fromkeys("“”„‘’", "a typographic quote")
_FEW_WORDS = """
state interface virtual_router_id priority advert_int version delay_loop lvs_sched lb_algo lb_kind protocol
persistence_timeout quorum hysteresis connect_timeout retry nb_get_retry delay_before_retry connect_port
interval timeout fall rise auth_type auth_pass nopreempt router_id vrrp_version vrrp_strict
"""
FEW_WORDS = frozenset(_FEW_WORDS.split())
CUT = frozenset({"auth_pass", "path", "interface", "router_id", *SCRIPTS})


def inside(conf: Configuration) -> Iterator[tuple[str, Statement]]:
    """Yield every statement with the keyword of its block; '' is the top of the file."""
    waiting = [conf.statement]
    while waiting:
        block = waiting.pop()
        for each in block.children:
            yield block.keyword, each
        waiting.extend(each for each in block.children if each.is_block)


@rule(
    "slash-comment",
    Severity.ERROR,
    reason="keepalived's comments begin with # or !. What stands behind // belongs to the value: `rr//text` is no "
    "scheduler, and `100//text` no number.",
    remedy="write # instead of //",
    reference=SYNTAX,
)
def slash_comment(sight: Sight) -> Iterator[Seen]:
    """Find comments after //, which are none."""
    for _, each in inside(sight.configuration):
        words = filter(_holds_a_comment, (each.keyword, *each.words))
        glued = each.keyword if each.keyword == "//" else next(words, None)
        if glued and each.keyword not in SCRIPTS | {"path"}:
            place = "" if glued == each.keyword else f"{each.keyword}: "
            yield Seen(each.line, f"{place}found {_short(glued)}, which is read as it stands")


def _holds_a_comment(word: str) -> bool:
    head, found, _ = word.partition("//")
    # behind a value that is complete a lone // does no harm; a path and a URL have slashes of their own
    return bool(found) and word != "//" and not head.endswith(":") and not head.startswith("/")


@rule(
    "comment-in-word",
    Severity.WARNING,
    reason="A # or ! begins a comment wherever it stands, within a word too; what is left of the word is the value.",
    remedy="put the word in quotes, or a blank before the comment",
    reference=f"{SYNTAX}; Quoted strings",
)
def comment_in_word(sight: Sight) -> Iterator[Seen]:
    """Find a # or ! in the middle of a value, which cuts it."""
    for _, each in inside(sight.configuration):
        last = (each.keyword, *each.words)[-1]
        if each.keyword in CUT and each.words and each.cut == last:
            yield Seen(
                each.line, f"{each.keyword}: found a comment right behind {_short(last)}, which is all that counts"
            )


@rule(
    "quote-open",
    Severity.ERROR,
    reason="A quote ends on its line; keepalived reads the words of such a line wrongly or not at all.",
    remedy="close the quote, or put the word into the other kind of quotes",
    reference="keepalived.conf(5), Quoted strings",
)
def quote_open(sight: Sight) -> Iterator[Seen]:
    """Find a quote that is not closed."""
    for _, each in inside(sight.configuration):
        if each.unterminated:
            yield Seen(each.line, f"{each.keyword}: found a quote that is not closed")


@rule(
    "odd-character",
    Severity.ERROR,
    reason="Characters that a web page or a word processor puts in look like blanks and quotes, and are letters to "
    "keepalived.",
    remedy="type the line anew",
    reference=SYNTAX,
)
def odd_character(sight: Sight) -> Iterator[Seen]:
    """Find blanks and quotes that are none."""
    for _, each in inside(sight.configuration):
        found = next((name for letter, name in ODD.items() if letter in each.text), None)
        if found:
            yield Seen(each.line, f"{_short(each.text)}: found {found}")


@rule(
    "several-on-a-line",
    Severity.ERROR,
    reason="keepalived reads one directive a line; it ignores what stands behind its words.",
    remedy="write each directive on a line of its own",
    reference=SYNTAX,
)
def several_on_a_line(sight: Sight) -> Iterator[Seen]:
    """Find a second directive on a line, which is ignored."""
    for block, each in inside(sight.configuration):
        known = DIRECTIVES.get(block, frozenset())
        if block == "vrrp_instance" and each.keyword in FEW_WORDS and each.is_block:
            yield Seen(each.line, f"{each.keyword}: found a brace, which it does not take")
        elif each.keyword in FEW_WORDS:
            second = next((word for word in each.words[1:] if word in known), None)
            if second:
                yield Seen(each.line, f"{each.keyword}: found {second} on the same line, where it is ignored")


@rule(
    "number-unreadable",
    Severity.ERROR,
    reason="keepalived does not take what is no number or out of range, and goes on with its default.",
    remedy="write a number that the directive takes",
    reference="keepalived.conf(5), PARAMETER SYNTAX",
)
def number_unreadable(sight: Sight) -> Iterator[Seen]:
    """Find a value that is no number, or out of the directive's range."""
    for block, each in inside(sight.configuration):
        allowed = RANGES.get(block, {}).get(each.keyword)
        word = each.words[0] if each.words else ""
        if allowed is None or not each.is_certain or "//" in word:
            continue
        value = whole(word) if allowed.whole else number(word)
        if value is None or not allowed.low <= value <= allowed.high:
            found = _short(word) if word else "nothing"
            message = f"{each.keyword}: found {found}, expected {allowed.words}; keepalived takes {allowed.otherwise}"
            yield Seen(each.line, message)


@rule(
    "said-twice",
    Severity.WARNING,
    reason="Of two directives of a name in one block only one counts: for `state` the first, else the last.",
    remedy="take out the one that is not meant",
    reference=SYNTAX,
)
def said_twice(sight: Sight) -> Iterator[Seen]:
    """Find a directive twice in one block."""
    for top in sight.configuration.statement.children:
        for block in (each for each in top.walk() if each.is_block):
            first: dict[str, Statement] = {}
            for each in block.children:
                before = first.setdefault(each.keyword, each)
                if before is not each and each.keyword in FEW_WORDS and each.is_certain and before.is_certain:
                    yield Seen(each.line, f"{each.keyword}: stands on line {before.line} already")


@rule(
    "word-unknown",
    Severity.NOTE,
    reason="keepalived 2.2.7 does not know the word in this block: it logs `Unknown keyword` and goes on without it. "
    "A newer version may know it.",
    remedy="mend the word, or move it into the block that knows it",
    reference="keepalived.conf(5)",
)
def word_unknown(sight: Sight) -> Iterator[Seen]:
    """Find a word that looks like a directive misspelt or misplaced."""
    for block, each in inside(sight.configuration):
        known = DIRECTIVES.get(block)
        if known is None or each.keyword in known or not each.is_certain or each.keyword == "nb_get_retry":
            continue
        guess = _guess(each.keyword, known)
        if guess:
            yield Seen(each.line, f"{block or 'top of the file'}: there is no {_short(each.keyword)}, {guess}")


def _guess(word: str, known: frozenset[str]) -> str:
    homes = sorted(block for block, words in DIRECTIVES.items() if word in words and block)
    if homes:
        return f"it belongs into {' or '.join(homes[:2])}"
    close = did_you_mean(word, sorted(known))
    guess = close.removeprefix("did you mean '").removesuffix("'?")
    return close if close and _is_near(word, guess) else ""


def _is_near(word: str, guess: str) -> bool:
    # a word that differs by more than a letter or two is more likely one that a newer keepalived has
    one, other = word.casefold().replace("-", "_"), guess.casefold()
    begin = _common(one, other)
    end = _common(one[begin:][::-1], other[begin:][::-1])
    return max(len(one), len(other)) - begin - end <= 2 and len(one) > 3


def _common(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return next((number for number, pair in enumerate(pairs) if pair[0] != pair[1]), min(len(one), len(other)))


@rule(
    "nothing-there",
    Severity.WARNING,
    reason="Without a vrrp_instance and a virtual_server keepalived has nothing to do. A file whose line ends were "
    "lost is one long comment if it begins with # or !.",
    remedy="look at the file's line ends",
    reference=SYNTAX,
    whole_file=True,
)
def nothing_there(sight: Sight) -> Iterator[Seen]:
    """Find a file without a vrrp_instance and without a virtual_server."""
    conf = sight.configuration
    if not conf.instances and not conf.virtual_servers:
        yield Seen(1, "found neither a vrrp_instance nor a virtual_server")


@rule(
    "not-evaluated",
    Severity.NOTE,
    reason="Includes, sequences, parameters that are not defined or go over several lines, and @conditions without "
    "--config-id are not carried out here; nothing is said of what may depend on them.",
    remedy="give --config-id, or let keepalived write what it reads: keepalived -t --config-id ID -f FILE",
    reference="keepalived.conf(5), ADVANCED CONFIGURATION",
)
def not_evaluated(sight: Sight) -> Iterator[Seen]:
    """Find what lint does not carry out, and so cannot judge."""
    opaque = sight.configuration.opaque
    if opaque:
        more = f" and {len(opaque) - 1} lines more" if len(opaque) > 1 else ""
        first = f"{opaque[0].condition} {opaque[0].text}".strip()
        yield Seen(opaque[0].line, f"{_short(first)}{more}: not evaluated")


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:37]}...")


RULES = (
    slash_comment,
    comment_in_word,
    quote_open,
    odd_character,
    several_on_a_line,
    number_unreadable,
    said_twice,
    word_unknown,
    nothing_there,
    not_evaluated,
)
