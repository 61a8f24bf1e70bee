"""A drill as data: load and faults on a timeline, and what is expected of the lab meanwhile."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

import yaml
from pydantic import BeforeValidator, Field

from lvslab.model.base import Model, refusal
from lvslab.model.mistake import Mistake
from lvslab.model.values import HostName, Seconds, Text, Title, Whole, Word

_NOT_CONTROL = r"[^\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]"
FaultName = Annotated[
    str, Text("[a-z]+[.][a-z]+(?:-[a-z]+)*", "a fault such as node.power-off; see `lvslab fault list`")
]
Target = Annotated[
    str, Text("[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?", "a node's name, or master, backup, real-server, ...")
]
Key = Annotated[str, Text("[a-z][a-z_-]{0,30}", "the name of a parameter; see `lvslab fault list`")]
Parameter = Annotated[str, Text("[A-Za-z0-9_.:%/,-]{1,64}", "letters, digits and '_.:%/,-', at most 64 characters")]


def _moment(value: object) -> int | float:
    if type(value) in (int, float) and isinstance(value, int | float) and 0 <= value <= 3600:
        return value
    raise refusal(value, "seconds, from 0 to 3600")


def _parameter(value: object) -> object:
    return str(value) if type(value) in (int, float) else value


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Targets = Annotated[tuple[Target, ...], BeforeValidator(_several)]
Moment = Annotated[int | float, BeforeValidator(_moment)]


class LoadShape(StrEnum):
    """How many users load the service, over time."""

    STEADY = "steady"
    STEP = "step"
    SPIKE = "spike"


class Probe(Model):
    """The prober: new connections or datagrams on a fixed schedule, never one waiting for another."""

    rate: Annotated[int, Whole(1, 500)] = 100
    """Attempts a second."""
    service: Word | None = None
    """The service that is asked: the first with pages unless told, else the first that answers datagrams."""


class Load(Model):
    """Load by locust, besides the prober."""

    users: Annotated[int, Whole(1, 10000)] = 8
    """Users at once."""
    shape: LoadShape = LoadShape.STEADY
    """How their number changes: steady, step (grows by steps), spike (ten times as many in the middle)."""
    workers: Annotated[int, Whole(1, 64)] = 1
    """locust's worker processes."""
    keep_alive: bool = False
    """Whether a user keeps its connection; a new one for each request unless told."""
    pause: Moment = 0
    """Seconds that a user waits between two requests."""


class Step(Model):
    """A fault on the timeline."""

    at: Moment
    """Seconds after the first phase has begun."""
    inject: FaultName
    """The fault."""
    target: Targets = ()
    """The nodes: names, or master, backup, directors, real-server, real-servers, storage."""
    parameters: dict[Key, Annotated[Parameter, BeforeValidator(_parameter)]] = Field(default={}, alias="with")
    """The fault's parameters."""
    lasts: Seconds | None = Field(default=None, alias="for")
    """Seconds until it is healed; at the end of the timeline unless told."""


class Between(Model):
    """Bounds, both of them allowed."""

    at_least: float | None = None
    """The lower bound."""
    at_most: float | None = None
    """The upper bound."""


Outage = Literal["predicted", "none", "any"]


class Survival(StrEnum):
    """What becomes of connections that were open when the fault came."""

    ALL = "all"
    NONE = "none"
    ANY = "any"


class Invariant(StrEnum):
    """What must never happen, unless a drill says that it may."""

    TWO_HOLDERS = "two-holders"
    NO_HOLDER = "no-holder"
    REAL_SERVER_ARP = "real-server-arp"
    BACKUP_FORWARDS = "backup-forwards"
    ARRAY_BROKEN = "array-broken"
    WRITE_LOST = "write-lost"
    DAEMON_DEAD = "daemon-dead"
    LOG = "log"


class Expect(Model):
    """What is expected; what is not told here is judged by what the lab's configuration promises."""

    outage: Outage | Between = "predicted"
    """Seconds without any answer: as predicted, none, any, or between bounds."""
    failed: Between | None = None
    """How many requests may fail outside of outages."""
    holder: dict[Literal["before", "fault", "after"], Target] = Field(default={})
    """Who holds the VIP at the end of a phase: a node's name, master or backup."""
    connections: Survival = Survival.ANY
    """What becomes of connections that are open when the fault comes."""
    array: Literal["untouched", "rebuilt", "any"] = "untouched"
    """What becomes of the array."""
    distribution: Literal["as-configured", "any"] = "as-configured"
    """Whether requests are shared as the scheduler and the weights say."""
    allow: tuple[Invariant, ...] = ()
    """What this drill breaks on purpose, so that it is told but is no failure."""
    shows: tuple[Invariant, ...] = ()
    """What this drill is there to show: allowed as above, and a failure when it is not seen."""


class Drill(Model):
    """Load and faults on a timeline, and what is expected meanwhile."""

    name: HostName = Field(alias="drill")
    """The drill's name, that of its file."""
    title: Title
    """One line: what is tried."""
    about: Annotated[str, Text(f"{_NOT_CONTROL}{{0,4000}}", "a text of at most 4000 characters")] = ""
    """What a reader should know: why this matters, what to look at in the report."""
    lab: HostName = "lvs-dr"
    """The lab that the drill was written for; it runs on any that has what its targets name."""
    probe: Probe = Probe()
    """The prober."""
    load: Load | None = None
    """Load besides the prober, on a service with pages; none unless told."""
    downloads: Annotated[int, Whole(0, 100)] = 0
    """Long connections through the VIP, held over the faults; the service is one with pages."""
    writes: bool = False
    """Whether files are written to the shared storage meanwhile, each acknowledged, and read again at the end."""
    before: Seconds = 5
    """Seconds of quiet before the timeline begins."""
    timeline: tuple[Step, ...] = ()
    """The faults, each at its moment; without any, the drill is about load."""
    lasts: Seconds = Field(alias="for")
    """Seconds that the timeline takes; at its end all faults are healed."""
    recovery: Seconds = 90
    """Seconds that the lab may take to be as its file says again after the last fault is healed."""
    after: Seconds = 5
    """Seconds of quiet after that."""
    expect: Expect = Expect()
    """What is expected."""

    @property
    def planned_seconds(self) -> float:
        """How long it takes when recovery takes no time."""
        return float(self.before + self.lasts + self.after)


def drill_text(drill: Drill) -> str:
    """Return a drill as the text of a drill file, without what has its default value."""
    plain = drill.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)


def drill_mistakes(drill: Drill) -> Iterator[Mistake]:
    """Return every mistake in how a drill's parts fit together."""
    for index, step in enumerate(drill.timeline):
        end = step.at + (step.lasts or 0)
        if end > drill.lasts:
            message = f"ends after {end} s, allowed: within the timeline's {drill.lasts} s (for:)"
            yield Mistake(("timeline", index, "at"), message)
    yield from _bounds(drill.expect)


def _bounds(expect: Expect) -> Iterator[Mistake]:
    found: Mapping[str, Any] = {"outage": expect.outage, "failed": expect.failed}
    for name, value in found.items():
        if not isinstance(value, Between):
            continue
        low, high = value.at_least, value.at_most
        if low is not None and high is not None and low > high:
            yield Mistake(("expect", name), f"found at_least {low} above at_most {high}")
