"""All judges of a run, in the order in which people ask."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from lvslab.history import History
from lvslab.judge import connections, distribution, failover, holder, invariants, outage, requests, storage
from lvslab.judge.doubt import starvation
from lvslab.judge.finding import Finding, Verdict
from lvslab.judge.sight import Sight
from lvslab.model import Drill, Lab

Judge = Callable[[Sight], Iterator[Finding]]
JUDGES: tuple[Judge, ...] = (
    holder.faults,
    outage.judge,
    requests.baseline,
    failover.judge,
    requests.judge,
    connections.judge,
    holder.judge,
    holder.recovery,
    distribution.judge,
    storage.judge,
    invariants.judge,
)
TIMED = ("outage", "failover", "requests")
"""What a run tells by the clock."""
STARVED = (
    *TIMED,
    "connections",
    "holder",
    "recovery",
    "distribution",
    "invariant two-holders",
    "invariant no-holder",
)
"""What a lab without processor time does otherwise than one that has it."""
GROSS_MS = 2500
"""An outage that is so much longer than it may be is none of a starved lab's making."""
EXIT_CODES = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.INCONCLUSIVE: 3}


def judge(history: History, lab: Lab, drill: Drill) -> tuple[Finding, ...]:
    """Return everything that is found in a run. Pure: the same history gives the same findings."""
    sight = Sight(history, lab, drill)
    starved = starvation(history)
    unfit = starved or requests.unfit(sight)
    doubted = STARVED if starved else TIMED if unfit else ()
    found = (finding for one in JUDGES for finding in one(sight))
    return tuple(_doubted(finding, unfit) if finding.judge in doubted else finding for finding in found)


def _doubted(finding: Finding, unfit: str) -> Finding:
    """Return a finding as it counts where a run proves nothing of it: what would fail cannot be told."""
    if finding.verdict is not Verdict.FAIL or _excess_ms(finding) > GROSS_MS:
        return finding
    return replace(finding, verdict=Verdict.INCONCLUSIVE, message=f"{finding.message}; it cannot be told: {unfit}")


def _excess_ms(finding: Finding) -> float:
    """Return by how much an outage, or the silence between two masters, is longer than predicted; 0 for all else."""
    seen = finding.figures.get("certain_ms", finding.figures.get("silence_ms"))
    most = finding.figures.get("predicted_high_ms") or 0.0
    return seen - most if isinstance(seen, float) and isinstance(most, float) else 0.0
