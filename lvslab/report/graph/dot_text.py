"""A lab in Graphviz's DOT language."""

from collections.abc import Iterator

from lvslab.model import Lab
from lvslab.report.graph.gather import view_of
from lvslab.report.graph.view import Card, Edge, Flow, GraphState, View

STYLES = {
    Flow.REQUEST: "color=blue, penwidth=2",
    Flow.FORWARD: "color=blue, penwidth=2",
    Flow.REPLY: "color=darkgreen",
    Flow.ADVERT: "style=dotted, constraint=false",
    Flow.MOUNT: "style=dotted, constraint=false",
}


def dot(lab: Lab, state: GraphState | None = None) -> str:
    """Return the lab as a DOT graph."""
    return "\n".join(_lines(view_of(lab, state))) + "\n"


def _lines(view: View) -> Iterator[str]:
    yield f"digraph {_quoted(view.name)} {{"
    yield f'    graph [label={_quoted(view.title or view.name)}, labelloc=t, fontname="sans-serif"]'
    yield '    node [shape=box, style=rounded, fontname="sans-serif"]'
    yield '    edge [fontname="sans-serif", fontsize=10]'
    for name, subnet in view.networks:
        yield f"    {_network(name)} [label={_quoted(f'{name} {subnet}')}, style=filled, width=6]"
    for card in (view.client, *view.cards):
        yield f"    {_quoted(card.name)} [label={_quoted(*card.facts)}{_faded(card)}]"
        yield from (f"    {_quoted(card.name)} -> {_network(name)} [dir=none, color=gray]" for name in card.networks)
    yield from (f"    {_edge(edge)}" for edge in view.edges)
    yield "}"


def _edge(edge: Edge) -> str:
    style = "color=gray, style=dashed" if edge.idle else STYLES[edge.flow]
    both = ", dir=both" if edge.returns else ""
    return f"{_quoted(edge.source)} -> {_quoted(edge.target)} [label={_quoted(edge.label)}, {style}{both}]"


def _faded(card: Card) -> str:
    return ', style="rounded,dashed", fontcolor=gray' if card.is_down else ""


def _network(name: str) -> str:
    return _quoted(f"network {name}")


def _quoted(*lines: str) -> str:
    escaped = [line.replace("\\", "\\\\").replace('"', '\\"') for line in lines]
    return '"' + "\\n".join(escaped) + '"'
