"""What lint finds: a place, what is seen there, why it matters and what to write instead."""

from dataclasses import asdict, dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is, the worst first."""

    ERROR = "error"
    """keepalived ignores or changes what is written, or the cluster cannot do what it says."""
    WARNING = "warning"
    """It works until the day it is needed, or does something else than most people expect."""
    NOTE = "note"
    """Right as it is; good to know."""


@dataclass(frozen=True)
class Finding:
    """One finding; ``reference`` says where the reason comes from: a man page, an RFC's section."""

    rule: str
    severity: Severity
    source: str
    line: int
    message: str
    reason: str
    remedy: str
    reference: str

    @property
    def place(self) -> str:
        """The place as editors read it: ``keepalived.conf:12``."""
        return f"{self.source}:{self.line}"

    def as_json(self) -> dict[str, object]:
        """Return the finding as plain data."""
        return asdict(self)
