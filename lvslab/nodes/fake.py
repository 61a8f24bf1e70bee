"""A node that is not there: answers from a table, and remembers what it was asked."""

from collections.abc import Callable

from lvslab.nodes.remote import TIMEOUT, Line, Result


class FakeRemote:
    """A Remote for tests: ``answer`` maps a script to what the node would say."""

    def __init__(self, name: str, answer: Callable[[str], Result]) -> None:
        self.name = name
        self.scripts: list[str] = []
        self._answer = answer

    def run(self, script: str, timeout: float = TIMEOUT, on_line: Line | None = None) -> Result:
        """Answer from the table."""
        self.scripts.append(script)
        result = self._answer(script)
        if on_line:
            for line in result.stdout.splitlines():
                on_line(line)
        return result

    def close(self) -> None:
        """Do nothing."""
