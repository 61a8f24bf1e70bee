"""Events as lines of JSON: ``{"kind": "advert", "t": 1200034, ...}``; what has its default value is left out."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, Field, asdict, fields
from typing import Any, get_args

from lvslab.errors import UsageError
from lvslab.history.events import SCHEMA_VERSION, DirectorSample, Event, Row, Run

KINDS: dict[str, type[Any]] = {each.__name__.lower(): each for each in get_args(Event)}


def line(event: Event) -> str:
    """Return an event as one line of JSON, without the newline."""
    kind = type(event).__name__.lower()
    values = asdict(event)
    kept = {field.name: values[field.name] for field in fields(event) if values[field.name] != _default(field)}
    if isinstance(event, Run):
        kept["schema_version"] = event.schema_version
    return json.dumps({"kind": kind, **kept}, separators=(",", ":"))


def events(lines: Iterable[str], source: str = "history.jsonl") -> Iterator[Event]:
    """Return the events of a history's lines; UsageError names the line that is none.

    A last line that was cut short, as a killed run leaves it, is passed over.
    """
    numbered = list(enumerate(lines, start=1))
    for number, text in numbered:
        if not text.strip():
            continue
        try:
            yield _event(json.loads(text))
        except (ValueError, TypeError, KeyError, AttributeError) as err:
            if number == len(numbered) and not text.endswith("\n"):
                return
            raise UsageError(f"{source}:{number}: this is no event: {err}", f"sed -n {number}p {source}") from err


def _event(values: dict[str, Any]) -> Event:
    kind = KINDS[values.pop("kind")]
    if kind is Run and values.get("schema_version", SCHEMA_VERSION) > SCHEMA_VERSION:
        raise ValueError(f"schema_version {values['schema_version']} is newer than {SCHEMA_VERSION}")
    for name in TUPLES[kind]:
        if name in values:
            values[name] = tuple(values[name])
    if kind is DirectorSample and "rows" in values:
        values["rows"] = tuple(Row(**row) for row in values["rows"])
    made: Event = kind(**values)
    return made


def _default(field: "Field[Any]") -> Any:
    if field.default is not MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not MISSING else MISSING


def _tuples(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if str(field.type).startswith("tuple"))


TUPLES = {kind: _tuples(kind) for kind in KINDS.values()}
