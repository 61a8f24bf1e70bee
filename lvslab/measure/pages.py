"""The servers' pages, as the prober comes to know them: a page that is not the site's is no good answer."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """A page that came whole: who gave it, and the checksum of its body (CRC-32)."""

    server: str
    checksum: int


class Pages:
    """What each server gives.

    A page is known when it came twice in a row from the same server; one that is never twice the same is never
    known, and nothing is said of it.
    """

    def __init__(self) -> None:
        self._last: dict[str, Page] = {}
        self._known: dict[str, Page] = {}

    def verdict(self, page: Page | None) -> str:
        """Return what is wrong with a page, or nothing, and remember it."""
        if page is None:
            return ""
        known = self._known.get(page.server)
        if known is None and self._last.get(page.server) == page:
            self._known[page.server] = page
        self._last[page.server] = page
        return "another page" if known not in (None, page) else ""
