"""The ledger: what was measured, and what failed."""

from lvslab.bench.figure import Verdict
from lvslab.bench.ledger import Ledger
from lvslab.errors import UnusableError


def test_an_error_makes_its_figure_not_whole_and_is_told_with_its_last_lines() -> None:
    """Seven good runs of twenty do not say that all are."""
    ledger = Ledger()
    with ledger.kept_of("outage"):
        ledger.add_pair("outage", 2830.0, 2841.0)
        raise UnusableError("the lab is gone", "", [f"line {number}" for number in range(9)])
    (figure,) = ledger.figures(["outage"])
    assert figure.verdict is Verdict.NOT_MEASURED
    assert figure.values == (2830.0,) and figure.peer_values == (2841.0,)
    assert figure.notes == ("failed: the lab is gone; line 3; line 4; line 5; line 6; line 7; line 8",)
