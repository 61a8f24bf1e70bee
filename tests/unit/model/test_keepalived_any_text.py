"""Whatever text it is given, the parser reads it or raises its own error, and soon."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lvslab.lint import lint
from lvslab.lint.vocabulary import DIRECTIVES
from lvslab.model.keepalived import KeepalivedConfError, parse

WORDS = sorted({word for block in DIRECTIVES.values() for word in block} | {name for name in DIRECTIVES if name})
VALUES = [
    "10.0.0.1",
    "10.0.0.1/24",
    "fd00::1",
    "80",
    "0",
    "-1",
    "0.5",
    "1e9",
    "MASTER",
    "DR",
    "TCP",
    "rr",
    "weight",
    "{",
    "}",
]
ODD = [
    '"',
    "'",
    "#",
    "!",
    "//",
    "$A",
    "${A}",
    "$A=1",
    "$A=${A}${A}",
    "@main",
    "~SEQ(A, 1, 9)",
    "\\",
    "\n",
    "\u00a0",
    "\x00",
]
PIECES = st.sampled_from([*WORDS, *VALUES, *VALUES, *ODD, "\n", "\n"])
CONFIGURATIONS = st.lists(PIECES, max_size=60).map(" ".join)


@st.composite
def blocks(draw: st.DrawFn, depth: int = 3) -> str:
    """Return a text whose braces match, so that views and rules have something to read."""
    line = st.lists(st.sampled_from([*WORDS, *VALUES[:-2]]), min_size=1, max_size=3).map(" ".join)
    lines = draw(st.lists(line, max_size=6))
    if depth:
        names = st.sampled_from([name for name in DIRECTIVES if name])
        for _ in range(draw(st.integers(0, 3))):
            head = f"{draw(names)} {draw(st.sampled_from(VALUES[:-2]))} {draw(st.sampled_from(['', '80']))}"
            lines.append(f"{head} {{\n{draw(blocks(depth - 1))}\n}}")
    return "\n".join(lines)


def read(text: str) -> None:
    """Parse and lint a text; nothing but the parser's own error may come of it."""
    try:
        conf = parse(text, "any.conf")
    except KeepalivedConfError as err:
        assert 1 <= err.line <= text.count("\n") + 1
        return
    for one in lint([conf, conf], budget=1.0):
        assert 1 <= one.line <= text.count("\n") + 1


@given(st.text())
def test_any_text_at_all(text: str) -> None:
    """Letters, controls, whatever Unicode has."""
    read(text)


@given(CONFIGURATIONS)
@settings(max_examples=200)
def test_any_words_of_a_configuration(text: str) -> None:
    """Directives, values, braces and quotes in any order."""
    read(text)


@given(blocks())
@settings(max_examples=100)
def test_any_blocks(text: str) -> None:
    """Blocks in any other, with any directive."""
    read(text)


@pytest.mark.parametrize("text", ["$A=${A}${A}\n" + "ip ${A}\n" * 1000, "a {\n}\n" * 20000, "x " * 200000])
def test_large_texts_take_no_longer_than_their_size(text: str) -> None:
    """A parameter that holds itself, many blocks, a long line: read, and no recursion into the ground."""
    assert parse(text).source == "keepalived.conf"
