"""The tracks above the others: the run's phases, its faults, and where the findings look."""

from markupsafe import Markup

from lvslab.history.history import FaultSpan, Span
from lvslab.judge.finding import Verdict
from lvslab.report.page.axis import Axis
from lvslab.report.page.lanes import BLOCK, LANE
from lvslab.report.page.shapes import block, element, level, text
from lvslab.report.page.track import Label, Track
from lvslab.report.record import Record
from lvslab.report.words import SIGN

CROWDED = 3.0
"""Per cent of the plot between two marks in the same row."""
CLASS = {Verdict.PASS: "found passed", Verdict.INCONCLUSIVE: "found open", Verdict.FAIL: "found failed"}


def faults(record: Record, axis: Axis) -> Track | None:
    """Draw the run's phases, and each fault from its injection until it was healed."""
    body = Markup("").join(
        block(
            axis.at(phase.start), axis.at(phase.end), 3, BLOCK, "phase", phase.name, _told(phase.name, phase, record)
        )
        for phase in record.phases
    )
    labels = [Label(15, "phase")]
    for row, each in enumerate(record.history.faults, start=1):
        words = " ".join((each.fault.name, *each.fault.target))
        labels.append(Label(row * LANE + 15, "fault"))
        left, right = axis.at(each.start), axis.at(each.end)
        body += level(row * LANE + LANE / 2, "rail")
        body += block(left, right, row * LANE + 3, BLOCK, "fault", "", _told(words, each, record))
        body += _beside(left, right, row * LANE + 15, words)
    names = [" ".join((each.fault.name, *each.fault.target)) for each in record.history.faults]
    about = f"Broken: {', '.join(names)}." if names else "Nothing was broken."
    return Track("faults", "What was done", about, len(labels) * LANE, body, tuple(labels))


def _beside(left: float, right: float, y: float, words: str) -> Markup:
    if left < 60:
        return text(left, y, words, "over", dx=5)
    return text(right, y, words, "over", dx=-5, anchor="end")


def _told(words: str, each: Span | FaultSpan, record: Record) -> str:
    return f"{words}: {record.word(each.start)} to {record.word(each.end)}"


def findings(record: Record, axis: Axis) -> Track | None:
    """Draw where in the run each finding looks, with its number in the table."""
    placed = [(number, each) for number, each in enumerate(record.findings, start=1) if each.where]
    if not placed:
        return None
    ends: list[float] = []
    body = Markup("")
    for number, each in placed:
        assert each.where is not None
        left, right = axis.at(each.where[0]), axis.at(each.where[1])
        row = next((row for row, end in enumerate(ends) if end + CROWDED <= left), len(ends))
        ends[row : row + 1] = [max(right, left + CROWDED)]
        told = f"{number}. {each.judge}: {each.verdict}: {each.message}"
        shape = block(left, max(right, left + 0.1), row * LANE + 3, BLOCK, CLASS[each.verdict], "", told)
        sign = f"{SIGN[each.verdict]} {number}"
        words = text(left, row * LANE + 15, sign, "over", dx=4)
        body += element("g", shape, words, id=f"mark-{number}")
    about = "The numbers are those of the table of findings."
    return Track("findings", "Where the findings look", about, len(ends) * LANE, body)
