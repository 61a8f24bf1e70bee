"""keepalived.conf(5) as views: what is written, what is inherited, and keepalived's defaults."""

from ipaddress import ip_address
from pathlib import Path

import pytest

from lvslab.model.keepalived import Check, Configuration, VrrpInstance, parse

FIXTURES = Path(__file__).parents[2] / "fixtures"


def instance(lines: str, before: str = "") -> VrrpInstance:
    """Return a vrrp_instance of these lines."""
    return parse(f"{before}\nvrrp_instance VI_1 {{\n{lines}\n}}\n").instances[0]


def check(lines: str, kind: str = "TCP_CHECK", server: str = "", service: str = "") -> Check:
    """Return a check with these lines, in a real server and a virtual server with these."""
    inner = f"{kind} {{\n{lines}\n}}"
    text = f"virtual_server 10.0.0.1 80 {{\n{service}\nreal_server 10.0.0.2 80 {{\n{server}\n{inner}\n}}\n}}\n"
    return parse(text).virtual_servers[0].real_servers[0].checks[0]


@pytest.fixture
def director() -> Configuration:
    """Return what director1 of the default lab runs."""
    return parse((FIXTURES / "golden" / "lvs-dr.director1.keepalived.conf").read_text())


def test_a_director_of_the_default_lab_is_read_whole(director: Configuration) -> None:
    """What the lab file says is in the view, with its lines."""
    one, service = director.instances[0], director.virtual_servers[0]
    assert (one.name, one.state, one.virtual_router_id, one.priority, one.interval) == ("VI_1", "MASTER", 51, 100, 1)
    assert [(vip.address, vip.prefix) for vip in one.virtual_addresses] == [(ip_address("192.168.18.41"), 32)]
    assert (service.scheduler, service.method, service.protocol, service.delay_loop) == ("rr", "DR", "TCP", 2)
    assert [str(server.address) for server in service.real_servers] == ["192.168.18.32", "192.168.18.33"]
    assert service.real_servers[0].checks[0].worst_detection == 7
    assert director.globals.enable_script_security and director.globals.router_id == "director1"
    assert one.line_of("priority") > one.line > 1
    assert director.is_whole and director.opaque == ()


def test_an_instance_that_says_nothing_has_keepalived_defaults() -> None:
    """keepalived.conf(5): BACKUP, 100, 1 s, version 2, three adverts."""
    one = instance("interface eth0")
    assert (one.state, one.priority, one.advert_int, one.version) == ("BACKUP", 100, 1, 2)
    assert (one.virtual_router_id, one.down_timer_adverts, one.nopreempt) == (None, 3, False)


def test_a_master_that_says_no_priority_has_the_owners() -> None:
    """keepalived 2.2.7 takes 255, as it says itself in the recorded output."""
    assert instance("state MASTER").priority == 255
    assert instance("state MASTER\npriority 90").priority == 90
    said = (FIXTURES / "keepalived-conf" / "said" / "preemption.said").read_text()
    assert "(VI_1) nopreempt is incompatible with priority 255" in said


@pytest.mark.parametrize(
    ("lines", "before", "version", "interval"),
    [
        ("advert_int 0.5", "", 2, 1),
        ("advert_int 1.4", "", 2, 1),
        ("advert_int 2", "", 2, 2),
        ("version 3\nadvert_int 0.05", "", 3, 0.05),
        ("version 3\nadvert_int 60", "", 3, 40.95),
        ("advert_int .25", "global_defs {\n vrrp_version 3\n}", 3, 0.25),
        ("version 2\nadvert_int 0.5\nvirtual_ipaddress { fd00::1 }", "", 3, 0.5),
    ],
)
def test_the_interval_is_what_the_version_can_send(lines: str, before: str, version: int, interval: float) -> None:
    """Whole seconds in version 2, hundredths in version 3, and version 3 wherever the address is an IPv6 one."""
    one = instance(lines, before)
    assert (one.version, one.interval) == (version, interval)


@pytest.mark.parametrize("word", ["1o0", "", "0", "256", "-1", "1e2", "99//x", "١"])
def test_a_priority_that_keepalived_would_not_take_is_the_default(word: str) -> None:
    """The view says what counts, not what is written."""
    assert instance(f"state BACKUP\npriority {word}").priority == 100


def test_of_two_directives_the_last_counts_and_of_two_states_the_first() -> None:
    """As keepalived 2.2.7 does."""
    one = instance("state MASTER\nstate BACKUP\npriority 5\npriority 6")
    assert (one.state, one.priority) == ("MASTER", 6)


def test_addresses_have_prefix_device_and_subnet() -> None:
    """An entry of virtual_ipaddress, with what ip-address(8) takes behind it."""
    lines = "virtual_ipaddress {\n10.0.0.1/24 dev eth1 label eth1:1\n10.0.0.2\nnonsense\n}"
    first, second = instance(lines).virtual_addresses
    assert (first.prefix, first.device, str(first.subnet), first.line) == (24, "eth1", "10.0.0.0/24", 4)
    assert (second.prefix, second.device, second.subnet) == (None, None, None)


def test_scripts_and_sync_groups_are_found_by_name() -> None:
    """With the weight of the script where the instance has none."""
    conf = parse(
        'vrrp_script a {\n script "/bin/a b"\n interval 3\n weight -20\n fall 2\n}\n'
        "vrrp_instance VI_1 {\n track_script {\n a\n b weight 5\n }\n}\n"
        "vrrp_sync_group G {\n group {\n VI_1\n VI_2\n }\n}\n"
    )
    script = conf.script("a")
    assert script is not None and (script.script, script.weight, script.timeout) == ("/bin/a b", -20, 3)
    assert script.worst_detection == 3 * 2 + 3
    assert [(track.name, track.weight) for track in conf.instances[0].track_scripts] == [("a", None), ("b", 5)]
    assert [member.name for member in conf.sync_groups[0].members] == ["VI_1", "VI_2"]
    assert conf.instance("VI_1") is conf.instances[0] and conf.instance("VI_2") is None


def test_a_virtual_server_that_says_nothing_is_what_keepalived_makes_of_it() -> None:
    """UDP, wlc, NAT and a check each minute: keepalived 2.2.7 says the first three itself."""
    service = parse("virtual_server 10.0.0.1 80 {\n}\n").virtual_servers[0]
    assert (service.protocol, service.scheduler, service.method, service.delay_loop) == ("UDP", "wlc", "NAT", 60)
    assert (service.quorum, service.hysteresis, service.persistence_timeout) == (1, 0, None)


@pytest.mark.parametrize(("line", "seconds"), [("persistence_timeout", 360), ("persistence_timeout 50", 50)])
def test_persistence_is_six_minutes_unless_told(line: str, seconds: int) -> None:
    """keepalived.conf(5), virtual_server."""
    assert parse(f"virtual_server 10.0.0.1 80 {{\n{line}\n}}\n").virtual_servers[0].persistence_timeout == seconds


def test_virtual_servers_are_named_by_address_mark_or_group() -> None:
    """The three forms of the declaration."""
    text = "virtual_server fwmark 5 {\n}\nvirtual_server group web {\n}\nvirtual_server fd00::1 443 {\n}\n"
    mark, group, address = parse(text).virtual_servers
    assert (mark.fwmark, mark.address, group.group, address.port) == (5, None, "web", 443)


@pytest.mark.parametrize(
    ("kind", "retry", "before_retry"),
    [("TCP_CHECK", 1, 1), ("HTTP_GET", 1, 3), ("SSL_GET", 1, 3), ("DNS_CHECK", 3, 60), ("MISC_CHECK", 0, 1)],
)
def test_checks_have_their_own_defaults(kind: str, retry: int, before_retry: float) -> None:
    """keepalived.conf(5): retry and delay_before_retry differ by the kind of check."""
    one = check("", kind)
    assert (one.retry, one.delay_before_retry) == (retry, before_retry)


def test_a_check_inherits_from_its_real_and_its_virtual_server() -> None:
    """The nearest word counts."""
    one = check("retry 4", server="connect_timeout 2", service="connect_timeout 9\ndelay_loop 3\nretry 7")
    assert (one.retry, one.connect_timeout, one.delay_loop) == (4, 2, 3)


def test_the_old_word_for_retry_counts_only_where_keepalived_knows_it() -> None:
    """It says of TCP_CHECK: Unknown keyword 'nb_get_retry'."""
    assert check("nb_get_retry 3", "HTTP_GET").retry == 3
    assert check("nb_get_retry 3", "TCP_CHECK").retry == 1


def test_the_worst_detection_adds_up() -> None:
    """6 s of loop, three attempts of 3 s, two pauses of 1 s."""
    assert check("connect_timeout 3\nretry 2\ndelay_before_retry 1", service="delay_loop 6").worst_detection == 17


def test_a_real_server_has_its_own_method_before_the_services() -> None:
    """So has a sorry server."""
    text = "virtual_server 10.0.0.1 80 {\nlvs_method DR\nsorry_server 10.0.0.9 80\nsorry_server_lvs_method NAT\n"
    service = parse(text + "real_server 10.0.0.2 80 {\nlvs_method TUN\n}\nreal_server 10.0.0.3 80 {\n}\n}\n")
    assert [server.method for server in service.virtual_servers[0].real_servers] == ["TUN", "DR"]
    sorry = service.virtual_servers[0].sorry_server
    assert sorry is not None and (str(sorry.address), sorry.method) == ("10.0.0.9", "NAT")


def test_a_value_behind_a_condition_is_not_sure() -> None:
    """The default stands in for it, and the view says so."""
    one = instance("@main priority 240\nadvert_int 2")
    assert (one.priority, one.is_sure("priority"), one.is_sure("advert_int")) == (100, False, True)


def test_a_parameter_that_is_not_defined_is_not_sure() -> None:
    """A script's own $1 is, and keepalived's ${_PWD}."""
    one = instance('priority $PRIORITY\nnotify "${_PWD}/notify $1"')
    assert (one.is_sure("priority"), one.is_sure("notify")) == (False, True)


def test_an_include_makes_every_absent_value_unsure() -> None:
    """It may say anything, in the block that it stands in."""
    assert not instance("include more.conf").is_sure("priority")
    conf = parse("include more.conf\nvrrp_instance VI_1 {\n}\n")
    assert not conf.is_whole and conf.instances[0].is_sure("priority")
    assert [one.line for one in conf.opaque] == [1]


def test_global_definitions_may_stand_in_several_blocks() -> None:
    """They count together."""
    conf = parse("global_defs {\n router_id a\n}\nglobal_defs {\n vrrp_version 3\n}\n")
    assert (conf.globals.router_id, conf.globals.vrrp_version) == ("a", 3)
