"""A finding: one thing that was looked at, what was seen, and what that means."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    """What a finding says; the worst of a run's findings is the run's."""

    PASS = "pass"
    INCONCLUSIVE = "inconclusive"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """What was judged, the verdict, one sentence with what was seen and expected, and the figures behind it.

    ``figures`` are plain numbers and texts by name, with the unit in the name (``outage_ms``). ``where`` is the
    part of the history to look at, start and end in ns. ``source`` says where the expectation comes from: an RFC's
    section, the lab file, a man page.
    """

    judge: str
    verdict: Verdict
    message: str
    figures: dict[str, float | int | str | None] = field(default_factory=dict)
    where: tuple[int, int] | None = None
    source: str = ""

    def as_json(self) -> dict[str, object]:
        """Return the finding as plain data."""
        return asdict(self)


def worst(findings: tuple[Finding, ...]) -> Verdict:
    """Return the verdict of a run: fail before inconclusive before pass; a run without findings shows nothing."""
    seen = {finding.verdict for finding in findings}
    for verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE):
        if verdict in seen:
            return verdict
    return Verdict.PASS if seen else Verdict.INCONCLUSIVE
