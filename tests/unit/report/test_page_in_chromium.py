"""The page of a run, opened in a browser as people open it."""

import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from lvslab.report.page import page
from tests.unit.report.browser import Browser, running
from tests.unit.report.example import record

CHROMIUM = shutil.which("chromium") or ""
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="the program chromium is not installed")
PHONE, DESK = 390, 1280
OVERFLOW = "document.scrollingElement.scrollWidth - document.documentElement.clientWidth"
BOXES = """[...document.querySelectorAll(%r)].filter((text) => text.checkVisibility())
    .map((text) => text.getBoundingClientRect()).filter((box) => box.width > 0)
    .map((box) => [box.left, box.right, box.top])"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Return one browser for all tests here."""
    with running(CHROMIUM) as browser:
        yield browser


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the pages of the made-up runs, by their names."""
    folder = tmp_path_factory.mktemp("pages")
    found = {name: folder / f"{name}.html" for name in ("power-off", "split-brain", "rebuild")}
    for name, path in found.items():
        path.write_text(page(record(name)), encoding="utf-8")
    return found


@pytest.mark.parametrize("name", ["power-off", "split-brain", "rebuild"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_it_is_whole_by_itself_and_fits(chromium: Browser, pages: dict[str, Path], name: str, width: int) -> None:
    """No error in the console, nothing asked of the network but the file itself, nothing to scroll sideways."""
    tab = chromium.open(pages[name], width)
    tab.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
    assert tab.evaluate(OVERFLOW) == 0
    assert [url for url in tab.asked if not url.startswith("data:")] == [pages[name].as_uri()]
    assert tab.said == []


@pytest.mark.parametrize("width", [PHONE, 700, DESK])
@pytest.mark.parametrize("row", ["#above", "#below"])
def test_the_times_of_the_axis_do_not_run_into_each_other(
    chromium: Browser, pages: dict[str, Path], width: int, row: str
) -> None:
    """Finer ticks are left out where there is no room for their labels, and at least three stay."""
    tab = chromium.open(pages["power-off"], width)
    boxes = sorted(tab.evaluate(BOXES % f"{row} text"))
    assert len(boxes) >= 3
    assert all(right < left for (_, right, _), (left, _, _) in pairwise(boxes))


@pytest.mark.parametrize("name", ["power-off", "split-brain", "rebuild"])
@pytest.mark.parametrize("width", [PHONE, 1024, DESK])
def test_no_label_is_cut(chromium: Browser, pages: dict[str, Path], name: str, width: int) -> None:
    """The names beside the tracks begin on the page, and words in a block end before the block does."""
    tab = chromium.open(pages[name], width)
    assert all(left >= 0 for left, _, _ in tab.evaluate(BOXES % ".gutter text"))
    over = tab.evaluate(
        """[...document.querySelectorAll('.block text')].filter((text) => text.checkVisibility())
        .filter((text) => text.getBoundingClientRect().right > text.parentNode.firstElementChild.nextElementSibling
        .getBoundingClientRect().right + 1).map((text) => text.textContent)"""
    )
    assert over == []


def test_zoom_shows_the_outage_large_and_keeps_names_in_sight(chromium: Browser, pages: dict[str, Path]) -> None:
    """The button for the outage widens the tracks, so that it fills most of the plot; names stay at the left."""
    tab = chromium.open(pages["power-off"], DESK)
    tab.evaluate("[...document.querySelectorAll('.zoom button')].at(-1).click()")
    shown = tab.evaluate("document.querySelector('.nothing').getBoundingClientRect().width")
    assert DESK / 2 < shown < DESK
    assert tab.evaluate("document.querySelector('.track .gutter').getBoundingClientRect().left") > 0
    assert tab.evaluate(OVERFLOW) == 0
    tab.evaluate("document.querySelector('[data-zoom=all]').click()")
    assert tab.evaluate("document.querySelector('.wide').offsetWidth") < DESK


def test_the_pointer_reads_every_track(chromium: Browser, pages: dict[str, Path]) -> None:
    """Where the pointer is, tracks say what they show at that moment, and the moment is told."""
    tab = chromium.open(pages["power-off"], DESK)
    tab.evaluate(
        """(() => { const box = document.querySelector('.nothing').getBoundingClientRect();
        document.querySelector('.wide').dispatchEvent(new PointerEvent('pointermove',
        {clientX: (box.left + box.right) / 2, clientY: 500, bubbles: true})) })()"""
    )
    told = tab.evaluate("[...document.querySelectorAll('.reading')].map((each) => each.textContent).join('|')")
    assert "+1.7" in told.partition("|")[0]
    assert "lost: connect timeout" in told
    assert "director1 no answer" in told


def test_the_logs_can_be_filtered(chromium: Browser, pages: dict[str, Path]) -> None:
    """Only lines that have all words stay."""
    tab = chromium.open(pages["power-off"], DESK)
    tab.evaluate(
        """(() => { const input = document.querySelector('.filter input'); input.value = 'master director2';
        input.dispatchEvent(new Event('input')) })()"""
    )
    left = tab.evaluate("[...document.querySelectorAll('.log tbody tr')].filter((row) => !row.hidden).length")
    assert left == 1
    assert tab.evaluate("document.querySelector('.filter [role=status]').textContent") == "1 line"


@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
def test_it_follows_the_readers_colours(
    chromium: Browser, pages: dict[str, Path], scheme: str, is_dark: bool
) -> None:
    """A dark page for those who want it dark, with text that stands out from it."""
    tab = chromium.open(pages["power-off"], DESK)
    tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    light = """(() => { const style = getComputedStyle(document.body);
        return [style.backgroundColor, style.color]
        .map((each) => Math.max(...each.match(/[0-9]+/g).map(Number))) })()"""
    background, text = tab.evaluate(light)
    assert (background < 64 and text > 190) if is_dark else (background > 190 and text < 64)


def test_it_is_complete_without_javascript(chromium: Browser, pages: dict[str, Path]) -> None:
    """Without scripts only the buttons are missing: tracks, findings and logs are there."""
    tab = chromium.open(pages["power-off"], DESK)
    tab.call("Emulation.setScriptExecutionDisabled", value=True)
    tab.load(pages["rebuild"])
    assert len(tab.heights(".track .plot > svg")) >= 10
    assert all(height > 20 for height in tab.heights(".track .plot > svg"))
    assert len(tab.heights(".findings tbody tr")) == 2
    assert tab.heights(".zoom") == [0]
