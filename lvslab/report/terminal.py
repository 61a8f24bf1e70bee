"""A run in five lines for the terminal."""

from collections import Counter
from collections.abc import Iterator

from rich.console import Group
from rich.table import Table
from rich.text import Text

from lvslab.history import RunFolder
from lvslab.judge.finding import Verdict
from lvslab.report import words
from lvslab.report.record import SECOND, Record
from lvslab.report.requests import SLOW_MS, count
from lvslab.report.stored import record_of

BLOCKS = "▁▂▃▄▅▆▇█"
FAILED = "×"
SOME_FAILED = "!"
NOTHING = " "
WIDTH = 48
LEAST = SECOND // 4
"""What is shown before and after an outage is no less, in ns."""
FEWEST = 2
"""Attempts in a bucket."""
STYLE = {Verdict.PASS: "bold green", Verdict.INCONCLUSIVE: "bold yellow", Verdict.FAIL: "bold red"}
PAGE = "report.html"


def summary(folder: RunFolder) -> Group:
    """Return the five lines of a run that was kept: verdict, outage, requests, shares, and where the page is."""
    return lines(record_of(folder), str(folder.path / PAGE))


def lines(record: Record, page: str) -> Group:
    """Return the five lines."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for name, said in _rows(record, page):
        table.add_row(name, said)
    verdict = f"{words.SIGN[record.verdict]} {record.verdict.upper()}"
    return Group(Text.assemble((verdict, STYLE[record.verdict]), f" — {words.headline(record)}"), table)


def _rows(record: Record, page: str) -> Iterator[tuple[str, Text]]:
    yield "outage", _outage(record)
    yield "requests", _requests(record)
    yield "shares", Text(_shares(record))
    yield "page", Text(f"{page}  ({words.tally(record)})")


def _outage(record: Record) -> Text:
    seen = words.loss(record)
    if seen is None:
        return Text("nobody probed the service")
    promised = f", promised {seen.promise}" if seen.promise else ""
    failing = "" if seen.share == 1 or not seen.ms else f" with {seen.share:.0%} failing"
    failing += f" in {seen.pieces} pieces" if seen.pieces > 1 else ""
    spark = Text("".join(sparkline(record)))
    spark.highlight_regex(f"[{FAILED}{SOME_FAILED}]", "red")
    return Text.assemble(spark, f"  {words.length(seen.ms) if seen.ms else 'none'}{failing}{promised}")


def sparkline(record: Record, width: int = WIDTH) -> list[str]:
    """Return the prober's attempts in buckets of time, a sign for each.

    A block is as high as answers came, ``×`` stands where most attempts were lost, ``!`` where some were.

    It shows the longest outage with as much before and after it; the whole run when there was none.
    """
    start, end = _stretch(record)
    shown = [attempt for attempt in record.history.attempts if start <= attempt.sent < end]
    # no more buckets than attempts: an empty one would look like silence
    size = max(1, -(-(end - start) // max(1, min(width, len(shown) // FEWEST))))
    good, bad = Counter[int](), Counter[int]()
    for attempt in shown:
        (good if attempt.ok else bad)[(attempt.sent - start) // size] += 1
    most = max(good.values(), default=0)
    return [_block(good[bucket], bad[bucket], most) for bucket in range(-(-(end - start) // size))]


def _stretch(record: Record) -> tuple[int, int]:
    longest, attempts = record.longest_outage, record.history.attempts
    first, last = min((each.sent for each in attempts), default=0), max((each.sent for each in attempts), default=0)
    if longest is None:
        return first, last + 1
    length = max(longest.length, LEAST)
    return max(first, longest.start - length), min(last, record.back(longest) + length) + 1


def _block(good: int, bad: int, most: int) -> str:
    if bad:
        return FAILED if bad >= good else SOME_FAILED
    if not good:
        return NOTHING
    return BLOCKS[round((len(BLOCKS) - 1) * good / most)]


def _requests(record: Record) -> Text:
    seen = count(record.attempts)
    said = f"{seen.total}: {seen.ok} answered, {seen.failed} lost, {seen.slow} slow (over {words.length(SLOW_MS)})"
    if seen.p50_ms is not None and seen.p99_ms is not None:
        said += f"; half within {words.length(seen.p50_ms)}, 99 % within {words.length(seen.p99_ms)}"
    return Text(said)


def _shares(record: Record) -> str:
    told = []
    for phase in record.phases:
        answered = Counter(each.server for each in record.attempts if each.ok and phase.holds(each.sent))
        if answered:
            parts = (f"{name or '?'} {number / answered.total():.0%}" for name, number in sorted(answered.items()))
            told.append(f"{phase.name}: {' '.join(parts)}")
    return "; ".join(told) or "nobody answered"
