"""What faults should cost, read from a keepalived.conf alone."""

import pytest

from lvslab.judge.predict import Moment, find
from lvslab.judge.timing_conf import setup_of_conf
from lvslab.model.keepalived import parse

GARP = """
global_defs {
    vrrp_garp_lower_prio_repeat 0
    vrrp_higher_prio_send_advert
    vrrp_garp_master_refresh 10
    lvs_sync_daemon eth0 VI_1
}
"""


def test_what_a_configuration_says_of_two_owners_is_read() -> None:
    """Who announces itself, who yields aloud, who knows of connections."""
    [plain] = setup_of_conf(parse(CONF % "BACKUP", "keepalived.conf")).vrrp
    assert (plain.announces, plain.yields_aloud, plain.synced, plain.refresh) == (True, False, False, 0)
    [told] = setup_of_conf(parse(GARP + CONF % "BACKUP", "keepalived.conf")).vrrp
    assert (told.announces, told.yields_aloud, told.synced, told.refresh) == (False, True, True, 10)


@pytest.mark.parametrize(("words", "seconds"), [("", 5), ("vrrp_garp_master_delay 2", 2), ("vrrp_min_garp", 0)])
def test_how_soon_a_new_master_announces_itself_again_is_read(words: str, seconds: float) -> None:
    """Until then clients follow whoever spoke last, where both directors were master for a moment."""
    conf = f"global_defs {{\n    {words}\n}}\n" + CONF % "BACKUP"
    setup = setup_of_conf(parse(conf, "keepalived.conf"))
    assert setup.vrrp[0].repeat_after == seconds
    [told] = [each for each in find(setup, "process.stop keepalived on directors") if each.moment is Moment.HEAL]
    assert told.latest == pytest.approx(setup.vrrp[0].master_down + (seconds or 53) + 0.5)


CONF = """
vrrp_instance VI_1 {
    state %s
    interface eth0
    virtual_router_id 41
    priority 50
    virtual_ipaddress {
        192.168.1.150
    }
}
virtual_server 192.168.1.150 80 {
    lvs_sched wrr
    lvs_method DR
    protocol TCP
    real_server 192.168.1.171 80 {
        weight 3
        TCP_CHECK {
            connect_timeout 3
        }
    }
    real_server 192.168.1.172 80 {
        weight 1
        HTTP_GET {
            connect_timeout 3
            retry 3
            delay_before_retry 3
        }
    }
}
"""


def test_a_backups_configuration_alone_is_enough() -> None:
    """Its own priority is the one that counts; keepalived's defaults fill in the rest."""
    setup = setup_of_conf(parse(CONF % "BACKUP", "keepalived.conf"))
    crash = find(setup, "node.power-off master")[0]
    assert crash.window == "2.80-3.80 s"
    assert "(the backup's priority, this file's)" in crash.reasoning[1]


def test_a_masters_configuration_says_what_it_takes_the_backup_for() -> None:
    """It cannot know the other file; it can be told."""
    setup = setup_of_conf(parse(CONF % "MASTER", "keepalived.conf"))
    assert "one less than this master's" in find(setup, "node.power-off master")[0].reasoning[1]
    told = setup_of_conf(parse(CONF % "MASTER", "keepalived.conf"), backup_priority=200)
    assert told.vrrp[0].priority == 200


@pytest.mark.parametrize(("state", "preempts"), [("MASTER", True), ("BACKUP", False)])
def test_nopreempt_counts_where_keepalived_heeds_it(state: str, preempts: bool) -> None:
    """With state MASTER it is ignored, as lint says too."""
    text = (CONF % state).replace("state ", "nopreempt\n    state ", 1)
    assert setup_of_conf(parse(text, "keepalived.conf")).vrrp[0].preempt is preempts


def test_a_configurations_slowest_check_counts() -> None:
    """Which real server dies is not known beforehand; keepalived's own delay_loop is 60 s."""
    setup = setup_of_conf(parse(CONF % "BACKUP", "keepalived.conf"))
    dead = next(each for each in find(setup, "node.power-off real-server") if each.moment is Moment.INJECT)
    assert dead.latest == 60 + 4 * 3 + 3 * 3
    assert dead.share == (0.25, 0.75)
