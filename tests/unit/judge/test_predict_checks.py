"""What faults of real servers cost under each kind of check."""

import pytest

from lvslab.judge.predict import Moment, Prediction, find, setup_of
from lvslab.judge.timing import CheckTiming
from lvslab.judge.timing_conf import setup_of_conf
from lvslab.model import CheckType, load_lab
from lvslab.model.keepalived import parse
from tests.unit.judge.histories import lab as variant
from tests.unit.recorded import LABS

LAB = load_lab(LABS / "lvs-dr-checks.yml")


def told(fault: str, service: str) -> Prediction:
    """Return what a fault should cost a service."""
    return only(find(setup_of(LAB), fault), fault, service)


def only(every: tuple[Prediction, ...], fault: str, service: str) -> Prediction:
    """Return the one prediction of a fault as it begins."""
    wanted = (fault, service, Moment.INJECT)
    [one] = [each for each in every if (each.fault, each.subject, each.moment) == wanted]
    return one


@pytest.mark.parametrize(
    ("fault", "service", "window"),
    [
        # SSL_GET: 2 x 4 s + 1 s = 9 s, and delay_loop 2 s; refused: 1 s
        ("process.freeze httpd", "https", "9.00-11.00 s"),
        ("process.stop httpd", "https", "1.00-3.00 s"),
        ("web.error", "https", "1.00-3.00 s"),
        # MISC_CHECK: a run of 3 s, and the next one at once, for delay_before_retry is over by then
        ("process.freeze httpd", "http", "6.00-8.00 s"),
        ("process.stop httpd", "http", "1.00-3.00 s"),
        ("web.error", "http", "1.00-3.00 s"),
        # what looks at the page sees that it is another one
        ("web.wrong-body", "http", "1.00-3.00 s"),
    ],
)
def test_each_check_has_its_budget(fault: str, service: str, window: str) -> None:
    """From the timers of the lab file."""
    assert told(fault, service).window == window


def test_a_page_that_is_not_looked_at_may_be_any() -> None:
    """SSL_GET compares the status here."""
    assert told("web.wrong-body", "https").latest is None


def test_a_digest_is_a_look_at_the_page() -> None:
    """A page that is not the site's has the server removed, as an error would."""
    digested = variant(lambda text: text.replace("TCP_CHECK", f"HTTP_GET\n      digest: {'a' * 32}"))
    assert only(find(setup_of(digested), "web.wrong-body"), "web.wrong-body", "http").window == "1.00-3.00 s"


def test_the_sorry_server_takes_over_below_the_quorum() -> None:
    """One of two web servers is less than a quorum of 2, and the reasoning says so."""
    assert any("quorum" in reason for reason in told("process.stop httpd", "http").reasoning)
    assert not any("quorum" in reason for reason in told("process.stop httpd", "https").reasoning)


@pytest.mark.parametrize(("attempt", "budget"), [(0.0, 2.0), (0.5, 2.5), (1.0, 3.0), (3.0, 9.0)])
def test_misc_check_counts_from_the_start_of_a_run(attempt: float, budget: float) -> None:
    """Two retries 1 s apart: a run that takes longer than that is followed by the next one at once."""
    check = CheckTiming(CheckType.MISC_CHECK, 2, 3, 2, 1)
    assert check.budget(attempt) == budget


def test_a_keepalived_conf_tells_the_same() -> None:
    """A program's time-out is misc_timeout, and the hysteresis lowers the quorum that is lost."""
    conf = parse(
        "virtual_server 192.168.18.41 80 {\n  delay_loop 2\n  quorum 3\n  hysteresis 1\n"
        "  sorry_server 127.0.0.1 80\n  real_server 192.168.18.32 80 {\n    MISC_CHECK {\n"
        '      misc_path "/bin/true"\n      misc_timeout 3\n      retry 1\n      delay_before_retry 1\n'
        "    }\n  }\n}\n",
        "keepalived.conf",
    )
    [service] = setup_of_conf(conf).services
    assert service.check is not None
    assert (service.check.type, service.check.window(3.0), service.quorum) == (CheckType.MISC_CHECK, (6.0, 8.0), 2)
    [check] = conf.virtual_servers[0].real_servers[0].checks
    assert check.worst_detection == 8.0
