"""How large things are in the picture, in pixels. Text is measured by its number of characters."""

from textwrap import wrap

from lvslab.report.graph.view import Card

MARGIN = 28
TITLE = 62
GAP = 46
CLIENT_GAP = 58
BAR = 28
SPACE = 56
LANE = 24
HEAD = 36
LINE = 19
PILL = 28
SLAB = 27
DISK = 40
DISKS = 46
PAD = 12
STEP = 24
INDENT = 30
NARROWEST = 196
CHARACTER = 7.3
WORDS = 7.0  # of a sentence, in the widest of the fonts that the picture asks for
LONGEST = 44


def width_of(card: Card) -> float:
    """Return the width that a card's longest line needs."""
    badges = [f"VIP {vip}" for vip in card.held] + list(card.hidden)
    head = f"{card.name}  {card.state or card.kind}    "
    texts = [head, *card.lines, *(f"{badge}   " for badge in badges), *(f"{slab}  " for slab in card.stack)]
    longest = min(max(map(len, texts)), LONGEST)
    return max(NARROWEST, round(longest * CHARACTER + 2 * PAD), DISK * len(card.disks) + 2 * PAD)


def height_of(card: Card) -> float:
    """Return the height that a card's lines, badges and storage need."""
    badges = PILL * (len(card.held) + len(card.hidden))
    storage = SLAB * len(card.stack) + (DISKS if card.disks else 0)
    return HEAD + LINE * len(card.lines) + badges + storage + PAD


def shortened(text: str) -> str:
    """Cut a line that no card is wide enough for."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def wrapped(sentence: str, width: float) -> tuple[str, ...]:
    """Break a sentence between words where it is wider than the picture."""
    return tuple(wrap(sentence, int(width / WORDS), break_long_words=False, break_on_hyphens=False))
