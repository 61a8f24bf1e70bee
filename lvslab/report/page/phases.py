"""The phases of an outage as one bar, above the window that the configuration promises."""

from dataclasses import dataclass
from itertools import pairwise

from lvslab.judge.finding import Finding
from lvslab.report.record import MILLISECOND, Record, figure, has
from lvslab.report.words import PREDICTION, length, window

MOMENTS = (
    ("last_advert_ms", "last advert of the old master"),
    ("first_advert_ms", "first advert of the new master"),
    ("gratuitous_arp_ms", "gratuitous ARP by the new master"),
    ("first_good_ms", "first good answer"),
)
WAITING = "the backup waits for an advert (its master-down timer)"
UNTIL = {
    "last_advert_ms": "the old master still speaks",
    "first_advert_ms": "the new master says that it is there",
    "gratuitous_arp_ms": "the new master takes the VIP",
    "first_good_ms": "the traffic finds the new master",
}
WAITS = {("last_advert_ms", "first_advert_ms"): WAITING, ("last_advert_ms", "gratuitous_arp_ms"): WAITING}
MARGIN = 0.04


@dataclass(frozen=True)
class Part:
    """A phase: where it stands in the picture, in per cent, and how long it took, in ms."""

    number: int
    words: str
    left: float
    right: float
    ms: float


@dataclass(frozen=True)
class Bar:
    """A failover: its moments in the run, its phases, the outage as the client saw it, and what was promised.

    ``gone`` and ``promised`` are (left, right) in per cent; the promise is about the moment the service came back.
    """

    title: str
    moments: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    gone: tuple[float, float] | None
    gone_words: str
    promised: tuple[float, float] | None
    promised_words: str
    verdict_words: str


def bars(record: Record) -> tuple[Bar, ...]:
    """Return a bar for each failover that the judges found moments of."""
    found = (_bar(record, finding) for finding in record.findings if len(_moments(finding)) >= 2)
    return tuple(bar for bar in found if bar)


def _moments(finding: Finding) -> list[tuple[str, str, float]]:
    return [(name, words, figure(finding, name)) for name, words in MOMENTS if has(finding, name)]


def _bar(record: Record, finding: Finding) -> Bar | None:
    moments = sorted(_moments(finding), key=lambda moment: moment[2])
    began = _began(finding)
    low, high = _promise(finding, began)
    edges = [moments[0][2], moments[-1][2], *(each for each in (began, low, high) if each is not None)]
    left, right = min(edges), max(edges)
    if right <= left:
        return None
    pad = (right - left) * MARGIN

    def at(ms: float) -> float:
        return round(100 * (ms - left + pad) / (right - left + 2 * pad), 2)

    parts = [
        Part(number, WAITS.get((first, then), UNTIL[then]), at(before), at(after), after - before)
        for number, ((first, _, before), (then, _, after)) in enumerate(pairwise(moments), start=1)
    ]
    back = figure(finding, "first_good_ms")
    return Bar(
        title=finding.message,
        moments=tuple((words, record.word(round(ms * MILLISECOND), 3)) for _, words, ms in moments),
        parts=tuple(parts),
        gone=(at(began), at(back)) if began is not None else None,
        gone_words=length(figure(finding, "outage_ms")) if began is not None else "",
        promised=(at(low), at(high)) if low is not None and high is not None else None,
        promised_words=window(*(figure(finding, name) for name in PREDICTION)) if low is not None else "",
        verdict_words=_verdict(back, low, high),
    )


def _began(finding: Finding) -> float | None:
    """Return when the service went away: the first failed attempt, in ms since the run's zero."""
    if has(finding, "first_good_ms", "first_failed_ms"):
        return figure(finding, "first_failed_ms")
    if not has(finding, "first_good_ms", "outage_ms"):
        return None
    return figure(finding, "first_good_ms") - figure(finding, "outage_ms")


def _promise(finding: Finding, began: float | None) -> tuple[float | None, float | None]:
    if began is None or not has(finding, *PREDICTION):
        return None, None
    return began + figure(finding, PREDICTION[0]), began + figure(finding, PREDICTION[1])


def _verdict(back: float, low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return ""
    if low <= back <= high:
        return "inside the window"
    return f"{length(back - high)} after the window" if back > high else f"{length(low - back)} before the window"
