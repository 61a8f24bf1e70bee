"""What lost packets should cost, worked out by hand."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lvslab.judge.predict import Moment, Prediction, Setup, of_strike, setup_of
from lvslab.judge.predict_cut import predictions, usual
from lvslab.judge.strike import BACKUP, CLIENT, MASTER, STORAGE, Cut, Strike, both_ways, one_way
from lvslab.judge.timing import ServiceTiming, VrrpTiming
from lvslab.model import Scheduler, load_lab
from tests.unit.judge.histories import LAB
from tests.unit.recorded import LABS

SETUP = setup_of(LAB)
GUARDED = setup_of(load_lab(LABS / "lvs-dr-guarded.yml"))
NAT = setup_of(load_lab(LABS / "lvs-nat.yml"))
PARTS = (MASTER, BACKUP, CLIENT, STORAGE, "web1", "web2")


def told(fault: str, moment: Moment = Moment.INJECT, of: Setup = SETUP) -> Prediction:
    """Return what one of the usual cuts should cost."""
    return next(each for each in predictions(of, fault, usual(of)[fault]) if each.moment is moment)


def of_ways(ways: frozenset[tuple[str, str]], of: Setup = SETUP) -> Prediction:
    """Return what a cut of these ways should cost."""
    return next(predictions(of, "made", Cut(ways)))


@pytest.mark.parametrize("fault", ["network.partition master", "network.drop master"])
def test_a_master_that_nobody_hears_costs_what_its_loss_does(fault: str) -> None:
    """3 x 1 s + 157 / 256 s, less up to 1 s; it does not know, so there are two."""
    assert told(fault).window == "2.61-3.61 s"
    assert (told(fault).is_total, told(fault).two_holders, told(fault).unheard) == (True, True, True)


def test_its_end_costs_an_arp_cache_at_worst() -> None:
    """The one that stays may be silent (53 s), and its table is empty for a check's time (4 s) at least."""
    assert told("network.partition master", Moment.HEAL).window == "0.00-53.00 s"
    assert told("network.partition master", Moment.HEAL, GUARDED).window == "0.00-4.00 s"


def test_directors_that_do_not_hear_each_other_cost_nothing_in_direct_routing() -> None:
    """Both forward to the same real servers; the last gratuitous ARP was the backup's, so connections move to it."""
    split = told("network.partition master from backup")
    assert (split.is_free, split.two_holders, split.breaks) == (True, True, True)
    assert any("2.61 to 3.61 s" in line for line in split.reasoning)


@pytest.mark.parametrize("fault", ["network.partition master from backup", "network.block vrrp"])
def test_with_address_translation_a_split_brain_cannot_be_told(fault: str) -> None:
    """A reply may pass the director that has not passed the request on."""
    assert "translate" in told(fault, of=NAT).untold


@pytest.mark.parametrize(("of", "window"), [(SETUP, "0.00-53.00 s"), (GUARDED, "0.00-0.50 s")])
def test_a_last_advert_of_the_one_that_yields_shortens_the_end(of: Setup, window: str) -> None:
    """The other hears a lower priority, and sends gratuitous ARP."""
    assert told("network.block vrrp", Moment.HEAL, of).window == window


def test_a_master_that_never_announces_itself_leaves_clients_to_their_arp_cache() -> None:
    """garp_lower_prio_repeat 0, whoever speaks."""
    mute = replace(GUARDED, vrrp=(replace(GUARDED.vrrp[0], announces=False),))
    assert told("network.block vrrp", Moment.HEAL, mute).latest == 53


@pytest.mark.parametrize(("refresh", "latest"), [(10.0, 10), (60.0, 53), (0.0, 53)])
def test_a_master_that_announces_itself_again_and_again_shortens_the_end(refresh: float, latest: float) -> None:
    """garp_master_refresh, where it is less than an ARP cache keeps."""
    setup = replace(SETUP, vrrp=(replace(SETUP.vrrp[0], refresh=refresh),))
    assert told("network.block vrrp", Moment.HEAL, setup).latest == latest


@pytest.mark.parametrize("fault", ["network.partition backup", "network.drop backup"])
def test_a_backup_that_is_cut_off_costs_nothing(fault: str) -> None:
    """No request passes it."""
    assert told(fault).is_free


def test_only_what_a_backup_hears_makes_it_a_master() -> None:
    """One that is cut off takes the VIP where nobody sees it; one that is not heard stays what it is."""
    assert told("network.partition backup").two_holders
    assert not told("network.drop backup").two_holders


def test_a_master_that_clients_do_not_reach_stays_master() -> None:
    """The backup hears its adverts; afterwards the client asks by ARP once a second."""
    assert told("network.partition master from client").window == "as long as it lasts"
    assert told("network.partition master from client", Moment.HEAL).window == "0.00-1.00 s"


def test_a_real_server_that_is_cut_off_is_a_silent_one() -> None:
    """2 s + 2 x 2 s + 1 s at worst."""
    silent = told("network.partition real-server")
    assert (silent.window, silent.failing) == ("5.00-7.00 s", "50 %")


def test_a_real_server_that_only_clients_do_not_hear_is_never_removed() -> None:
    """Checks are the director's own."""
    assert told("network.partition real-server from client").latest is None
    assert told("network.partition real-server from client").failing == "50 %"


def test_with_address_translation_replies_never_take_that_way() -> None:
    """So it does not matter."""
    assert told("network.partition real-server from client", of=NAT).is_free


def test_a_master_that_reaches_no_real_server_has_its_sorry_server() -> None:
    """Its checks notice: 5 to 7 s; without one it lasts."""
    fault = "network.partition master from real-servers"
    assert (told(fault).latest, told(fault, of=GUARDED).window) == (None, "5.00-7.00 s")


def test_lost_checks_empty_the_table_of_servers_that_are_well() -> None:
    """Not before 2 x 2 s + 1 s; of one server of several it costs nothing."""
    every = told("network.block health-checks")
    assert (every.window, every.share) == ("from 5.00 s, as long as it lasts", (0, 1))
    one = Cut(both_ways(("web1",), PARTS), "health-checks")
    assert next(predictions(SETUP, "made", one)).is_free


@pytest.mark.parametrize("protocol", ["vrrp", "sync"])
def test_a_protocol_that_a_node_does_not_speak_costs_nothing(protocol: str) -> None:
    """Adverts blocked at a real server."""
    blocked = next(predictions(SETUP, "made", Cut(both_ways(("web1",), PARTS), protocol)))
    assert (blocked.is_free, blocked.two_holders) == (True, False)


def test_storage_that_is_not_reached_hangs_its_readers() -> None:
    """All of them, or one."""
    assert told("network.partition storage").share == (0, 1)
    assert of_ways(both_ways(("web1",), (STORAGE,))).share == (0, 0.5)


def test_a_backup_that_takes_over_and_reaches_nobody_does_not_help() -> None:
    """The switch between directors and real servers is gone, and the one between directors too."""
    ways = both_ways((MASTER, BACKUP), ("web1", "web2")) | both_ways((MASTER,), (BACKUP,))
    assert of_ways(ways).latest is None


def test_two_owners_that_a_client_hears_both_of_cannot_be_told() -> None:
    """The master has lost the real servers and the backup, and still answers the client's ARP."""
    assert of_ways(both_ways((MASTER,), (BACKUP, "web1", "web2"))).untold


def test_what_directors_answer_themselves_needs_no_real_servers() -> None:
    """Loss of the master costs what it always does, and a client that is cut off what lasts."""
    local = setup_of(load_lab(LABS / "vrrp-nginx.yml"))
    assert told("network.partition master", of=local).window == "2.62-3.62 s"
    assert told("network.partition master from client", of=local).latest is None


def test_a_fault_of_a_run_is_predicted_by_the_ways_it_cuts() -> None:
    """Under the name that it has there."""
    cut = Cut(one_way((MASTER,), (BACKUP,)))
    assert {each.fault for each in of_strike(SETUP, Strike("network.drop master to backup", cut=cut))} == {
        "network.drop master to backup"
    }


ways = st.frozensets(st.tuples(st.sampled_from(PARTS), st.sampled_from(PARTS)).filter(lambda way: way[0] != way[1]))
protocols = st.sampled_from(["all", "vrrp", "sync", "health-checks", "arp"])
setups = st.sampled_from([SETUP, GUARDED, NAT])


@settings(deadline=None)
@given(setups, ways, protocols)
def test_any_cut_has_a_cost_with_a_reason_and_one_end_at_most(
    of: Setup, lost: frozenset[tuple[str, str]], protocol: str
) -> None:
    """Whatever is cut: a window that ends no sooner than it begins, shares that are shares, and who says so."""
    found = list(predictions(of, "made", Cut(lost, protocol)))
    assert [each.moment for each in found] in ([Moment.INJECT], [Moment.INJECT, Moment.HEAL])
    for each in found:
        assert each.latest is None or 0 <= each.earliest <= each.latest
        assert 0 <= each.share[0] <= each.share[1] <= 1
        assert each.reasoning
        assert each.source


@settings(deadline=None)
@given(setups, ways, protocols)
def test_the_vip_has_two_owners_only_where_the_backup_does_not_hear_the_master(
    of: Setup, lost: frozenset[tuple[str, str]], protocol: str
) -> None:
    """Nothing else makes a second one."""
    inject = next(predictions(of, "made", Cut(lost, protocol)))
    deaf = (MASTER, BACKUP) in lost and protocol in ("all", "vrrp")
    assert inject.two_holders is deaf


@given(setups)
def test_a_cut_that_cuts_nothing_costs_nothing(of: Setup) -> None:
    """Of any protocol."""
    assert all(each.is_free for each in predictions(of, "made", Cut(frozenset())))


def test_without_services_the_vrrp_instance_stands_for_itself() -> None:
    """As in a keepalived.conf that has no virtual_server."""
    setup = Setup("made", (VrrpTiming("VI_1", 3, 0.1, 128),), ())
    assert told("network.partition master", of=setup).window == "0.25-0.35 s"
    assert told("network.partition master", of=setup).subject == "VI_1"


def test_a_service_without_a_check_keeps_a_server_that_is_cut_off() -> None:
    """Nobody removes it."""
    service = ServiceTiming("http", "", Scheduler.RR, {"web1": 1, "web2": 1}, None)
    assert of_ways(both_ways(("web1",), PARTS), Setup("made", (), (service,))).latest is None


def test_a_real_server_that_had_lost_its_storage_may_hang_after_the_end() -> None:
    """It is back in the table as soon as it is heard, and its NFS client waits for its own next try."""
    assert "NFS client" in told("network.partition real-server", Moment.HEAL).untold
    assert told("network.partition real-server from client", Moment.HEAL).is_free
