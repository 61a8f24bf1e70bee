"""Lines as SVG path data: with rounded corners where they turn, or one bow from above to below."""

Point = tuple[float, float]
CORNER = 12


def angular(points: list[Point]) -> str:
    """Return a path through points whose connections are vertical or horizontal, its corners rounded."""
    inner = [_corner(*three) for three in zip(points, points[1:], points[2:], strict=False)]
    return " ".join([f"M {at(points[0])}", *inner, f"L {at(points[-1])}"])


def bow(start: Point, end: Point) -> str:
    """Return a path that leaves and arrives vertically."""
    bend = (end[1] - start[1]) / 2
    return f"M {at(start)} C {at((start[0], start[1] + bend))}, {at((end[0], end[1] - bend))}, {at(end)}"


def straight(start: Point, end: Point) -> str:
    """Return a path that goes straight."""
    return f"M {at(start)} L {at(end)}"


def half_way(start: Point, end: Point) -> Point:
    """Return the point in the middle of two."""
    return (start[0] + end[0]) / 2, (start[1] + end[1]) / 2


def at(point: Point) -> str:
    """Write a point with at most one decimal."""
    return " ".join(f"{value:.1f}".removesuffix(".0") for value in point)


def _corner(before: Point, corner: Point, after: Point) -> str:
    return f"L {at(_towards(corner, before))} Q {at(corner)}, {at(_towards(corner, after))}"


def _towards(corner: Point, other: Point) -> Point:
    """Return the point at which the line between them begins to turn."""
    length = abs(other[0] - corner[0]) + abs(other[1] - corner[1])
    share = min(CORNER / length, 0.5) if length else 0
    return corner[0] + (other[0] - corner[0]) * share, corner[1] + (other[1] - corner[1]) * share
