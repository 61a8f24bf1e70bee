"""What packets should cost that are late, lost at random or slow, worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvslab import faults
from lvslab.judge import limits, predict_impairment, predict_server
from lvslab.judge.predict import Moment, Prediction, Setup, find, setup_of
from lvslab.judge.predict_impairment import rate, spurious_failovers
from lvslab.judge.timing import VrrpTiming
from lvslab.measure import exchange
from lvslab.model import load_lab
from tests.unit.judge.histories import LAB
from tests.unit.recorded import LABS

SETUP = setup_of(LAB)
NAT = setup_of(load_lab(LABS / "lvs-nat.yml"))


def told(fault: str, moment: Moment = Moment.INJECT, of: Setup = SETUP, **arguments: str) -> Prediction:
    """Return what a fault with these parameters should cost."""
    return next(each for each in find(of, fault, arguments) if (each.fault, each.moment) == (fault, moment))


def test_the_probers_patience_is_what_the_prober_has() -> None:
    """It is told in two places, for who judges does not know who measures."""
    assert (limits.CONNECT * 1e9, limits.WHOLE * 1e9) == (exchange.CONNECT_LIMIT, exchange.WHOLE_LIMIT)


def test_defaults_are_those_of_the_faults() -> None:
    """A prediction without parameters is of the fault without parameters."""
    known = {name: {each.name: each.default for each in kind.parameters} for name, kind in faults.kinds().items()}
    assert float(known["network.delay"]["delay"] or 0) == predict_impairment.DELAY
    assert float(known["network.jitter"]["delay"] or 0) == predict_impairment.DELAY
    assert float(known["network.jitter"]["jitter"] or 0) == predict_impairment.JITTER
    assert float(known["network.loss"]["percent"] or 0) == predict_impairment.PERCENT
    assert known["network.rate"]["rate"] == predict_impairment.RATE
    assert float(known["web.slow"]["delay"] or 0) == predict_server.SLOW
    assert known["service.weight"]["weight"] == "0"


@pytest.mark.parametrize("who", ["master", "directors", "real-server"])
def test_a_delay_that_the_prober_waits_for_makes_requests_slow(who: str) -> None:
    """50 ms: the connection takes as much longer, the answer twice that."""
    assert told(f"network.delay {who}", delay="0.05").is_free


def test_what_its_end_loses_was_sent_before_it() -> None:
    """Two packets of an answer of web1's, 50 ms each; half of the requests are its."""
    end = told("network.delay real-server", Moment.HEAL, delay="0.05")
    assert (end.latest, end.under_way, end.share) == (0.1, 0.1, (0, 0.5))


@pytest.mark.parametrize(("who", "failing"), [("master", "100 %"), ("real-server", "50 %")])
def test_a_delay_that_the_prober_does_not_wait_for_fails_requests(who: str, failing: str) -> None:
    """0.1 s is its patience for a connection; TCP_CHECK's is 2 s, so no server is removed."""
    late = told(f"network.delay {who}", delay="0.1")
    assert (late.window, late.failing) == ("as long as it lasts", failing)


def test_with_address_translation_a_director_delays_both_ways() -> None:
    """60 ms twice are more than 0.1 s."""
    assert told("network.delay master", delay="0.06").is_free
    assert told("network.delay master", of=NAT, delay="0.06").latest is None


def test_a_delay_that_checks_do_not_wait_for_removes_the_server() -> None:
    """connect_timeout is 2 s, and the budget as for a silent server."""
    assert told("network.delay real-server", delay="1.9").latest is None
    assert told("network.delay real-server", delay="2").window == "5.00-7.00 s"


@pytest.mark.parametrize(("delay", "moves"), [("2.6", False), ("2.7", True)])
def test_adverts_that_are_late_by_master_down_less_an_interval_move_the_vip(delay: str, moves: bool) -> None:
    """3.613 s - 1 s = 2.613 s: the gap is one interval and the delay, once."""
    assert bool(told("network.delay master", delay=delay).untold) is moves
    assert told("network.delay master", delay=delay).two_holders is moves


def test_jitter_is_judged_by_its_extremes() -> None:
    """20 to 40 ms fit, 50 to 150 ms may not, 150 to 250 ms do not."""
    assert told("network.jitter master", delay="0.03", jitter="0.01").is_free
    assert told("network.jitter master", delay="0.1", jitter="0.05").untold
    assert told("network.jitter master", delay="0.2", jitter="0.05").latest is None
    assert not told("network.jitter master", delay="0.2", jitter="0.05").untold


def test_packets_are_not_late_before_they_are_sent() -> None:
    """A jitter above the delay begins at nothing."""
    assert any("0 to 0.3 s" in line for line in told("network.jitter master", delay="0.1", jitter="0.2").reasoning)


def test_loss_tells_its_figures_and_promises_nothing() -> None:
    """0.9 x 0.1^3 of 3600 adverts an hour; one handshake in ten, or with NAT 1 - 0.9^2."""
    lossy = told("network.loss master", percent="10")
    assert lossy.untold
    assert any("3.24 an hour" in line for line in lossy.reasoning)
    assert any("10 % of those" in line for line in lossy.reasoning)
    assert any("19 % of those" in line for line in told("network.loss master", of=NAT, percent="10").reasoning)


@pytest.mark.parametrize(
    ("interval", "missed", "lost", "expected"),
    [(1.0, 3, 0.1, 3.24), (1.0, 3, 0.5, 225.0), (0.1, 3, 0.01, 0.03564), (1.0, 5, 0.1, 0.0324), (1.0, 3, 0.0, 0.0)],
)
def test_failovers_for_nothing_follow_from_adverts_lost_in_a_row(
    interval: float, missed: int, lost: float, expected: float
) -> None:
    """An advert that is heard, then as many as may be missed."""
    assert spurious_failovers(VrrpTiming("VI_1", 3, interval, 99, missed=missed), lost) == pytest.approx(expected)


@given(st.floats(0, 0.5), st.floats(0, 0.5))
def test_more_loss_is_more_failovers_for_nothing(one: float, other: float) -> None:
    """As long as most adverts are heard; beyond that there is nothing left to fail over from."""
    timing = VrrpTiming("VI_1", 2, 1.0, 99)
    low, high = sorted((one, other))
    assert 0 <= spurious_failovers(timing, low) <= spurious_failovers(timing, high)


def test_a_slow_line_tells_how_long_its_queue_can_be() -> None:
    """1000 frames of 1514 bytes at 1 Mbit/s are 12.1 s, more than 2.613 s; at 1 Gbit/s they are 12 ms."""
    slow = told("network.rate master").reasoning
    assert any("12.1 s" in line for line in slow)
    assert any("may cost a failover" in line for line in slow)
    assert any("cannot cost a failover" in line for line in told("network.rate master", rate="1gbit").reasoning)


@pytest.mark.parametrize(
    ("text", "bits"), [("512kbit", 512e3), ("10mbit", 10e6), ("1gbit", 1e9), ("9600bit", 9600), ("1.5mbit", 1.5e6)]
)
def test_a_rate_is_read_as_tc_writes_it(text: str, bits: float) -> None:
    """Decimal prefixes (tc(8))."""
    assert rate(text) == bits


@pytest.mark.parametrize("fault", ["delay", "jitter", "loss", "rate"])
def test_a_backup_may_be_late_or_lossy_at_no_cost(fault: str) -> None:
    """Nobody waits for it."""
    assert told(f"network.{fault} backup").is_free


@pytest.mark.parametrize("fault", ["delay", "jitter", "loss", "rate"])
def test_how_often_a_page_asks_the_storage_is_not_known(fault: str) -> None:
    """So nothing can be told."""
    assert told(f"network.{fault} storage").untold
