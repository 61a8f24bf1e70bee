"""A director: the kernel's settings, keepalived's configuration, and keepalived."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lvslab.model import Forwarding, Lab, load_lab
from lvslab.model.load import parse_lab
from lvslab.nodes.facts.system import File
from lvslab.nodes.probe import Readings
from provision import director
from provision.director import KEEPALIVED_CONF, MODULES, SYSCTL, keepalived_conf
from provision.role import Facts
from provision.step import Run, Step, Write
from tests.unit.recorded import FIXTURES, LABS, altered, facts_of, with_files

GOLDEN = FIXTURES / "golden"
Deviation = Callable[[Readings], Readings]


def steps_of(lab: Lab, readings: Readings, node: str = "director1") -> list[Step]:
    """Return the role's plan."""
    return director.plan(lab, lab.node(node), Facts(readings))


def variant(old: str, new: str) -> Lab:
    """Return the default lab with one thing written otherwise."""
    text = (LABS / "lvs-dr.yml").read_text()
    assert old in text
    return parse_lab(text.replace(old, new))


@pytest.mark.parametrize(
    "name",
    [
        "lvs-dr",
        "lvs-dr-document",
        "lvs-dr-guarded",
        "lvs-dr-persistence",
        "lvs-dr-fwmark",
        "lvs-dr-active",
        "lvs-dr-checks",
    ],
)
@pytest.mark.parametrize("node", ["director1", "director2"])
def test_keepalived_is_configured_as_the_lab_says(name: str, node: str) -> None:
    """The whole file, word for word: what a change of lab file or template changes is seen in its diff."""
    lab = load_lab(LABS / f"{name}.yml")
    written = keepalived_conf(lab, lab.node(node), Facts(facts_of("lvs-dr", node)))
    assert written == Path(GOLDEN, f"{name}.{node}.keepalived.conf").read_text()


def test_the_golden_files_are_what_keepalived_ran_with() -> None:
    """The file of the recorded director, which keepalived took, is the golden one."""
    there = Facts(facts_of("lvs-dr", "director1")).files[KEEPALIVED_CONF]
    assert there.content == Path(GOLDEN, "lvs-dr.director1.keepalived.conf").read_text()


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('auth_pass: "1111"', 'auth_pass: "s3cret"', "        auth_pass s3cret\n"),
        ("advert_int: 1 ", "advert_int: 3 ", "    advert_int 3\n"),
        ("virtual_router_id: 51", "virtual_router_id: 7", "    virtual_router_id 7\n"),
        ("scheduler: rr", "scheduler: wlc", "    lvs_sched wlc\n"),
        # keepalived takes a flag only after the scheduler that it belongs to
        ("scheduler: rr", "scheduler: mh\n    scheduler_flags: [mh-port]", "    lvs_sched mh\n    mh-port\n"),
        ("forwarding: DR", "forwarding: TUN", "    lvs_method TUN\n"),
        ("{node: web1, weight: 1}", "{node: web1, weight: 5}", "        weight 5\n"),
        ("type: TCP_CHECK", "type: HTTP_GET", "        HTTP_GET {\n            url {\n                path /\n"),
        ("delay_loop: 2", "delay_loop: 9", "    delay_loop 9\n"),
        ("retry: 1", "retry: 4", "            retry 4\n"),
        ("delay_loop: 2", "persistence_timeout: 5", "    persistence_timeout 5\n"),
        (
            "delay_loop: 2",
            "persistence_timeout: 5\n    persistence_granularity: 24",
            "    persistence_granularity 255.255.255.0\n",
        ),
        ("delay_loop: 2", "quorum: 2", "    quorum 2\n"),
        ("delay_loop: 2", "quorum: 2\n    quorum_up: [/bin/a, b]", '    quorum_up "/bin/a b"\n'),
        ("type: TCP_CHECK", f"type: HTTP_GET\n      digest: {'a' * 32}", f"                digest {'a' * 32}\n"),
        ("delay_loop: 2", "sorry_server: {port: 80}", "    sorry_server 127.0.0.1 80\n"),
        ("version: 2", "higher_prio_send_advert: true", "    higher_prio_send_advert true\n"),
        ("client:", "lvs_timeouts: {tcpfin: 1}\nclient:", "    lvs_timeouts tcp 900 tcpfin 1 udp 300\n"),
        ("client:", "sync_daemon: {network: lan, sync_id: 7}\nclient:", "    lvs_sync_daemon eth1 VI_1 id 7\n"),
    ],
)
def test_each_word_of_the_lab_file_has_its_line(old: str, new: str, line: str) -> None:
    """What a lab file says otherwise, keepalived is told otherwise."""
    lab = variant(old, new)
    assert line in keepalived_conf(lab, lab.node("director1"), Facts(facts_of("bare", "director1")))


def test_what_the_lab_file_leaves_out_is_left_out() -> None:
    """No password, no authentication; no check, no health check."""
    lab = variant('    auth_pass: "1111"', "    # none")
    written = keepalived_conf(lab, lab.node("director1"), Facts(facts_of("bare", "director1")))
    assert "authentication" not in written
    text = (LABS / "lvs-dr.yml").read_text()
    unchecked = parse_lab(text[: text.index("    check:")])
    assert "CHECK" not in keepalived_conf(unchecked, unchecked.node("director1"), Facts({}))


def test_braces_are_even() -> None:
    """keepalived takes a block that is not closed for the rest of the file."""
    for path in GOLDEN.glob("*.keepalived.conf"):
        text = path.read_text()
        assert text.count("{") == text.count("}") > 0, path.name


def test_a_bare_director_is_set_up_in_order(lab: Lab) -> None:
    """The module before its settings, the settings before keepalived, and nothing reloaded that does not run."""
    steps = steps_of(lab, facts_of("bare", "director1"))
    assert [step.what for step in steps] == [
        f"write {MODULES}",
        "load ip_vs",
        f"write {SYSCTL}",
        f"apply {SYSCTL}",
        f"write {KEEPALIVED_CONF}",
        "start keepalived.service",
    ]


def test_a_configuration_is_checked_before_it_counts(lab: Lab) -> None:
    """keepalived itself looks at the new file first; what it refuses never takes the old one's place."""
    (written,) = (
        step for step in steps_of(lab, facts_of("bare", "director1")) if step.what == f"write {KEEPALIVED_CONF}"
    )
    assert isinstance(written, Write)
    assert written.check == ("keepalived", "-t", "-f")


@pytest.mark.parametrize(
    ("deviation", "repair"),
    [
        (lambda seen: with_files(seen, {MODULES: None}), [f"write {MODULES}", "load ip_vs"]),
        (
            lambda seen: altered(seen, "sysctls", "net.ipv4.vs.expire_nodest_conn = 1\n", ""),
            ["load ip_vs", f"apply {SYSCTL}"],
        ),
        (lambda seen: altered(seen, "sysctls", "ip_forward = 0", "ip_forward = 1"), [f"apply {SYSCTL}"]),
        (lambda seen: with_files(seen, {SYSCTL: File("")}), [f"write {SYSCTL}", f"apply {SYSCTL}"]),
        (
            lambda seen: with_files(seen, {KEEPALIVED_CONF: File("vrrp_instance X {}\n")}),
            [f"write {KEEPALIVED_CONF}", "reload keepalived"],
        ),
        (lambda seen: facts_of("director1-keepalived-stopped", "director1"), ["start keepalived.service"]),
        (
            lambda seen: with_files(facts_of("director1-keepalived-stopped", "director1"), {KEEPALIVED_CONF: None}),
            [f"write {KEEPALIVED_CONF}", "start keepalived.service"],
        ),
        (
            lambda seen: altered(
                seen, "units", "keepalived.service\nActiveState=active\nUnitFileState=enabled",
                "keepalived.service\nActiveState=active\nUnitFileState=disabled",
            ),
            ["start keepalived.service"],
        ),
    ],
)  # fmt: skip
def test_what_differs_is_repaired_and_nothing_else(lab: Lab, deviation: Deviation, repair: list[str]) -> None:
    """keepalived that runs is reloaded, which keeps connections; one that does not is started."""
    assert [step.what for step in steps_of(lab, deviation(facts_of("lvs-dr", "director1")))] == repair


@pytest.mark.parametrize(
    ("forwarding", "value"), [(Forwarding.DR, "0"), (Forwarding.TUN, "0"), (Forwarding.NAT, "1")]
)
def test_a_director_forwards_only_for_nat(lab: Lab, forwarding: Forwarding, value: str) -> None:
    """With NAT, replies go back through the director; without, it is no router."""
    service = lab.virtual_services[0].model_copy(update={"forwarding": forwarding})
    natted = lab.model_copy(update={"virtual_services": (service,)})
    assert director.settings(natted)["net.ipv4.ip_forward"] == value


def test_a_change_of_the_lab_reloads_keepalived_on_both_directors() -> None:
    """From the default lab to the one with production's timers, nothing but keepalived's file is written."""
    lab = load_lab(LABS / "lvs-dr-document.yml")
    for node in ("director1", "director2"):
        steps = steps_of(lab, facts_of("lvs-dr", node), node)
        assert [step.what for step in steps] == [f"write {KEEPALIVED_CONF}", "reload keepalived"]
        assert isinstance(steps[1], Run) and steps[1].argv == ("systemctl", "reload", "keepalived.service")


def test_a_director_that_syncs_tells_of_a_connection_when_it_is_established(lab: Lab) -> None:
    """Which is at its second packet; a director without a backup to tell keeps the kernel's setting."""
    guarded = load_lab(LABS / "lvs-dr-guarded.yml")
    name = "net.ipv4.vs.sync_threshold"
    assert director.settings(guarded)[name] == "2\t50"
    assert name not in director.settings(lab)


@pytest.mark.parametrize("key", ["nopreempt: true", "preempt_delay: 300"])
def test_who_waits_with_taking_the_vip_back_does_not_start_as_master(key: str) -> None:
    """keepalived ignores both words where the state is MASTER (keepalived.conf(5))."""
    lab = variant("version: 2", key)
    for name in ("director1", "director2"):
        written = keepalived_conf(lab, lab.node(name), Facts(facts_of("lvs-dr", name)))
        assert "    state BACKUP\n" in written
        assert f"    {key.replace(': true', '').replace(':', '')}\n" in written
