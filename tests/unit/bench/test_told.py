"""What a summary tells of an outage."""

from typing import Any

import pytest

from lvslab.bench.told import Told, told
from lvslab.errors import UnusableError


def finding(outage: float, low: float, high: float, where: tuple[int, int]) -> dict[str, Any]:
    """Return an outage as a finding tells it."""
    figures = {"outage_ms": outage, "predicted_low_ms": low, "predicted_high_ms": high}
    return {"judge": "outage", "figures": figures, "where": where}


def summary(*findings: dict[str, Any], stretches: tuple[tuple[float, float], ...] = ()) -> dict[str, Any]:
    """Return the part of a summary that is read."""
    return {"drill": "director-power-off", "findings": list(findings), "outage": {"stretches_ms": stretches}}


CRASH = finding(2840.0, 2613.28, 3613.28, (11_500_000_000, 14_340_000_000))
BACK = finding(120.0, 0.0, 500.0, (40_000_000_000, 40_120_000_000))


def test_the_outage_of_the_first_fault_is_told_with_its_longest_stretch() -> None:
    """What the failback costs is another finding, and a stray request that failed is another stretch."""
    found = told(summary(CRASH, BACK, stretches=((11500, 11510), (11510.5, 14340), (40000, 40120))))
    assert found == Told(2840.0, 11510.5, 14340, 2613.28, 3613.28)
    assert found.stretch == 2829.5


def test_a_run_that_judged_no_prediction_tells_nothing() -> None:
    """There would be nothing to hold it against."""
    unpredicted = {"judge": "outage", "figures": {"outage_ms": 3.0}, "where": (0, 1)}
    with pytest.raises(UnusableError, match="director-power-off"):
        told(summary(unpredicted, {"judge": "failover", "figures": {"predicted_high_ms": 1.0}}))


def test_no_outage_is_told_as_a_length_of_0() -> None:
    """The prediction is missed by all of its lower end."""
    found = told(summary(finding(0.0, 261.33, 361.33, (11_500_000_000, 20_000_000_000))))
    assert (found.stretch, found.nearest) == (0, 261.33)


@pytest.mark.parametrize(("length", "nearest"), [(250.0, 261.33), (330.0, 330.0), (375.0, 361.33)])
def test_the_nearest_prediction_is_the_outage_itself_inside_the_window(length: float, nearest: float) -> None:
    """Outside it is the end that was missed."""
    assert Told(length, 0, length, 261.33, 361.33).nearest == nearest
