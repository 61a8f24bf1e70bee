"""What the prober says of pages that are not what a server gave before."""

from lvslab.measure.exchange import Target
from lvslab.measure.pages import Page, Pages
from tests.unit.measure.probing import attempts, probe
from tests.unit.measure.web import PAGE, serving

OTHER = b"HTTP/1.1 200 OK\r\nX-Real-Server: web1\r\nContent-Length: 5\r\n\r\nworld"


def told(*pages: Page) -> list[str]:
    """Return the verdicts on pages, one after the other."""
    known = Pages()
    return [known.verdict(page) for page in pages]


def test_another_page_than_a_server_gave_twice_is_told_until_its_own_is_back() -> None:
    """Each server has a page of its own; one that is met later is learned later."""
    one, two, wrong = Page("web1", 1), Page("web2", 2), Page("web1", 3)
    assert set(told(one, two, one, two)) == {""}
    assert told(one, two, one, two, wrong, two, wrong, one)[4:] == ["another page", "", "another page", ""]


def test_a_page_that_is_never_the_same_twice_is_nobodys_mistake() -> None:
    """As one with the time of day in it, or of servers that do not say who they are."""
    assert set(told(*(Page("web1", number) for number in range(9)))) == {""}
    assert set(told(*(Page("", number % 2) for number in range(9)))) == {""}


def test_a_server_that_begins_to_answer_with_another_page_answers_wrongly() -> None:
    """Status and length are right, and the body is not."""
    with serving() as server:

        def changed(events: int) -> None:
            server.answer = OTHER if events > 4 else PAGE

        made = attempts(probe(Target("http", "127.0.0.1", server.port), 0.2, meanwhile=changed))
    seen = [each.error for each in made]
    assert seen[0] == "" and seen[-1] == "another page" and set(seen) == {"", "another page"}
