"""A lab as a Mermaid flowchart, which GitHub and most documentation tools draw by themselves."""

import json
import re
from collections.abc import Iterator

from lvslab.model import Lab
from lvslab.report.graph.gather import view_of
from lvslab.report.graph.view import Edge, Flow, GraphState, View

ARROWS = {
    Flow.REQUEST: "==>",
    Flow.FORWARD: "==>",
    Flow.REPLY: "-->",
    Flow.ADVERT: "-.->",
    Flow.MOUNT: "-.->",
}


def mermaid(lab: Lab, state: GraphState | None = None) -> str:
    """Return the lab as a Mermaid flowchart."""
    return "\n".join(_lines(view_of(lab, state))) + "\n"


def _lines(view: View) -> Iterator[str]:
    yield from ("---", f"title: {json.dumps(view.title or view.name)}", "---", "flowchart TB")
    for name, subnet in view.networks:
        yield f"    {_network(name)}([{_quoted(f'{name} {subnet}')}])"
    for card in (view.client, *view.cards):
        yield f"    {_node(card.name)}[{_quoted(*card.facts)}]"
        yield from (f"    {_node(card.name)} --- {_network(name)}" for name in card.networks)
    yield from (f"    {_edge(edge)}" for edge in view.edges)
    yield "    classDef down stroke-dasharray: 4 4, opacity: 0.6"
    yield from (f"    class {_node(card.name)} down" for card in view.cards if card.is_down)


def _edge(edge: Edge) -> str:
    arrow = "-.->" if edge.idle else ARROWS[edge.flow]
    both = "<" if edge.returns else ""
    return f"{_node(edge.source)} {both}{arrow}|{_quoted(edge.label)}| {_node(edge.target)}"


def _node(name: str) -> str:
    # A bare "end" would close a subgraph that nobody opened, and "-" belongs to the arrows.
    return f"node_{name.replace('-', '_')}"


def _network(name: str) -> str:
    return f"net_{name.replace('-', '_')}"


def _quoted(*lines: str) -> str:
    return '"' + "<br>".join(re.sub(r'[#&<>"`;\\]', _entity, line) for line in lines) + '"'


def _entity(match: re.Match[str]) -> str:
    return f"#{ord(match[0])};"
