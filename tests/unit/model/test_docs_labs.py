"""The tables of docs/labs.md are what the models say."""

from pathlib import Path
from typing import Any

import pytest

from lvslab.model import schema_of

PAGE = (Path(__file__).parents[3] / "docs" / "labs.md").read_text()
SCHEMA = schema_of()
MODELS = {"Lab": SCHEMA, **{name: model for name, model in SCHEMA["$defs"].items() if "properties" in model}}
ROWS = [(name, key) for name, model in MODELS.items() for key in model["properties"]]


def row(name: str, key: str) -> str:
    """Return the line of a table that describes a key: key, what it may be, what it is unless told, meaning."""
    model = MODELS[name]
    schema = model["properties"][key]
    unless = "required" if key in model.get("required", ()) else shown(schema.get("default"))
    return f"| `{key}` | {allowed(schema)} | {unless} | {schema['description']} |"


def shown(value: Any) -> str:
    """Word a default the way a lab file writes it."""
    if value is None or value in ("", [], {}):
        return "none"
    if isinstance(value, dict):
        return "as below"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`" if not isinstance(value, list) else f"`[{', '.join(value)}]`"


def allowed(schema: dict[str, Any]) -> str:
    """Word what a schema allows, short enough for a table."""
    if "$ref" in schema:
        return of_name(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(allowed(each) for each in schema["anyOf"] if each != {"type": "null"})
    if schema["type"] == "array":
        return f"list of {allowed(schema['items'])}"
    if schema["type"] == "object":
        [value] = schema["patternProperties"].values()
        return f"mapping: name → {allowed(value)}"
    return of_value(schema)


def of_name(name: str) -> str:
    """Word a reference: the choices themselves, or a link to the other table."""
    definition = SCHEMA["$defs"][name]
    if "enum" in definition:
        return ", ".join(f"`{each}`" for each in definition["enum"])
    return f"[{name}](#{name.lower()})"


def of_value(schema: dict[str, Any]) -> str:
    """Word a single value: choices, bounds, an example, or its type."""
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{each}`" for each in schema.get("enum", [schema.get("const")]))
    if schema["type"] == "boolean":
        return "`true`, `false`"
    if schema["type"] == "integer":
        return f"{schema['minimum']} to {schema['maximum']}"
    if schema["type"] == "number":
        return f"seconds, up to {schema['maximum']}"
    return f"text like `{schema['examples'][-1]}`" if "examples" in schema else "text"


@pytest.mark.parametrize(("name", "key"), ROWS, ids=[".".join(each) for each in ROWS])
def test_every_key_of_a_lab_file_is_described(name: str, key: str) -> None:
    """Each key stands in the table of its section, worded as in the JSON Schema that editors use."""
    section = PAGE.partition(f"\n### {name}\n")[2].partition("\n### ")[0]
    assert row(name, key) in section, f"docs/labs.md, section {name}, should have: {row(name, key)}"


def test_no_section_describes_a_key_that_is_not_there() -> None:
    """The tables have as many rows as there are keys."""
    reference = PAGE.partition("\n## Reference\n")[2].partition("\n## ")[0]
    rows = [line for line in reference.splitlines() if line.startswith("| `")]
    assert len(rows) == len(ROWS)
