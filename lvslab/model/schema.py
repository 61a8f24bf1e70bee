"""The JSON Schema of the lab file, for editors and for messages that name the allowed keys."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from lvslab.model.lab import Lab
from lvslab.model.mistake import YamlPath

Schema = dict[str, Any]


def lab_schema() -> Schema:
    """Return the JSON Schema that a lab file follows; whether its parts fit together is for the rules."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_schema()}


def schema_text() -> str:
    """Return the schema as it is published in ``labs/lab.schema.json``."""
    return json.dumps(lab_schema(), indent=2) + "\n"


def allowed_keys(path: YamlPath) -> dict[str, str]:
    """Return the keys that the mapping at a path may have, each with its description."""
    found = list(_expanded(_schema()))
    for part in path:
        found = [inner for outer in found for inner in _below(outer, part)]
    keys = [item for schema in found for item in schema.get("properties", {}).items()]
    return {name: schema.get("description", "") for name, schema in sorted(keys, key=lambda item: item[0])}


@cache
def _schema() -> Schema:
    return Lab.model_json_schema(by_alias=True, mode="validation")


def _expanded(schema: Schema) -> Iterator[Schema]:
    """Follow references and alternatives down to schemas that hold neither."""
    if "$ref" in schema:
        yield from _expanded(_schema()["$defs"][schema["$ref"].rpartition("/")[2]])
    elif "anyOf" in schema:
        for choice in schema["anyOf"]:
            yield from _expanded(choice)
    else:
        yield schema


def _below(schema: Schema, part: str | int) -> Iterator[Schema]:
    if isinstance(part, int):
        inner = [schema["items"]] if "items" in schema else []
    elif part in schema.get("properties", {}):
        inner = [schema["properties"][part]]
    else:
        inner = list(schema.get("patternProperties", {}).values())
    for found in inner:
        yield from _expanded(found)
