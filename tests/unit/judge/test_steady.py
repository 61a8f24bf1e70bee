"""Shares are judged where nothing changes: not while a fault is made or mended, nor while a row comes or goes."""

from lvslab.history.history import Span
from lvslab.judge import Verdict, distribution, judge, steady
from lvslab.judge.sight import Sight
from tests.unit.judge.histories import LAB, MS, SECOND, Watched, adverts, attempts, drill, fault, gone, phases

HTTP = LAB.virtual_services[0]


def drained(bites: int = 1) -> Watched:
    """Return a run in which web1 has weight 0 from 5 to 15 s, and no new connection after ``bites`` seconds."""

    def answer(number: int, sent: int) -> tuple[str, str]:
        alone = (5 + bites) * SECOND <= sent < 15 * SECOND
        return "web2" if alone or number % 2 else "web1", ""

    steps = fault("service.weight", 5000, 15_000, ("web1",), weight="0")
    steps[1] = type(steps[1])(5500 * MS, *list(vars(steps[1]).values())[1:])
    return Watched(
        attempts(answer),
        steps,
        phases(5000, 15_100, 16_000, 20_000),
        adverts("director1", 0, 20_000),
        table=lambda t: {"web1": 0 if 5 * SECOND < t < 15 * SECOND else 1, "web2": 1},
    )


def sight(watched: Watched) -> Sight:
    """Return a run as judges see it."""
    return Sight(watched.history(), LAB, drill())


def test_the_stretch_begins_when_the_counters_have_caught_up_and_ends_at_the_healing() -> None:
    """IPVS adds up every two seconds, so what a row says for a while after a change is not what it has passed on."""
    found = steady.longest(sight(drained()), HTTP, Span("fault", 5 * SECOND, 15_100 * MS))
    assert found.name == "fault"
    assert 8 * SECOND <= found.start <= 9 * SECOND
    assert 14 * SECOND <= found.end <= 15 * SECOND


def test_a_phase_that_is_never_steady_is_taken_whole() -> None:
    """Then the table changed meanwhile, and no share is expected."""
    short = Span("fault", 5 * SECOND, 7 * SECOND)
    assert steady.longest(sight(drained()), HTTP, short) == short


def test_counters_are_no_witness_where_they_had_no_time_to_add_up() -> None:
    """A row that comes back shows late what it got before it went, which looks like a larger share soon after."""
    run = Watched(
        attempts(),
        fault("node.link-down", 5000, 15_000, ("web1",)),
        phases(5000, 15_100, 17_000, 19_000),
        adverts("director1", 0, 20_000),
        table=lambda t: {"web2": 1} if 8 * SECOND < t < 16_500 * MS else {"web1": 1, "web2": 1},
    )
    told = {each.message.split(":")[0]: each for each in distribution.judge(sight(run))}
    assert told["http, before"].verdict is Verdict.PASS
    assert told["http, after"].verdict is Verdict.INCONCLUSIVE
    assert "not heard: ipvs; IPVS had not added up after the table changed" in told["http, after"].message


def test_a_change_that_is_seen_after_a_short_phase_is_none_of_it() -> None:
    """The last look in the phase and the first one after it differ: the counters of the phase itself are good."""
    run = Watched(
        attempts(),
        fault("node.link-down", 1900, 15_000, ("web1",)),
        phases(1900, 15_100, 17_000, 20_000),
        adverts("director1", 0, 20_000),
        table=lambda t: {"web2": 1} if 1900 * MS < t < 12 * SECOND else {"web1": 1, "web2": 1},
    )
    first = next(iter(distribution.judge(sight(run))))
    assert (first.verdict, first.figures["ipvs_web1"]) == (Verdict.PASS, 50)


def test_a_server_that_is_drained_gets_nothing_once_it_is_in_effect() -> None:
    """What it got while the weight was being changed is no finding."""
    told = {each.message.split(":")[0]: each for each in distribution.judge(sight(drained()))}
    assert told["http, fault"].verdict is Verdict.PASS
    assert "web2 100.0 %" in told["http, fault"].message
    late = {each.message.split(":")[0]: each for each in distribution.judge(sight(drained(bites=9)))}
    assert late["http, fault"].verdict is Verdict.FAIL


def test_the_access_log_of_a_server_that_lost_its_power_is_no_witness() -> None:
    """Its last lines were not on the disk yet; the others can be believed without it."""
    run = Watched(
        attempts(),
        fault("node.power-off", 5000, 15_000, ("web1",)),
        phases(5000, 15_100, 16_000, 20_000),
        adverts("director1", 0, 20_000),
    )
    run.served = list  # type: ignore[method-assign]
    first = next(iter(distribution.judge(sight(run))))
    assert first.verdict is Verdict.PASS
    assert "the access log of web1 went with its power" in first.message


def test_what_fails_until_a_lasting_fault_is_healed_is_that_faults() -> None:
    """A frozen server goes on to cost requests while it is being thawed; its end itself costs nothing."""
    run = Watched(
        attempts(gone((14_985, 14_995))),
        fault("web.error", 5000, 15_000, ("web1",)),
        phases(5000, 15_100, 16_000, 20_000),
        adverts("director1", 0, 20_000),
    )
    healed = [each for each in judge(run.history(), LAB, drill()) if each.message.startswith("web.error healed")]
    assert [each.verdict for each in healed if each.judge == "outage"] == [Verdict.PASS]
