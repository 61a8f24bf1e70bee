"""The clock of a run."""

import time

from lvslab.measure.clock import Clock


def test_a_kernel_stamp_of_this_moment_is_now() -> None:
    """CLOCK_REALTIME and CLOCK_MONOTONIC are brought to one scale."""
    clock = Clock()
    assert abs(clock.of_realtime(time.time_ns()) - clock.now()) < 50_000_000


def test_a_step_of_the_wall_clock_since_zero_does_not_move_stamps() -> None:
    """A run that began before the host's clock was set an hour ahead still places packets right."""
    stepped = Clock(time.monotonic_ns(), time.time_ns() - 3600 * 10**9)
    assert abs(stepped.of_realtime(time.time_ns()) - stepped.now()) < 50_000_000


def test_moments_of_the_monotonic_clock_count_from_zero() -> None:
    """What other processes stamp by CLOCK_MONOTONIC only needs zero taken away."""
    assert Clock(1_000, 0).of_monotonic(1_500) == 500


def test_the_wall_clock_at_a_moment_of_the_run() -> None:
    """A moment of the run can be told as the time of day."""
    assert Clock(0, 7_000).to_realtime(5) == 7_005
