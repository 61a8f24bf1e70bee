"""What is kept of bare machines beside their snapshots."""

import pytest

from lvslab.host.paths import InstancePaths
from lvslab.lifecycle import knowledge
from lvslab.model import Lab, load_lab
from lvslab.nodes.fake import FakeRemote
from lvslab.nodes.remote import Result
from tests.unit.recorded import FIXTURES, LABS

BARE = (FIXTURES / "readings" / "bare" / "web1.facts.txt").read_text()


def test_what_one_lab_looked_at_is_known_for_every_lab_of_the_same_machines(paths: InstancePaths, lab: Lab) -> None:
    """Those are the labs below labs/, whichever the machines were raised as."""
    knowledge.look(paths, lab, FakeRemote("web1", lambda script: Result(0, BARE)))
    for file in sorted(LABS.glob("*.yml")):
        assert knowledge.of(paths, load_lab(file), "web1"), file.name


@pytest.mark.parametrize("text", [None, "", "{}", '{"files": 3}'])
def test_where_nothing_is_known_all_is_read(paths: InstancePaths, lab: Lab, text: str | None) -> None:
    """A file that is not there, or not whole, is no reason to fail."""
    if text is not None:
        paths.bare("web1").parent.mkdir()
        paths.bare("web1").write_text(text)
    assert knowledge.of(paths, lab, "web1") == {}
