"""The published JSON Schema is the one that the models give."""

from pathlib import Path

from lvslab.model import schema_of, schema_text

PUBLISHED = Path(__file__).parents[3] / "labs" / "lab.schema.json"
WRITE = (
    ".venv/bin/python -c 'from lvslab.model import schema_text; print(schema_text(), end=\"\")'"
    " > labs/lab.schema.json"
)


def test_the_published_schema_is_current() -> None:
    """Editors check lab files against the same rules as lvslab."""
    assert PUBLISHED.read_text() == schema_text(), f"write it again with: {WRITE}"


def test_the_schema_describes_every_key() -> None:
    """An editor can say what each key means."""
    schema = schema_of()
    models = [schema, *(model for model in schema["$defs"].values() if "properties" in model)]
    bare = [
        f"{model['title']}.{key}"
        for model in models
        for key, value in model["properties"].items()
        if "description" not in value
    ]
    assert bare == []


def test_the_schema_has_no_key_that_a_lab_file_does_not_write() -> None:
    """A node's name is its key, so the schema knows no other."""
    assert "name" not in schema_of()["$defs"]["Node"]["properties"]
