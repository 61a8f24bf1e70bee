"""The picture in the README is the one that lvslab draws today."""

from pathlib import Path

from lvslab.model import load_lab
from lvslab.report.graph import svg

ROOT = Path(__file__).parents[3]
PICTURE = ROOT / "docs" / "lvs-dr.svg"
DRAW = ".venv/bin/lvslab graph lvs-dr --format svg -o docs/lvs-dr.svg"


def test_the_picture_is_what_the_lab_file_gives() -> None:
    """Whoever changes the lab or the drawing draws the picture again."""
    assert PICTURE.read_text() == svg(load_lab(ROOT / "labs" / "lvs-dr.yml"), None), f"draw it again with: {DRAW}"


def test_the_readme_shows_the_picture() -> None:
    """The picture is there to be seen."""
    assert "(docs/lvs-dr.svg)" in (ROOT / "README.md").read_text()
