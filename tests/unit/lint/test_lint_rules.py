"""Every rule: a change to a pair of files without findings makes it speak, on the right line."""

from dataclasses import dataclass

import pytest

from lvslab.lint import RULES, Rule, Severity, lint
from lvslab.model.keepalived import parse
from tests.unit.lint.configurations import BACKUP, MASTER, changed, linted, rules_of


@dataclass(frozen=True)
class Change:
    """What is changed in the master's file, or in the backup's, and a text on the line of the finding."""

    rule: str
    old: str
    new: str
    shown: str
    in_backup: bool = False


VIP = "        10.0.0.41/24\n"
SLOW_ADVERTS = "version 2\n    priority 150\n    advert_int 1\n"
FAST_ADVERTS = "version 3\n    priority 150\n    advert_int 0.05\n"
CHANGES = [
    # the text
    Change("slash-comment", "interval 2\n    fall", "interval 2//seconds\n    fall", "2//seconds"),
    Change("slash-comment", "vrrp_script site", "// a comment\nvrrp_script site", "// a"),
    Change("slash-comment", VIP, "        10.0.0.41//the\n", "//the"),
    Change("comment-in-word", "auth_pass 1111", "auth_pass ab#cd", "auth_pass"),
    Change("quote-open", '"/usr/local/bin/site"', '"/usr/local/bin/site', "site"),
    Change("odd-character", "state MASTER", "state\u00a0MASTER", "MASTER"),
    Change("odd-character", '"/usr/local/bin/site"', "“/usr/local/bin/site”", "site”"),
    Change("several-on-a-line", "delay_loop 4\n    lvs_sched rr", "delay_loop 4 lvs_sched rr", "delay_loop"),
    Change("number-unreadable", "priority 150", "priority 1o0", "1o0"),
    Change("number-unreadable", "virtual_router_id 51", "virtual_router_id 256", "256"),
    Change("number-unreadable", "weight 60", "weight 254", "254"),
    Change("number-unreadable", "connect_timeout 2", "connect_timeout 0", "connect_timeout 0"),
    Change("said-twice", "delay_loop 4", "delay_loop 4\n    delay_loop 60", "delay_loop 60"),
    Change("word-unknown", "    nopreempt\n", "    nopreemt\n", "nopreemt"),
    Change("word-unknown", "    lvs_method DR\n", "    lvs-method DR\n", "lvs-method"),
    Change("word-unknown", "    state MASTER\n", "    state MASTER\n    auth_pass 1111\n", "auth_pass"),
    Change("not-evaluated", "vrrp_script site", "include more.conf\nvrrp_script site", "include"),
    # an instance
    Change("nopreempt-master", "    state MASTER\n", "    state MASTER\n    nopreempt\n", "nopreempt"),
    Change("preempt-delay-ignored", "    state MASTER\n", "    state MASTER\n    preempt_delay 5\n", "preempt_delay"),
    Change("preempt-delay-ignored", "    nopreempt\n", "    nopreempt\n    preempt_delay 5\n", "preempt_delay"),
    Change("state-unknown", "state BACKUP", "state SLAVE", "SLAVE"),
    Change("vrid-missing", "    virtual_router_id 53\n", "", "vrrp_instance VI_3"),
    Change("vrid-twice", "eth4\n    virtual_router_id 54", "eth3\n    virtual_router_id 53", "virtual_router_id 53"),
    Change("interface-missing", "    interface eth1\n", "", "vrrp_instance VI_1"),
    Change("master-without-priority", "    priority 150\n", "", "state MASTER"),
    Change("priority-owner", "priority 150", "priority 255", "255"),
    Change("advert-fraction", "advert_int 1", "advert_int 0.5", "advert_int 0.5"),
    Change("advert-too-long", "advert_int 0.5", "advert_int 41", "advert_int 41"),
    Change("sync-daemon-hasty", SLOW_ADVERTS, FAST_ADVERTS, "advert_int 0.05"),
    Change("auth-ignored", "version 2", "version 3", "authentication"),
    Change("auth-ignored", "router_id director1", "router_id director1\n    vrrp_strict", "authentication"),
    Change("auth-pass-long", "auth_pass 1111", "auth_pass 123456789", "auth_pass"),
    Change("strict-mode", "router_id director1", "router_id director1\n    vrrp_strict", "vrrp_instance VI_1"),
    Change("vip-missing", VIP, "", "virtual_ipaddress"),
    Change("vip-family", VIP, VIP + "        fd00::41\n", "fd00::41"),
    Change("vip-unreadable", VIP, "        10.0.0.41/33\n", "/33"),
    Change("vip-unreadable", VIP, "        10.0.0.411\n", "10.0.0.411"),
    Change("vip-in-two-instances", "        10.2.0.1/24\n", "        10.4.0.1/24\n", "10.4.0.1"),
    # what is tracked
    Change("track-unknown", "        site\n", "        page\n", "page"),
    Change("script-unused", "        site\n", "", '"/usr/local/bin/site"'),
    Change("script-timeout", "fall 2", "timeout 9", "timeout 9"),
    Change("nopreempt-weight", "nopreempt", "nopreempt\n    track_script {\n        router\n    }", "        router"),
    Change("sync-weights", "        site\n", "        site weight -60\n", "weight -60"),
    Change("sync-unknown", "        VI_2\n", "        VI_2\n        VI_9\n", "VI_9"),
    Change("sync-alone", "        VI_2\n", "", "group"),
    Change("unicast-own-address", "        10.1.0.30\n", "        10.1.0.30\n        10.1.0.31\n", "unicast_peer"),
    Change("unicast-without-peer", "        10.1.0.30\n", "", "unicast_src_ip"),
    Change("garp-once", "router_id director1", "router_id director1\n    vrrp_min_garp", "vrrp_instance VI_1"),
    Change("script-security", "    enable_script_security\n", "", '"/usr/local/bin/site"'),
    # a virtual server
    Change("scheduler-unknown", "lvs_sched rr", "lvs_sched RR", "RR"),
    Change("scheduler-missing", "    lvs_sched rr\n", "", "virtual_server"),
    Change("scheduler-flag-ignored", "lvs_sched rr", "lvs_sched rr\n    sh-port", "sh-port"),
    Change("scheduler-flag-ignored", "lvs_sched rr", "lvs_sched sh\n    mh-port", "mh-port"),
    Change("scheduler-flag-ignored", "lvs_sched rr", "sh-fallback\n    lvs_sched sh", "sh-fallback"),
    Change("method-unknown", "lvs_method DR", "lvs_method dr", "lvs_method dr"),
    Change("method-missing", "    lvs_method DR\n", "", "virtual_server"),
    Change("protocol-missing", "    protocol TCP\n", "", "virtual_server"),
    Change("port-kept", "real_server 10.0.0.32 80", "real_server 10.0.0.32 8080", "8080"),
    Change("port-missing", "virtual_server 10.0.0.41 80", "virtual_server 10.0.0.41", "virtual_server"),
    Change("real-server-twice", "real_server 10.0.0.33", "real_server 10.0.0.32", "real_server 10.0.0.32"),
    Change("real-server-is-vip", "real_server 10.0.0.33", "real_server 10.0.0.41", "real_server 10.0.0.41"),
    Change("real-server-family", "real_server 10.0.0.33", "real_server fd00::33", "fd00::33"),
    Change("quorum-too-large", "quorum 2", "quorum 3", "quorum 3"),
    Change("hysteresis-too-large", "hysteresis 1", "hysteresis 2", "hysteresis 2"),
    Change("sorry-server-vip", "sorry_server 127.0.0.1", "sorry_server 10.0.0.39", "sorry_server"),
    Change("vip-not-held", "virtual_server 10.0.0.41", "virtual_server 10.0.0.42", "virtual_server"),
    Change("group-unknown", "virtual_server 10.0.0.41 80", "virtual_server group web", "virtual_server group"),
    Change("nat-same-network", "lvs_method DR", "lvs_method NAT", "lvs_method NAT"),
    Change("persistence-hides-scheduler", "quorum 2", "persistence_timeout 50", "persistence_timeout"),
    # its checks
    Change("delay-loop-default", "    delay_loop 4\n", "", "virtual_server"),
    Change("check-tcp-on-udp", "protocol TCP", "protocol UDP", "TCP_CHECK"),
    Change("check-shallow", "HTTP_GET", "TCP_CHECK", "TCP_CHECK"),
    Change("retry-word", "TCP_CHECK {", "TCP_CHECK {\n            nb_get_retry 3", "nb_get_retry"),
    Change("retry-old-word", "HTTP_GET {", "HTTP_GET {\n            nb_get_retry 3", "nb_get_retry"),
    Change("check-incomplete", "HTTP_GET {\n            url {", "HTTP_GET {\n            urls {", "HTTP_GET"),
    # the other router
    Change("priority-twice", "priority 100", "priority 150", "priority 150", in_backup=True),
    Change("masters-twice", "state BACKUP", "state MASTER", "state MASTER", in_backup=True),
    Change("master-of-lower-priority", "priority 150", "priority 90", "state MASTER"),
    Change("version-differs", "version 3", "version 2", "version 2", in_backup=True),
    Change("advert-differs", "advert_int 1", "advert_int 2", "advert_int 2", in_backup=True),
    Change("auth-differs", "auth_pass 1111", "auth_pass 2222", "authentication", in_backup=True),
    Change("vips-differ", "10.0.0.41/24", "10.0.0.40/24", "virtual_ipaddress", in_backup=True),
    Change("nopreempt-one-side", "state BACKUP", "state BACKUP\n    nopreempt", "nopreempt", in_backup=True),
    Change("unicast-one-side", "        10.1.0.31\n", "        10.1.0.77\n", "unicast_peer", in_backup=True),
    Change("sync-order", "priority 100", "priority 200", "group", in_backup=True),
    Change("services-differ", "lvs_sched rr", "lvs_sched wlc", "virtual_server", in_backup=True),
    Change("services-differ", "lvs_sched rr", "lvs_sched sh\n    sh-port", "virtual_server", in_backup=True),
    Change("sync-daemon-differs", "id 7", "id 8", "lvs_sync_daemon", in_backup=True),
]
ELSEWHERE = {"check-slow", "script-slow", "check-missing", "real-servers-missing", "weights-zero", "nothing-there"}
ELSEWHERE |= {"virtual-server-twice", "weight-too-small"}


def test_the_pair_that_tests_begin_with_has_no_finding() -> None:
    """Not even a note: whatever a change brings about is that change's."""
    assert linted(MASTER, BACKUP) == []


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change.rule}: {change.new.strip()[:30]}")
def test_a_change_for_the_worse_is_found_on_its_line(change: Change) -> None:
    """The rule speaks, and its line is the one to look at."""
    texts = [MASTER, BACKUP]
    texts[change.in_backup] = changed(texts[change.in_backup], change.old, change.new)
    named = [one for one in linted(*texts) if one.rule == change.rule]
    assert named, f"{change.rule} did not speak"
    lines = texts["ab".index(named[0].source[0])].split("\n")
    assert change.shown in lines[named[0].line - 1]


def test_every_rule_is_tried() -> None:
    """A rule that no test makes speak may never speak."""
    assert {change.rule for change in CHANGES} | ELSEWHERE == {rule.name for rule in RULES}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("# nothing\n", "nothing-there"),
        ("virtual_server 10.0.0.1 80 {\n protocol TCP\n}\n", "real-servers-missing"),
        ("virtual_server 10.0.0.1 80 {\n real_server 10.0.0.2 80 {\n }\n}\n", "check-missing"),
        ("virtual_server 10.0.0.1 80 {\n real_server 10.0.0.2 80 {\n weight 0\n }\n}\n", "weights-zero"),
        (2 * "virtual_server 10.0.0.1 80 {\n protocol TCP\n}\n", "virtual-server-twice"),
    ],
)
def test_a_file_that_lacks_what_matters(text: str, rule: str) -> None:
    """Nothing in it, no server, no check, no weight; or the same service twice."""
    assert rule in rules_of(linted(text))


def test_a_schedulers_own_flags_are_fine() -> None:
    """Below it, and on both directors."""
    both = [changed(text, "lvs_sched rr", "lvs_sched mh\n    mh-fallback\n    mh-port") for text in (MASTER, BACKUP)]
    assert linted(*both) == []


def test_directors_that_hash_by_other_flags_differ() -> None:
    """After a failover another server would answer each client; a flag that is ignored makes no difference."""
    plain, flagged = "lvs_sched sh", "lvs_sched sh\n    sh-port"
    pair = changed(MASTER, "lvs_sched rr", plain), changed(BACKUP, "lvs_sched rr", flagged)
    assert rules_of(linted(*pair)) == {"services-differ"}
    ignored = changed(BACKUP, "lvs_sched rr", "lvs_sched sh\n    mh-port")
    assert rules_of(linted(pair[0], ignored)) == {"scheduler-flag-ignored"}


def test_nothing_is_slow_without_a_budget() -> None:
    """How long is too long only the reader knows."""
    slow = MASTER.replace("connect_timeout 2", "connect_timeout 60").replace("interval 2", "interval 60")
    assert not rules_of(linted(slow)) & {"check-slow", "script-slow"}


@pytest.mark.parametrize(
    ("budget", "found"), [(13, set()), (12.9, {"check-slow"}), (5, {"check-slow", "script-slow"})]
)
def test_what_is_slower_than_the_budget_is_found(budget: float, found: set[str]) -> None:
    """HTTP_GET: 4 + 1 × 3 + 2 × 2 = 11 s and TCP_CHECK 9 s; the script 2 × 2 + 2 = 6 s."""
    slower = changed(MASTER, "connect_timeout 2", "connect_timeout 3")
    assert rules_of(linted(slower, BACKUP, budget=budget)) & {"check-slow", "script-slow"} == found


def test_the_slowest_server_of_a_service_stands_for_all() -> None:
    """Ten servers with the same check are one finding."""
    found = [one for one in linted(MASTER, budget=1) if one.rule == "check-slow"]
    assert [one.message for one in found] == ["10.0.0.41 80: 10.0.0.32 is removed after 11 s at worst, expected 1 s"]


@pytest.mark.parametrize("line", ["include more.conf", "$UNKNOWN", "~SEQ(X, 1, 3) 10.0.0.$X"])
def test_nothing_is_called_missing_that_may_come_from_elsewhere(line: str) -> None:
    """Any directive may stand in an include, a parameter or a sequence."""
    text = f"vrrp_instance VI_1 {{\n {line}\n}}\n"
    assert rules_of(linted(text)) == {"not-evaluated"}


def test_nothing_is_said_of_a_directive_behind_a_condition() -> None:
    """What follows from the others is."""
    found = rules_of(linted("vrrp_instance VI_1 {\n interface eth0\n @main virtual_router_id 5\n}\n"))
    assert found == {"vip-missing", "not-evaluated"}


def test_scripts_of_a_user_of_their_own_are_fine() -> None:
    """keepalived complains of scripts that run as root."""
    text = MASTER.replace("    enable_script_security\n", "").replace("script_user root", "script_user nobody")
    assert "script-security" not in rules_of(linted(text))


def test_the_same_number_on_two_interfaces_is_fine() -> None:
    """A virtual_router_id is of an interface, a family, and a group of unicast peers."""
    same = changed(MASTER, "virtual_router_id 54", "virtual_router_id 53")
    assert "vrid-twice" not in rules_of(linted(same))


def test_a_weight_that_changes_the_order_is_fine_whatever_its_sign() -> None:
    """150 - 60 is below 100; and 150, without its 60, is below 100 + 60."""
    for weight in ("weight -60", "weight 60"):
        pair = [text.replace("weight 60", weight) for text in (MASTER, BACKUP)]
        assert "weight-too-small" not in rules_of(linted(*pair))


@pytest.mark.parametrize("weight", ["weight 40", "weight -40"])
def test_a_weight_that_leaves_the_failing_master_in_front_is_found(weight: str) -> None:
    """150 against 100 + 40; 150 - 40 against 100."""
    pair = [text.replace("weight 60", weight) for text in (MASTER, BACKUP)]
    found = [one for one in linted(*pair) if one.rule == "weight-too-small"]
    assert [(one.source, pair[0].split("\n")[one.line - 1].strip()) for one in found] == [("a.conf", "router")]


@pytest.mark.parametrize("weight", ["weight 40", "weight -40"])
def test_the_other_routers_priority_as_told_stands_for_its_file(weight: str) -> None:
    """150 against 100 + 40, for it tracks the same; 150 - 40 against 100. With 120 the order changes."""
    conf = parse(MASTER.replace("weight 60", weight), "a.conf")
    assert "weight-too-small" not in rules_of(lint([conf]))
    told = next(one for one in lint([conf], backup_priority=100) if one.rule == "weight-too-small")
    left, best = (150, 140) if weight == "weight 40" else (110, 100)
    assert told.message == f"VI_4: with router failed {left} is left, which still beats {best}"
    assert "weight-too-small" not in rules_of(lint([conf], backup_priority=120))


def test_a_backups_file_is_not_blamed_for_its_own_priority() -> None:
    """It is to be behind."""
    conf = parse(BACKUP.replace("weight 60", "weight 20"), "b.conf")
    assert "weight-too-small" not in rules_of(lint([conf], backup_priority=150))


def test_findings_stand_in_the_order_of_lines_and_each_once() -> None:
    """The worst first on a line, file after file."""
    text = "vrrp_instance VI_1 {\n state SLAVE\n}\n"
    found = linted(text, text)
    order = tuple(Severity)
    places = [(one.source, one.line, order.index(one.severity)) for one in found]
    assert places == sorted(places)
    assert len(found) == len(set(found))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_says_all_that_a_reader_needs(rule: Rule) -> None:
    """A title that is a sentence, a reason, a remedy and a source."""
    assert rule.title.startswith("Find ") and rule.title.endswith(".")
    assert rule.reason.endswith(".") and rule.remedy and rule.reference
    assert rule.name == rule.name.lower() and " " not in rule.name
