"""A soak's sequence, kept and read again."""

from pathlib import Path

import pytest

from lvslab.drill.sequence import sequence
from lvslab.drill.soak import read_sequence, write_sequence
from lvslab.errors import UsageError
from lvslab.model import load_lab
from tests.unit.recorded import LABS


def test_a_kept_sequence_is_the_same_when_it_is_read(tmp_path: Path) -> None:
    """What failed can be made again."""
    steps = sequence(load_lab(LABS / "lvs-dr.yml"), 3, 40)
    write_sequence(tmp_path / "sequence.yml", steps)
    assert read_sequence(tmp_path / "sequence.yml") == steps


@pytest.mark.parametrize("text", ["[", "7", "- {inject: nonsense}", "- {at: 0, inject: node.pause, what: 1}"])
def test_a_file_that_is_no_sequence_is_told(tmp_path: Path, text: str) -> None:
    """Wrong usage, with the file's name and what is wrong with it."""
    path = tmp_path / "sequence.yml"
    path.write_text(text)
    with pytest.raises(UsageError, match="no sequence of faults") as caught:
        read_sequence(path)
    assert str(path) in caught.value.message
    assert caught.value.details


def test_a_missing_sequence_is_told(tmp_path: Path) -> None:
    """The same for a file that is not there."""
    with pytest.raises(UsageError):
        read_sequence(tmp_path / "none.yml")
