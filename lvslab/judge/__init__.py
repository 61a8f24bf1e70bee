"""What a history means: pure functions from history and lab to findings."""

from lvslab.judge.finding import Finding, Verdict, worst
from lvslab.judge.verdict import EXIT_CODES, judge

__all__ = ["EXIT_CODES", "Finding", "Verdict", "judge", "worst"]
