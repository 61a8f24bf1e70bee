"""The documents hold together: links lead somewhere, pictures stand alone."""

import re
from itertools import chain
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(chain(ROOT.glob("*.md"), (ROOT / "docs").glob("*.md")))
PICTURES = sorted((ROOT / "docs").glob("*.svg"))
LINK = re.compile(r"\]\(([^)\s]+)\)")
MOST_BYTES = 120_000


def anchors(page: Path) -> set[str]:
    """Return what a link into a page can name: its headings, as Git hosts write them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def leads_somewhere(page: Path, link: str) -> bool:
    """Whether a relative link names a file that is there, and a heading of it."""
    file, _, anchor = link.partition("#")
    target = page.parent / file if file else page
    return target.exists() and (not anchor or anchor in anchors(target))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    """Whoever renames a page or a heading mends what points to it."""
    links = [link for link in LINK.findall(page.read_text()) if not link.startswith(("http:", "https:"))]
    assert [link for link in links if not leads_somewhere(page, link)] == []


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_a_picture_stands_alone_in_light_and_dark(picture: Path) -> None:
    """It is small, well-formed, says in words what it shows, fetches nothing, and knows both colour schemes."""
    text = picture.read_text()
    assert len(text.encode()) < MOST_BYTES
    tags = {element.tag.partition("}")[2] for element in ElementTree.fromstring(text).iter()}
    assert {"title", "desc"} <= tags
    assert not tags & {"script", "image", "foreignObject"}
    assert "prefers-color-scheme: dark" in text
    assert re.findall(r"(?:href|url\()[^#)]{0,3}https?:", text) == []


def test_the_readme_shows_a_drill() -> None:
    """The picture of a failover is there to be seen."""
    assert "(docs/failover.svg)" in (ROOT / "README.md").read_text()
