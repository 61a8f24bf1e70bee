"""The JSON Schemas of lab files and drills, for editors and for messages that name the allowed keys."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from lvslab.model.base import Model
from lvslab.model.lab import Lab
from lvslab.model.mistake import YamlPath

Schema = dict[str, Any]


def schema_of(model: type[Model] = Lab) -> Schema:
    """Return the JSON Schema that a file follows; whether its parts fit together is for the rules."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_schema(model)}


def schema_text(model: type[Model] = Lab) -> str:
    """Return the schema as it is published, such as in ``labs/lab.schema.json``."""
    return json.dumps(schema_of(model), indent=2) + "\n"


def allowed_keys(path: YamlPath, model: type[Model] = Lab) -> dict[str, str]:
    """Return the keys that the mapping at a path may have, each with its description."""
    whole = _schema(model)
    found = list(_expanded(whole, whole))
    for part in path:
        found = [inner for outer in found for inner in _below(outer, part, whole)]
    keys = [item for schema in found for item in schema.get("properties", {}).items()]
    return {name: schema.get("description", "") for name, schema in sorted(keys, key=lambda item: item[0])}


@cache
def _schema(model: type[Model]) -> Schema:
    return model.model_json_schema(by_alias=True, mode="validation")


def _expanded(schema: Schema, whole: Schema) -> Iterator[Schema]:
    """Follow references and alternatives down to schemas that hold neither."""
    if "$ref" in schema:
        yield from _expanded(whole["$defs"][schema["$ref"].rpartition("/")[2]], whole)
    elif "anyOf" in schema:
        for choice in schema["anyOf"]:
            yield from _expanded(choice, whole)
    else:
        yield schema


def _below(schema: Schema, part: str | int, whole: Schema) -> Iterator[Schema]:
    if isinstance(part, int):
        inner = [schema["items"]] if "items" in schema else []
    elif part in schema.get("properties", {}):
        inner = [schema["properties"][part]]
    else:
        inner = list(schema.get("patternProperties", {}).values())
    for found in inner:
        yield from _expanded(found, whole)
