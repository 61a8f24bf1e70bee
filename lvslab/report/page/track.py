"""A track: one picture on the time axis, with its name, its legend and what it says in words."""

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from lvslab.report.page.axis import Axis
from lvslab.report.record import Record


@dataclass(frozen=True)
class Key:
    """An entry of a legend: the class of the sample that is drawn, and its words."""

    class_: str
    words: str


@dataclass(frozen=True)
class Label:
    """A word beside the plot, its baseline ``y`` px from the top."""

    y: float
    words: str


@dataclass(frozen=True)
class Track:
    """A picture on the time axis.

    ``about`` says for those who do not see it what it shows; ``readings`` are words for each bucket, told where the
    pointer is.
    """

    name: str
    title: str
    about: str
    height: float
    body: Markup
    labels: tuple[Label, ...] = ()
    legend: tuple[Key, ...] = ()
    readings: tuple[str, ...] = ()


Draw = Callable[[Record, Axis], Track | None]
"""Draws a track; None when the history has nothing for it."""
