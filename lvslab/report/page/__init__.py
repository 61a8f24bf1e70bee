"""The page of a run: one HTML file that needs nothing beside itself, and no JavaScript to be complete."""

import json
from base64 import b64encode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from lvslab.report import words
from lvslab.report.graph import svg
from lvslab.report.page import phases, tables
from lvslab.report.page.axis import WIDTHS, Axis, room_for_words
from lvslab.report.page.shapes import number
from lvslab.report.page.track import Track
from lvslab.report.page.tracks import tracks
from lvslab.report.record import Record
from lvslab.report.requests import SLOW_MS
from lvslab.report.summary import summarise

TEMPLATES = Environment(
    loader=PackageLoader("lvslab.report"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters["number"] = number
TEMPLATES.filters["lasting"] = words.length
TEMPLATES.filters["room"] = lambda said, per_cent: room_for_words(said, per_cent / 100)
TEMPLATES.filters["sentence"] = words.sentence
TEMPLATES.filters["share"] = lambda part, whole: f"{part / whole:.1%}" if whole else "–"


def page(record: Record) -> str:
    """Return the page as HTML."""
    shown = record.shown()
    axis = Axis.of(shown)
    drawn = tracks(shown, axis)
    summary = summarise(record)
    lost, lost_count = tables.requests(record)
    logs, log_count = tables.logs(record)
    return TEMPLATES.get_template("page.html.j2").render(
        record=record,
        summary=summary,
        sign=words.SIGN[summary.verdict],
        tally=words.tally(record),
        outage=words.outage(record),
        began=words.began(record),
        axis=axis,
        slow_ms=SLOW_MS,
        widths=WIDTHS,
        ticks=list(axis.ticks()),
        tracks=drawn,
        shades=[(axis.at(each.start), axis.at(each.end)) for each in shown.history.faults],
        gone=[(axis.at(each.start), axis.at(record.back(each))) for each in shown.clear_outages],
        bars=phases.bars(record),
        findings=tables.findings(record, axis),
        shares=tables.shares(summary.shares),
        lost=lost,
        lost_count=lost_count,
        downloads=tables.downloads(record),
        writes=tables.writes(record),
        logs=logs,
        log_count=log_count,
        measured=list(tables.measured(record)),
        picture=b64encode(svg(record.lab).encode()).decode(),
        readings=_readings(record, axis, drawn),
    )


def _readings(record: Record, axis: Axis, drawn: tuple[Track, ...]) -> Markup:
    """Return what the pointer tells, as JSON that may stand in a script element."""
    found: dict[str, object] = {
        "origin": (record.origin - axis.start) / axis.length,
        "seconds": axis.length / 1e9,
        "buckets": axis.buckets,
        "tracks": {track.name: _packed(track.readings) for track in drawn if track.readings},
    }
    text = json.dumps(found, separators=(",", ":"), ensure_ascii=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def _packed(readings: tuple[str, ...]) -> dict[str, object]:
    """Return readings as distinct words and their numbers: most buckets say the same as the one before."""
    distinct = list(dict.fromkeys(readings))
    place = {words: index for index, words in enumerate(distinct)}
    return {"words": distinct, "at": [place[words] for words in readings]}
