"""Whether a lab is what its file says: each deviation has its line, and nothing else has one."""

from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address

import pytest

from lvslab.errors import ExpectationError, NodeError
from lvslab.host.isolation import Keeper
from lvslab.host.state import Phase, State
from lvslab.lifecycle import status, verify
from lvslab.lifecycle.status import Answers
from lvslab.model import Lab
from lvslab.model.table import endpoint, rows_of
from lvslab.nodes.probe import Reading
from tests.unit.recorded import NODES, altered, reading, status_of

STATE = State("lvs-dr", "lvs-dr", Phase.READY, Keeper(1, 1), "tcg", "sha256", "digest")
BOTH = "192.168.18.32:80 (DR 1), 192.168.18.33:80 (DR 1)"
Said = dict[str, dict[str, Reading]]
Deviation = Callable[[Said], Answers]


def answers() -> Said:
    """Return what the nodes of a provisioned lab said."""
    return {name: status_of("lvs-dr", name) for name in NODES}


def from_state(state: str, *nodes: str) -> Deviation:
    """Return the deviation of a lab some of whose nodes were recorded in another state."""
    return lambda said: {**said, **{name: status_of(state, name) for name in nodes}}


def one(node: str, probe: str, old: str, new: str) -> Deviation:
    """Return the deviation of a lab where one reading of one node says something else."""
    return lambda said: {**said, node: altered(said[node], probe, old, new)}


def lines_of(lab: Lab, said: Answers, **there: str) -> list[str]:
    """Return what is told of a lab whose nodes said this."""
    return verify.mismatches(lab, status.assemble(lab, STATE, dict.fromkeys(NODES, "running") | there, said))


def test_a_lab_that_is_as_expected_has_no_mismatch(lab: Lab) -> None:
    """Nothing is told of what a provisioned lab really said."""
    assert lines_of(lab, answers()) == []


@pytest.mark.parametrize(
    ("deviation", "expected"),
    [
        (
            one(
                "director1",
                "ipvs",
                "Route   1      0          0         \n",
                "Route   0      0          0         \n",
            ),
            [
                "director1: 192.168.18.41:80 has real servers 192.168.18.32:80 (DR 0), 192.168.18.33:80 (DR 0),"
                f" expected {BOTH}"
            ],
        ),
        (
            one("director2", "ipvs", "192.168.18.41:80 rr", "192.168.18.41:80 wlc"),
            ["director2: 192.168.18.41:80 is scheduled by wlc, expected rr"],
        ),
        (
            one("director2", "ipvs", "TCP  192.168.18.41:80", "TCP  192.168.18.42:80"),
            ["director2: no virtual service 192.168.18.41:80 in the IPVS table"],
        ),
        (
            one("director1", "ipvs", "Route   1", "Masq    1"),
            [
                "director1: 192.168.18.41:80 has real servers 192.168.18.32:80 (NAT 1), 192.168.18.33:80 (NAT 1),"
                f" expected {BOTH}"
            ],
        ),
        (
            from_state("web1-stopped", "director1", "director2", "web1"),
            [
                f"director1: 192.168.18.41:80 has real servers 192.168.18.33:80 (DR 1), expected {BOTH}",
                f"director2: 192.168.18.41:80 has real servers 192.168.18.33:80 (DR 1), expected {BOTH}",
                "web1: apache2 does not run",
            ],
        ),
        (
            from_state("director1-keepalived-stopped", "director1", "director2"),
            [
                "192.168.18.41: held by director2, expected on director1",
                "director1: no virtual service 192.168.18.41:80 in the IPVS table",
            ],
        ),
        (
            from_state("director1-keepalived-stopped", "director1"),
            [
                "192.168.18.41: no director holds it, expected on director1",
                "director1: no virtual service 192.168.18.41:80 in the IPVS table",
            ],
        ),
        (
            from_state("director1-keepalived-stopped", "director2"),
            ["192.168.18.41: held by director1 and director2, expected on director1"],
        ),
        (
            lambda said: {**said, "director2": {**said["director2"], "ipvs": Reading(1, "ipvsadm: not permitted\n")}},
            ["director2: no IPVS table: ipvsadm: not permitted"],
        ),
        (
            lambda said: {**said, "director1": {**said["director1"], "ipvs": reading("ipvsadm/no-real-server.txt")}},
            [f"director1: 192.168.18.41:80 has real servers none, expected {BOTH}"],
        ),
        (
            from_state("array-rebuilding", "nfs"),
            [
                "nfs: /dev/md5 is raid5 with 2 active and 1 spare devices, expected raid5 with 3 and 1",
                "nfs: /dev/md5 is clean, degraded, recovering, expected clean",
            ],
        ),
        (
            from_state("array-degraded", "nfs"),
            [
                "nfs: /dev/md5 is raid5 with 2 active and 0 spare devices, expected raid5 with 3 and 1",
                "nfs: /dev/md5 is clean, degraded, expected clean",
            ],
        ),
        (
            lambda said: {**said, "nfs": {**said["nfs"], "array": reading("mdadm/inactive.txt")}},
            [
                "nfs: /dev/md5 is raid5 with 0 active and 0 spare devices, expected raid5 with 3 and 1",
                "nfs: /dev/md5 is inactive, expected clean",
            ],
        ),
        (
            lambda said: {**said, "nfs": {**said["nfs"], "array": reading("mdadm/missing.txt", 1)}},
            ["nfs: /dev/md5 cannot be read: mdadm: cannot open /dev/md7: No such file or directory"],
        ),
        (one("nfs", "mounts", '"target": "/web"', '"target": "/mnt"'), ["nfs: nothing is mounted on /web"]),
        (one("nfs", "exports", "/web  ", "/srv  "), ["nfs: /web is not exported"]),
        (
            one("director1", "ipvs", "192.168.18.41:80 rr", "192.168.18.41:80 rr persistent 300"),
            ["director1: 192.168.18.41:80 has persistent 300, expected no flags"],
        ),
        (one("web2", "units", "ActiveState=active", "ActiveState=failed"), ["web2: apache2 does not run"]),
        (
            one("web1", "mounts", '"target": "/var/www/html"', '"target": "/mnt"'),
            ["web1: nothing is mounted on /var/www/html"],
        ),
        (
            lambda said: {**said, "web1": NodeError("web1: no end to a command after 20 s")},
            ["web1: no end to a command after 20 s"],
        ),
    ],
)
def test_each_deviation_has_its_line(lab: Lab, deviation: Deviation, expected: list[str]) -> None:
    """Object, what was seen, what was expected; nothing is told that is right."""
    assert lines_of(lab, deviation(answers())) == expected


def test_a_machine_that_is_off_is_told(lab: Lab) -> None:
    """The machine first, and then what cannot be known without it."""
    said = answers()
    del said["nfs"]
    assert lines_of(lab, said, nfs="shut off") == [
        "nfs: the machine is shut off, expected running",
        "nfs: /dev/md5 cannot be read: nfs is not running",
    ]


def test_weights_and_ports_of_the_lab_file_are_expected(lab: Lab) -> None:
    """A weight of 0 is a row like any other, and NAT may change the port."""
    http = lab.virtual_services[0]
    first, second = http.real_servers
    changed = http.model_copy(update={"real_servers": (first.model_copy(update={"weight": 0, "port": 8080}), second)})
    assert rows_of(lab, changed) == {
        "192.168.18.32:8080": ("DR", 0),
        "192.168.18.33:80": ("DR", 1),
    }


@pytest.mark.parametrize(
    ("address", "expected"), [("192.168.18.41", "192.168.18.41:80"), ("fd00::1", "[fd00::1]:80")]
)
def test_endpoints_are_written_as_ipvsadm_does(address: str, expected: str) -> None:
    """The rows that are expected can be compared with those that ipvsadm prints."""
    assert endpoint(ip_address(address), 80) == expected


def test_a_lab_is_looked_at_until_it_is_as_expected(
    lab: Lab, served: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong is told as progress; the status that is returned is the right one."""
    good = status.assemble(lab, STATE, dict.fromkeys(NODES, "running"), answers())
    assert good.vip is not None
    looks = iter([replace(good, vips=(replace(good.vip, holder="director2"),)), good])
    monkeypatch.setattr(status, "current", lambda lab, state, remotes: next(looks))
    monkeypatch.setattr(verify.time, "sleep", lambda seconds: None)
    served[:] = ["web1", "web2"] * 10
    told: list[str] = []
    assert verify.wait_until_as_expected(lab, STATE, {}, 10, told.append) is good
    assert told == ["192.168.18.41: held by director2, expected on director1"]


def test_a_lab_that_stays_wrong_is_an_error_with_every_line(
    lab: Lab, served: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that is not as expected is told at once."""
    wrong = status.assemble(
        lab, STATE, dict.fromkeys(NODES, "running"), from_state("array-degraded", "nfs")(answers())
    )
    monkeypatch.setattr(status, "current", lambda lab, state, remotes: wrong)
    served[:] = ["web1", "web2"] * 5
    with pytest.raises(ExpectationError, match="lvs-dr: 2 things are not as the lab file says, after 0 s") as caught:
        verify.wait_until_as_expected(lab, STATE, {}, 0)
    assert caught.value.details == verify.mismatches(lab, wrong)


def test_without_preemption_the_vip_may_be_on_any_director(lab: Lab) -> None:
    """It stays where the last failover has put it, and nothing is wrong with that."""
    instance = lab.vrrp_instances[0]
    calm = lab.model_copy(update={"vrrp_instances": (instance.model_copy(update={"nopreempt": True}),)})
    [vip] = lab.vips
    assert lab.may_hold(vip) == ("director1",)
    assert calm.may_hold(vip) == ("director1", "director2")
