"""The one error of the parser."""

from lvslab.errors import UsageError


class KeepalivedConfError(UsageError):
    """A text that cannot be taken apart as keepalived.conf(5): a brace too many or too few."""

    def __init__(self, source: str, line: int, message: str, hint: str = "") -> None:
        super().__init__(f"{source}:{line}: {message}", hint or "keepalived -t -f FILE")
        self.source = source
        self.line = line
