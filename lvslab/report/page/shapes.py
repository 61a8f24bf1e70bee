"""Pieces of SVG: across in per cent of the plot, down in pixels, so that a plot may be of any width."""

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

from lvslab.report.page.axis import room_for_words

Point = tuple[float, float]
GRAIN = 1000
"""Units across in the paths of curves, which are stretched to the plot's width."""


def number(value: float) -> str:
    """Return a number as short as it can be written, to two places."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if value % 1 else f"{value:.0f}"


def element(name: str, *inside: Markup, **attributes: str | float) -> Markup:
    """Return an element; ``class_`` stands for class, underscores for hyphens, and empty texts are left out."""
    words = [
        f' {key.strip("_").replace("_", "-")}="{_value(value)}"' for key, value in attributes.items() if value != ""
    ]
    body = Markup("").join(inside)
    return Markup(f"<{name}{''.join(words)}>{body}</{name}>" if inside else f"<{name}{''.join(words)}/>")


def _value(value: str | float) -> str:
    return str(escape(value)) if isinstance(value, str) else number(value)


def percent(value: float) -> str:
    """Return a share of the plot's width."""
    return f"{number(value)}%"


def title(words: str) -> tuple[Markup, ...]:
    """Return what is told when a pointer rests on a shape; nothing for no words."""
    return (Markup("<title>") + escape(words) + Markup("</title>"),) if words else ()


def text(at: float, y: float, words: str, class_: str = "", dx: float | str = "", anchor: str = "") -> Markup:
    """Return a text whose baseline is at ``y``."""
    return element("text", escape(words), x=percent(at), y=y, class_=class_, dx=dx, text_anchor=anchor)


def rect(left: float, right: float, y: float, height: float, class_: str, told: str = "") -> Markup:
    """Return a rectangle from left to right, in per cent."""
    return element(
        "rect", *title(told), class_=class_, x=percent(left), y=y, width=percent(right - left), height=height
    )


def block(
    left: float, right: float, y: float, height: float, class_: str, words: str, told: str = "", short: str = ""
) -> Markup:
    """Return a rectangle with words in it, where they fit; where they do not, the short ones if these fit."""
    share = (right - left) / 100
    room = room_for_words(words, share)
    shown = [element("text", escape(words), x=4, y=height / 2 + 4, class_=room)] if words else []
    if short and room:
        until = f"{room_for_words(short, share)} u{room[1:]}".strip()
        shown.append(element("text", escape(short), x=4, y=height / 2 + 4, class_=until))
    inside = (*title(told or words), element("rect", width="100%", height=height), *shown)
    return element(
        "svg", *inside, class_=f"block {class_}", x=percent(left), y=y, width=percent(right - left), height=height
    )


def level(y: float, class_: str = "grid") -> Markup:
    """Return a line from one side to the other."""
    return element("line", x1="0", x2="100%", y1=y, y2=y, class_=class_)


def upright(at: float, top: float, bottom: float, class_: str, told: str = "") -> Markup:
    """Return a line from top to bottom."""
    return element("line", *title(told), x1=percent(at), x2=percent(at), y1=top, y2=bottom, class_=class_)


def _stretched(path: str, height: float, class_: str) -> Markup:
    drawn = element("path", d=path, class_=class_, vector_effect="non-scaling-stroke")
    return element(
        "svg", drawn, viewBox=f"0 0 {GRAIN} {number(height)}", preserveAspectRatio="none", width="100%", height=height
    )


def curves(lines: Iterable[Sequence[Point]], height: float, class_: str) -> Markup:
    """Return lines through points (per cent, px from the top), as one path."""
    parts = []
    for points in lines:
        places = [f"{number(at * GRAIN / 100)} {number(y)}" for at, y in points]
        parts.append("M" + "L".join(places))
    return _stretched("".join(parts), height, class_) if parts else Markup("")


def steps(bars: Sequence[tuple[float, float, float]], height: float, class_: str) -> Markup:
    """Return bars that stand on the bottom, as one area: each from left to right (per cent), so high (px)."""
    floor = number(height)
    parts = [
        f"M{number(left * GRAIN / 100)} {floor}V{number(height - tall)}H{number(right * GRAIN / 100)}V{floor}"
        for left, right, tall in bars
        if tall > 0
    ]
    return _stretched("".join(parts), height, class_) if parts else Markup("")


def strokes(places: Iterable[float], top: float, bottom: float, height: float, class_: str) -> Markup:
    """Return upright strokes as one path; those too near to be told apart become one."""
    distinct = dict.fromkeys(round(at * GRAIN / 100, 1) for at in places)
    path = "".join(f"M{number(at)} {number(top)}V{number(bottom)}" for at in distinct)
    return _stretched(path, height, class_) if path else Markup("")
