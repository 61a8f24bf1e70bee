"""The lines between machines and networks, and the numbers of the steps beside them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lvslab.report.graph.layout import Box, Layout
from lvslab.report.graph.lines import Point, angular, bow, half_way, straight
from lvslab.report.graph.sizes import GAP, HEAD, LANE
from lvslab.report.graph.view import Edge, Flow, View

LINK = 26
ASIDE = 24
STEPS = {Flow.REQUEST: "1", Flow.FORWARD: "2", Flow.REPLY: "3"}
DRAWN_FIRST = (Flow.MOUNT, Flow.ADVERT, Flow.FORWARD, Flow.REPLY, Flow.REQUEST)


@dataclass(frozen=True)
class Arrow:
    """A line as SVG path data, the number of its step and where that stands, or a word instead of one."""

    edge: Edge
    path: str
    mark: str
    at: Point

    @property
    def kind(self) -> str:
        """The CSS class."""
        return "idle" if self.edge.idle else self.edge.flow.value


@dataclass(frozen=True)
class Link:
    """The vertical line from a machine to a network's bar."""

    x: float
    machine: float
    bar: float


def links(view: View, layout: Layout) -> Iterator[Link]:
    """Yield the link of each machine to each of its networks; beside a bar there is none to draw."""
    for card in (view.client, *view.cards):
        box = layout.machines[card.name]
        for bar in (layout.bars[name] for name in card.networks):
            if box.bottom <= bar.y:
                yield Link(box.x + LINK, box.bottom, bar.y)
            elif bar.bottom <= box.y:
                yield Link(box.x + LINK, box.y, bar.bottom)


def arrows(view: View, layout: Layout) -> list[Arrow]:
    """Return the arrow of each edge, those that lie on top last."""
    edges = sorted(view.edges, key=lambda edge: (not edge.idle, DRAWN_FIRST.index(edge.flow)))
    return [_route(view, edge)(edge, layout) for edge in edges if edge.source != edge.target]


def _route(view: View, edge: Edge) -> Callable[[Edge, Layout], Arrow]:
    routers = {card.name for card in view.cards if card.kind == "router"}
    return _hop if routers & {edge.source, edge.target} else ROUTES[edge.flow]


def _hop(edge: Edge, layout: Layout) -> Arrow:
    """Return the arrow from or to a router; the part that carries the label carries the step's number."""
    source, target = layout.machines[edge.source], layout.machines[edge.target]
    x = ASIDE if edge.flow is Flow.REPLY else -ASIDE
    if source.y == target.y:
        y = source.y + LANE
        ends = [(source.right, y), (target.x, y)] if source.x < target.x else [(source.x, y), (target.right, y)]
        return Arrow(edge, straight(*ends), "", half_way(*ends))
    if source.y < target.y:
        start, end = (source.middle + x, source.bottom), (target.middle + x, target.y)
    else:
        start, end = (source.middle + x, source.y), (target.middle + x, target.bottom)
    step = STEPS[edge.flow] if edge.label else ""
    return Arrow(edge, bow(start, end), step, half_way(start, end))


def _request(edge: Edge, layout: Layout) -> Arrow:
    client, holder = layout.machines[edge.source], layout.machines[edge.target]
    lane = holder.y - LANE
    start = _side(client, lane, -ASIDE)
    points = [*start, (holder.middle, lane), (holder.middle, holder.y)]
    return Arrow(edge, angular(points), "1", _on_longer(points))


def _forward(edge: Edge, layout: Layout) -> Arrow:
    holder, server = layout.machines[edge.source], layout.machines[edge.target]
    start, end = (holder.middle, holder.bottom), (server.middle, server.y)
    if server.y >= holder.bottom:
        return Arrow(edge, bow(start, end), "2", (holder.middle, holder.bottom + LANE))
    below = max(holder.bottom, server.bottom) + LANE / 2
    points = [start, (holder.middle, below), (server.middle, below), (server.middle, server.bottom)]
    return Arrow(edge, angular(points), "2", half_way(*points[1:3]))


def _reply(edge: Edge, layout: Layout) -> Arrow:
    server, client = layout.machines[edge.source], layout.machines[edge.target]
    lane = layout.row_of(edge.source).lanes
    end = _side(client, lane, ASIDE)[::-1]
    x = server.middle - ASIDE
    return Arrow(edge, angular([(x, server.bottom), (x, lane), *end]), "3", half_way(end[0], end[-1]))


def _advert(edge: Edge, layout: Layout) -> Arrow:
    master, backup = layout.machines[edge.source], layout.machines[edge.target]
    if master.y != backup.y:
        return Arrow(edge, bow((master.middle, master.bottom), (backup.middle, backup.y)), "", (0, 0))
    y = master.y + HEAD
    is_right = backup.x > master.x
    path = straight((master.right if is_right else master.x, y), (backup.x if is_right else backup.right, y))
    return Arrow(edge, path, edge.label, (master.right + GAP / 2 if is_right else master.x - GAP / 2, y - 8))


def _mount(edge: Edge, layout: Layout) -> Arrow:
    storage, server = layout.machines[edge.source], layout.machines[edge.target]
    x = server.middle + ASIDE
    if storage.y >= server.bottom:
        return Arrow(edge, bow((storage.middle, storage.y), (x, server.bottom)), "", (0, 0))
    lane = layout.row_of(edge.target).lanes + LANE
    beside = server.right < storage.x and lane < storage.bottom
    start = [(storage.x, lane)] if beside else [(storage.middle, storage.bottom), (storage.middle, lane)]
    path = angular([*start, (x, lane), (x, server.bottom)])
    return Arrow(edge, path, edge.label, (start[-1][0] - GAP / 2, lane - 7))


def _on_longer(points: list[Point]) -> Point:
    """Return the middle of the first line, or of the second where the first has no room for a mark."""
    (x1, y1), (x2, y2), third = points[:3]
    is_short = abs(x2 - x1) + abs(y2 - y1) < 2 * LANE
    return half_way((x2, y2), third) if is_short else half_way((x1, y1), (x2, y2))


def _side(box: Box, lane: float, aside: float) -> list[Point]:
    """Return the way from a box to a lane: up, down, or out on its right."""
    x = box.middle + aside
    if lane < box.y:
        return [(x, box.y), (x, lane)]
    if lane > box.bottom:
        return [(x, box.bottom), (x, lane)]
    return [(box.right, lane), (box.right + GAP, lane)]


ROUTES: dict[Flow, Callable[[Edge, Layout], Arrow]] = {
    Flow.REQUEST: _request,
    Flow.FORWARD: _forward,
    Flow.REPLY: _reply,
    Flow.ADVERT: _advert,
    Flow.MOUNT: _mount,
}
