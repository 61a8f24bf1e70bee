"""Tracks of what was captured: VRRP adverts and ARP, on the lab's bridge."""

from collections.abc import Iterable

from markupsafe import Markup

from lvslab.history import Advert, Arp
from lvslab.report.page.axis import Axis
from lvslab.report.page.lanes import LANE, mark
from lvslab.report.page.shapes import level, strokes
from lvslab.report.page.track import Key, Label, Track
from lvslab.report.record import Record

MOST_MARKS = 200
LAST = 0
"""The priority by which a master says that it stops (RFC 3768, section 5.3.4)."""


def adverts(record: Record, axis: Axis) -> Track | None:
    """Draw each VRRP advert as a stroke, a lane for each sender and virtual router."""
    senders: dict[str, list[Advert]] = {}
    every = record.history.of(Advert)
    many = len({advert.virtual_router_id for advert in every}) > 1
    for advert in every:
        name = advert.node or advert.mac
        senders.setdefault(f"{name} vrid {advert.virtual_router_id}" if many else name, []).append(advert)
    if not senders:
        return None
    names = sorted(senders)
    body = Markup("").join(
        _advert_lane(senders[name], row, len(names), axis, record) for row, name in enumerate(names)
    )
    return Track(
        "adverts",
        "VRRP adverts on the wire",
        "; ".join(_told(name, senders[name], record) for name in names) + ".",
        len(names) * LANE,
        body,
        tuple(Label(row * LANE + 15, name) for row, name in enumerate(names)),
        (Key("stroke advert", "an advert"), Key("symbol ▾", "▾ priority 0: “I stop”")),
        _counted(((advert.t, advert.node or advert.mac) for advert in every), "adverts", axis),
    )


def _advert_lane(sent: list[Advert], row: int, rows: int, axis: Axis, record: Record) -> Markup:
    top = row * LANE
    usual = strokes((axis.at(each.t) for each in sent), top + 4, top + 18, rows * LANE, "stroke advert")
    body = level(top + LANE / 2, "rail") + usual
    for each in [advert for advert in sent if advert.priority == LAST][:MOST_MARKS]:
        body += mark(axis.at(each.t), top + 10, "symbol", "▾", f"priority 0, {record.word(each.t, 3)}")
    return body


def _told(name: str, sent: list[Advert], record: Record) -> str:
    priorities = ", ".join(str(each) for each in sorted({advert.priority for advert in sent}))
    return f"{name} sent {len(sent)} of priority {priorities}, {record.word(sent[0].t)} to {record.word(sent[-1].t)}"


def arp(record: Record, axis: Axis) -> Track | None:
    """Draw ARP for the VIPs: gratuitous ones marked, questions and answers as strokes."""
    every = record.history.of(Arp)
    names = sorted({packet.node or packet.sender_mac for packet in every})
    if not names:
        return None
    body = Markup("")
    for row, name in enumerate(names):
        mine = [packet for packet in every if (packet.node or packet.sender_mac) == name]
        body += _arp_lane(mine, row, len(names), axis, record)
    unasked = [packet for packet in every if packet.is_gratuitous]
    return Track(
        "arp",
        "ARP for the VIP",
        f"{len(unasked)} gratuitous ARP among {len(every)} packets.",
        len(names) * LANE,
        body,
        tuple(Label(row * LANE + 15, name) for row, name in enumerate(names)),
        (Key("symbol ▲", "▲ gratuitous"), Key("stroke ask", "question"), Key("stroke answer", "answer")),
        _counted(((packet.t, packet.node or packet.sender_mac) for packet in unasked), "gratuitous ARP", axis),
    )


def _arp_lane(packets: list[Arp], row: int, rows: int, axis: Axis, record: Record) -> Markup:
    top, height = row * LANE, rows * LANE
    unasked = [packet for packet in packets if packet.is_gratuitous]
    asked = [packet for packet in packets if not packet.is_gratuitous]
    body = level(top + LANE / 2, "rail")
    body += strokes((axis.at(p.t) for p in asked if p.operation == 1), top + 11, top + 18, height, "stroke ask")
    body += strokes((axis.at(p.t) for p in asked if p.operation != 1), top + 4, top + 18, height, "stroke answer")
    seen: set[float] = set()
    for packet in unasked:
        at = round(axis.at(packet.t), 1)
        if at not in seen and len(seen) < MOST_MARKS:
            seen.add(at)
            told = (
                f"{packet.node or packet.sender_mac}: gratuitous ARP for {packet.sender}, {record.word(packet.t, 3)}"
            )
            body += mark(at, top + 16, "symbol", "▲", told)
    return body


def _counted(moments: Iterable[tuple[int, str]], what: str, axis: Axis) -> tuple[str, ...]:
    told: list[dict[str, int]] = [{} for _ in range(axis.buckets)]
    for t, name in moments:
        bucket = told[axis.bucket_of(t)]
        bucket[name] = bucket.get(name, 0) + 1
    return tuple(", ".join(f"{number} {what} by {name}" for name, number in each.items()) for each in told)
