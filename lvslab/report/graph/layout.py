"""Where everything goes: machines in rows between the networks' bars, the client on the left.

Row i stands above bar i, the last row below the last bar. A machine on two networks stands between them; of
those on one network the directors stand above its bar and the others below, so that requests flow down.
"""

from dataclasses import dataclass

from lvslab.report.graph.sizes import (
    BAR,
    CLIENT_GAP,
    GAP,
    INDENT,
    LANE,
    MARGIN,
    SPACE,
    STEP,
    TITLE,
    WORDS,
    height_of,
    width_of,
    wrapped,
)
from lvslab.report.graph.view import Card, Flow, View

KINDS = ("director", "web", "nfs", "idle")
NARROWEST_PICTURE = 860


@dataclass(frozen=True)
class Box:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.height

    @property
    def middle(self) -> float:
        """Half way between left and right."""
        return self.x + self.width / 2


@dataclass(frozen=True)
class Row:
    """Machines side by side; ``lanes`` is where replies and mounts run below those that have them."""

    cards: tuple[Card, ...]
    top: float
    lanes: float
    end: float


@dataclass(frozen=True)
class Step:
    """A sentence below the picture, in lines that it has room for, the first of them at ``y``."""

    y: float
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """The boxes of machines and bars, the rows, the sentences below them, and the size of all."""

    machines: dict[str, Box]
    bars: dict[str, Box]
    rows: tuple[Row, ...]
    steps: tuple[Step, ...]
    width: float
    height: float

    def row_of(self, name: str) -> Row:
        """Return the row that a machine stands in."""
        return next(row for row in self.rows if name in [card.name for card in row.cards])


def layout_of(view: View) -> Layout:
    """Place everything that a view shows."""
    rows, bar_tops = _stacked(view)
    left = MARGIN + width_of(view.client) + CLIENT_GAP
    content = max(_width(row.cards) for row in rows)
    client = _client(view, bar_tops)
    machines = {view.client.name: client}
    for row in rows:
        machines |= _boxes(row, left + (content - _width(row.cards)) / 2)
    bars = {name: _bar(view, name, top, client, left, content) for name, top in bar_tops.items()}
    width = max(left + content + MARGIN, NARROWEST_PICTURE, len(view.title) * WORDS + 2 * MARGIN)
    y = max(rows[-1].end, *bar_tops.values(), client.bottom) + SPACE * 0.75
    steps = []
    for sentence in view.steps:
        steps.append(Step(y, wrapped(sentence, width - 2 * MARGIN - INDENT)))
        y += STEP * len(steps[-1].lines)
    return Layout(machines, bars, rows, tuple(steps), width, y + MARGIN / 2)


def _stacked(view: View) -> tuple[tuple[Row, ...], dict[str, float]]:
    """Stack rows and bars from the top down; return the rows and the tops of the bars."""
    shelves = _shelves(view)
    y: float = MARGIN + TITLE
    rows = [_row(view, shelves[0], y + LANE)]
    bars = {}
    for (name, _), shelf in zip(view.networks, shelves[1:], strict=True):
        # The client stands beside its bar, and needs half its height above it.
        y = max(rows[-1].end + SPACE, MARGIN + TITLE + (height_of(view.client) - BAR) / 2)
        bars[name] = y
        rows.append(_row(view, shelf, y + BAR + SPACE))
    return tuple(rows), bars


def _shelves(view: View) -> list[tuple[Card, ...]]:
    order = [name for name, _ in view.networks]
    shelves: list[list[Card]] = [[] for _ in range(len(order) + 1)]
    for card in sorted(view.cards, key=lambda card: _place(view, card)):
        first = min([order.index(name) for name in card.networks], default=len(order) - 1)
        is_above = len(card.networks) == 1 and card.kind == "director"
        shelves[first + (0 if is_above else 1)].append(card)
    return [tuple(shelf) for shelf in shelves]


def _place(view: View, card: Card) -> int:
    """Return where a machine stands in its row: routers of requests on the left, other routers on the right."""
    if card.kind != "router":
        return KINDS.index(card.kind)
    asked = {edge.target for edge in view.edges if edge.flow is Flow.REQUEST}
    return -1 if card.name in asked else len(KINDS)


def _row(view: View, cards: tuple[Card, ...], top: float) -> Row:
    if not cards:
        return Row((), top, top, top - SPACE)
    using = {edge.source for edge in view.edges if edge.flow is Flow.REPLY}
    using |= {edge.target for edge in view.edges if edge.flow is Flow.MOUNT}
    heights = [_height(card, cards) for card in cards if card.name in using]
    lanes = top + max(heights, default=0) + LANE
    end = top + max(height_of(card) for card in cards)
    return Row(cards, top, lanes, max(end, lanes + LANE) if heights else end)


def _width(cards: tuple[Card, ...]) -> float:
    return sum(width_of(card) for card in cards) + GAP * max(0, len(cards) - 1)


def _height(card: Card, cards: tuple[Card, ...]) -> float:
    """Return the height of a card in its row: those of one kind are equal, so that nothing moves when a VIP does."""
    return max(height_of(other) for other in cards if other.kind == card.kind)


def _boxes(row: Row, x: float) -> dict[str, Box]:
    boxes = {}
    for card in row.cards:
        boxes[card.name] = Box(x, row.top, width_of(card), _height(card, row.cards))
        x += width_of(card) + GAP
    return boxes


def _client(view: View, bar_tops: dict[str, float]) -> Box:
    beside = min(bar_tops[name] for name in view.client.networks)
    height = height_of(view.client)
    return Box(MARGIN, beside + (BAR - height) / 2, width_of(view.client), height)


def _bar(view: View, name: str, top: float, client: Box, left: float, content: float) -> Box:
    start = left - CLIENT_GAP / 2
    if name in view.client.networks:
        start = client.right if client.y < top < client.bottom else client.middle
    return Box(start, top, left + content - start, BAR)
