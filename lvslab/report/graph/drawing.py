"""A lab as an SVG picture that needs nothing beside itself, in the reader's light or dark colours."""

from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from lvslab.model import Lab
from lvslab.report.graph.arrows import Arrow, arrows, links
from lvslab.report.graph.gather import view_of
from lvslab.report.graph.layout import Box, layout_of
from lvslab.report.graph.sizes import DISK, HEAD, INDENT, LANE, LINE, MARGIN, PAD, PILL, SLAB, STEP, shortened
from lvslab.report.graph.view import Card, Flow, GraphState

DISK_GAP = 6
LEAST_DISKS = 3
TEMPLATES = Environment(
    loader=PackageLoader("lvslab.report"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters["px"] = lambda value: f"{value:.1f}".removesuffix(".0")


@dataclass(frozen=True)
class Part:
    """Something on a card: a line of text, a badge, a slab of storage or a disk."""

    kind: str
    text: str
    box: Box


@dataclass(frozen=True)
class Mark:
    """The number of a step beside the arrow that takes it."""

    number: str
    flow: Flow
    x: float
    y: float


def svg(lab: Lab, state: GraphState | None = None) -> str:
    """Return the lab as an SVG document."""
    view = view_of(lab, state)
    layout = layout_of(view)
    drawn = arrows(view, layout)
    return TEMPLATES.get_template("lab.svg.j2").render(
        view=view,
        layout=layout,
        margin=MARGIN,
        indent=INDENT,
        step=STEP,
        links=list(links(view, layout)),
        arrows=drawn,
        marks=_marks(drawn),
        words=_words(drawn),
        machines=[_machine(card, layout.machines[card.name]) for card in (view.client, *view.cards)],
    )


def _machine(card: Card, box: Box) -> tuple[Card, Box, list[Part]]:
    return card, box, list(_parts(card, box))


def _parts(card: Card, box: Box) -> Iterator[Part]:
    """Yield a card's parts from the top down."""
    y = box.y + HEAD
    rows = [("line", text, LINE) for text in card.lines]
    rows += [("held", f"VIP {vip}", PILL) for vip in card.held]
    rows += [("hidden", text, PILL) for text in card.hidden]
    rows += [("slab", text, SLAB) for text in card.stack]
    for kind, text, height in rows:
        yield Part(kind, shortened(text), Box(box.x + PAD, y, box.width - 2 * PAD, height))
        y += height
    across = (box.width - 2 * PAD + DISK_GAP) / max(len(card.disks), LEAST_DISKS)
    for number, (serial, is_spare) in enumerate(card.disks):
        place = Box(box.x + PAD + number * across, y, across - DISK_GAP, DISK - 4)
        yield Part("spare" if is_spare else "disk", serial, place)


def _marks(drawn: list[Arrow]) -> list[Mark]:
    """Return the steps' numbers, one for each place however many arrows begin there."""
    marks = [Mark(arrow.mark, arrow.edge.flow, *arrow.at) for arrow in drawn if arrow.mark.isdigit()]
    # A reply that returns the way the request came has no arrow of its own to carry its number.
    back = [
        Mark("3", Flow.REPLY, arrow.at[0] + LANE, arrow.at[1])
        for arrow in drawn
        if arrow.edge.returns and arrow.edge.flow is Flow.FORWARD
    ]
    return list(dict.fromkeys(marks + back))


def _words(drawn: list[Arrow]) -> list[Arrow]:
    places = {arrow.at: arrow for arrow in drawn if arrow.mark and not arrow.mark.isdigit()}
    return list(places.values())
