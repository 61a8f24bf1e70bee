"""Tracks of states: who holds the VIP, what the tables say, how storage and web servers are."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from lvslab.history import DirectorSample, StorageSample, WebSample
from lvslab.judge import owners
from lvslab.judge.sight import Sight
from lvslab.report.page import lanes
from lvslab.report.page.axis import Axis
from lvslab.report.page.lanes import BLOCK, LANE, Lane, State, stretches
from lvslab.report.page.shapes import block, curves
from lvslab.report.page.track import Key, Label, Track
from lvslab.report.record import SECOND, Record

S = TypeVar("S", DirectorSample, StorageSample, WebSample)
LEAST = 0.4
"""Per cent of the plot that a mark is wide at least."""
NO_ANSWER = State("no answer", "silent")
WELL = ("clean", "active")
SILENT = Key("silent", "does not answer")


def holders(record: Record, axis: Axis) -> Track | None:
    """Draw which director has the VIP on an interface; two at once are marked across both lanes."""
    found = list(_holder_lanes(record))
    if not found:
        return None
    twice = two_holders(record)
    body = lanes.draw(found, axis, record.word)
    for start, end in twice:
        told = f"two holders at once, {record.word(start)} to {record.word(end)}"
        words = f"⚠ TWO HOLDERS for {(end - start) / SECOND:.1f} s"
        right = max(axis.at(end), axis.at(start) + LEAST)
        body += block(axis.at(start), right, len(found) * LANE, LANE, "bad", words, told, "⚠ TWO")
    legend = [Key("good", "holds the VIP"), Key("quiet", "does not"), SILENT]
    about = "One at a time." if not twice else f"Two at once for {sum(e - s for s, e in twice) / SECOND:.1f} s."
    return Track(
        "holders",
        "Who holds the VIP",
        about,
        (len(found) + bool(twice)) * LANE,
        body,
        (*lanes.labels(found), *((Label(len(found) * LANE + 15, "⚠ both"),) if twice else ())),
        (*legend, Key("bad", "two at once")) if twice else tuple(legend),
        lanes.readings(found, axis),
    )


def two_holders(record: Record) -> tuple[tuple[int, int], ...]:
    """Return when two directors had the VIP at once, in ns, as the judges see it: by samples and by adverts.

    That two sampled states touch in the picture proves nothing: each holds until the node is looked at again.
    """
    sight = Sight(record.history, record.lab, record.drill)
    return owners.joined([*owners.two_by_samples(sight), *owners.two_by_adverts(sight)])


def _holder_lanes(record: Record) -> Iterator[Lane]:
    many = len(record.lab.vips) > 1
    for name, samples in _by_node(record.history.of(DirectorSample), record):
        for vip in sorted({held for sample in samples for held in sample.holds}) if many else [""]:

            def state(sample: DirectorSample, vip: str = vip) -> State:
                holds = vip in sample.holds if vip else bool(sample.holds)
                return _silent_or(sample.error, State("holds the VIP", "good") if holds else _vrrp(sample))

            yield Lane(f"{name} {vip}".strip(), stretches(samples, state, record.end))


def _vrrp(sample: DirectorSample) -> State:
    if not sample.keepalived:
        return State("keepalived is not running", "warn")
    return State(", ".join(sorted({word.lower() for word in sample.vrrp.values()})) or "does not hold it", "quiet")


def tables(record: Record, axis: Axis) -> Track | None:
    """Draw each director's IPVS table: a lane for each real server, with its weight."""
    found = list(_table_lanes(record))
    if not found:
        return None
    return Track(
        "tables",
        "IPVS tables: real servers and weights",
        "; ".join(f"{lane.name}: {_last(lane)} at the end" for lane in found) + ".",
        len(found) * LANE,
        lanes.draw(found, axis, record.word),
        lanes.labels(found),
        (Key("good", "in the table"), Key("warn", "weight 0"), Key("gone", "not in the table"), SILENT),
        lanes.readings(found, axis),
    )


def _table_lanes(record: Record) -> Iterator[Lane]:
    every = record.history.of(DirectorSample)
    told = {(row.service, row.server) for sample in every for row in sample.rows}
    services = record.lab.virtual_services
    listed = [(service.name, server.node) for service in services for server in service.real_servers]
    keys = dict.fromkeys((*(key for key in listed if key in told), *sorted(told)))
    many = len({service for service, _ in keys}) > 1
    for node, samples in _by_node(every, record):
        for service, server in keys:

            def state(sample: DirectorSample, service: str = service, server: str = server) -> State:
                return _silent_or(sample.error, _weight(sample, service, server))

            name = f"{node} {service} {server}" if many else f"{node} {server}"
            yield Lane(name, stretches(samples, state, record.end))


def _weight(sample: DirectorSample, service: str, server: str) -> State:
    row = next((row for row in sample.rows if (row.service, row.server) == (service, server)), None)
    if row is None:
        return State("not in the table", "gone")
    return State(f"weight {row.weight}", "good" if row.weight else "warn")


def storage(record: Record, axis: Axis) -> Track | None:
    """Draw the array in mdadm's words, whether the volume is mounted and exported, and how far a rebuild was."""
    found, rebuilds = [], []
    for name, samples in _by_node(record.history.of(StorageSample), record):
        found.append(Lane(f"{name} array", stretches(samples, _array, record.end)))
        found.append(Lane(f"{name} export", stretches(samples, _export, record.end)))
        rebuilt = [(axis.at(each.t), each.rebuild) for each in samples if each.rebuild is not None]
        rebuilds += [(name, rebuilt)] if rebuilt else []
    if not found:
        return None
    rows = [*found, *(Lane(f"{name} rebuild", ()) for name, _ in rebuilds)]
    height = len(rows) * LANE
    body = lanes.draw(rows, axis, record.word)
    for row, (_, rebuilt) in enumerate(rebuilds, start=len(found)):
        body += curves(
            [[(at, row * LANE + 3 + BLOCK * (1 - done / 100)) for at, done in rebuilt]], height, "curve strong"
        )
    legend = [Key("good", "as it should be"), Key("warn", "not all members are well"), Key("bad", "gone"), SILENT]
    return Track(
        "storage",
        "Storage",
        "; ".join(f"{lane.name}: {_last(lane)} at the end" for lane in found) + ".",
        height,
        body,
        lanes.labels(rows),
        (*legend, Key("curve strong", "rebuilt, from 0 to 100 %")) if rebuilds else tuple(legend),
        lanes.readings(found, axis),
    )


def _array(sample: StorageSample) -> State:
    if sample.error:
        return NO_ANSWER
    if not sample.state:
        return State("no array", "bad")
    is_well = sample.state in WELL and not sample.failed
    words = f"{sample.state}: {sample.active} active, {sample.spares} spare, {sample.failed} failed"
    return State(words, "good" if is_well else "warn", f"{sample.failed} failed" if sample.failed else sample.state)


def _export(sample: StorageSample) -> State:
    lacks = [word for word, there in (("mounted", sample.mounted), ("exported", sample.exported)) if not there]
    return _silent_or(sample.error, State("not " + ", not ".join(lacks), "bad") if lacks else State("served", "good"))


def webs(record: Record, axis: Axis) -> Track | None:
    """Draw whether each web server's httpd runs on its document root."""
    found = [
        Lane(name, stretches(samples, _web, record.end))
        for name, samples in _by_node((*record.history.of(WebSample), *_serving_directors(record)), record)
    ]
    if not found:
        return None
    return Track(
        "webs",
        "Web servers",
        "; ".join(f"{lane.name}: {_last(lane)} at the end" for lane in found) + ".",
        len(found) * LANE,
        lanes.draw(found, axis, record.word),
        lanes.labels(found),
        (Key("good", "httpd runs"), Key("bad", "it does not, or has no document root"), SILENT),
        lanes.readings(found, axis),
    )


def _serving_directors(record: Record) -> Iterator[WebSample]:
    """Return what was seen of the web servers that directors have."""
    every = record.history.of(DirectorSample)
    serving = {each.node for each in every if each.httpd is not None}
    for each in every:
        if each.node in serving:
            yield WebSample(each.t, each.node, each.took, bool(each.httpd), error=each.error)


def _web(sample: WebSample) -> State:
    lacks = [] if sample.httpd else ["httpd stopped"]
    lacks += ["document root not mounted"] if sample.mounted is False else []
    return _silent_or(sample.error, State(", ".join(lacks), "bad") if lacks else State("httpd runs", "good"))


def _silent_or(error: str, state: State) -> State:
    return NO_ANSWER if error else state


def _last(lane: Lane) -> str:
    return lane.stretches[-1].state.words if lane.stretches else "never seen"


def _by_node(samples: Iterable[S], record: Record) -> list[tuple[str, Sequence[S]]]:
    grouped: dict[str, list[S]] = {}
    for sample in samples:
        grouped.setdefault(sample.node, []).append(sample)
    order = [*record.lab.nodes, *grouped]
    return sorted(grouped.items(), key=lambda item: order.index(item[0]))
