"""Drill files: what they may say, how mistakes are told, and those that come with lvslab."""

from pathlib import Path

import pytest

from lvslab.errors import LabFileError
from lvslab.model import Between, Drill, drill_text, load_drill, load_file, parse_drill, schema_text

DRILLS = Path(__file__).parents[3] / "drills"
WRITE = (
    ".venv/bin/python -c 'from lvslab.model import Drill, schema_text; print(schema_text(Drill), end=\"\")'"
    " > drills/drill.schema.json"
)
HEAD = "drill: a\ntitle: b\nfor: 10\n"


def mistakes(text: str) -> list[str]:
    """Return the mistakes of a drill file."""
    with pytest.raises(LabFileError) as caught:
        parse_drill(text)
    return caught.value.details


def test_the_published_schema_is_that_of_the_model() -> None:
    """Editors complete and check what lvslab takes."""
    assert (DRILLS / "drill.schema.json").read_text() == schema_text(Drill), f"write it again with: {WRITE}"


@pytest.mark.parametrize("path", sorted(DRILLS.glob("*.yml")), ids=lambda path: path.stem)
def test_a_shipped_drill_is_named_like_its_file_and_says_why_it_matters(path: Path) -> None:
    """`lvslab drill NAME` finds it, and its report has something to tell."""
    drill = load_drill(path)
    assert drill.name == path.stem
    assert len(drill.about) > 80


@pytest.mark.parametrize("path", sorted(DRILLS.glob("*.yml")), ids=lambda path: path.stem)
def test_a_drill_written_down_is_the_same_drill(path: Path) -> None:
    """A run's folder keeps the drill that was run, to be judged again by."""
    drill = load_drill(path)
    assert parse_drill(drill_text(drill)) == drill


def test_a_target_is_a_word_or_a_list_of_words() -> None:
    """Most faults have one target."""
    one = parse_drill(HEAD + "timeline: [{at: 0, inject: node.pause, target: master}]")
    two = parse_drill(HEAD + "timeline: [{at: 0, inject: node.pause, target: [master]}]")
    assert one.timeline[0].target == two.timeline[0].target == ("master",)


def test_parameters_are_texts_however_they_are_written() -> None:
    """Numbers need no quotes."""
    drill = parse_drill(HEAD + "timeline: [{at: 0, inject: network.loss, target: web1, with: {percent: 2.5}}]")
    assert drill.timeline[0].parameters == {"percent": "2.5"}


def test_a_fault_that_outlasts_the_timeline_is_a_mistake() -> None:
    """The message names the step and the limit."""
    assert mistakes(HEAD + "timeline: [{at: 8, inject: node.pause, target: web1, for: 3}]") == [
        "drill.yml:4: timeline[0].at: ends after 11 s, allowed: within the timeline's 10 s (for:)"
    ]


def test_bounds_are_in_order() -> None:
    """at_least is not above at_most."""
    assert mistakes(HEAD + "expect: {outage: {at_least: 3, at_most: 1}}") == [
        "drill.yml:4: expect.outage: found at_least 3.0 above at_most 1.0"
    ]
    assert parse_drill(HEAD + "expect: {outage: {at_most: 1}}").expect.outage == Between(at_most=1)


def test_unknown_keys_are_told_with_those_that_are_known() -> None:
    """A slip of the pen is found, with a guess."""
    assert mistakes(HEAD + "timelime: []")[0].startswith(
        "drill.yml:4: timelime: unknown key (did you mean 'timeline'?), allowed: about, after, "
    )


def test_a_file_says_itself_whether_it_is_a_drill(tmp_path: Path) -> None:
    """`lvslab validate` takes labs and drills alike."""
    (tmp_path / "a.yml").write_text(HEAD)
    assert isinstance(load_file(tmp_path / "a.yml"), Drill)
