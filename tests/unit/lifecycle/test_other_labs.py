"""Status and expectations of other labs: tunnels, directors without VRRP, two VIPs that move as one."""

from dataclasses import replace

from lvslab.host.isolation import Keeper
from lvslab.host.state import Phase, State
from lvslab.lifecycle import verify
from lvslab.lifecycle.status import Status, assemble
from lvslab.model import Lab, load_lab
from tests.unit.recorded import LABS, altered, status_of

RUNNING = dict.fromkeys(("director1", "director2", "web1", "web2", "nfs"), "running")


def seen(name: str, *nodes: str, **changes: tuple[str, str, str]) -> tuple[Lab, Status]:
    """Return a lab and its status by what some nodes said, one reading of a node changed."""
    lab = load_lab(LABS / f"{name}.yml")
    answers = {node: status_of(name, node) for node in nodes}
    for node, change in changes.items():
        answers[node] = altered(answers[node], *change)
    state = State("x", name, Phase.READY, Keeper(1, 1), "tcg", "", "")
    return lab, assemble(lab, state, RUNNING, answers)


def of(lines: list[str], node: str) -> list[str]:
    """Return the lines about a node that was asked."""
    return [line for line in lines if line.startswith(f"{node}: ") and "not running" not in line]


def test_a_vip_in_the_tunnel_is_seen() -> None:
    """It is on tunl0, and lo has none."""
    _, status = seen("lvs-tun", "web1")
    assert (status.web["web1"].vips_on_lo, status.web["web1"].vips_on_tunnel) == ((), ("192.168.10.200/32",))


def test_a_tunnel_without_its_vip_is_told() -> None:
    """What comes out of it would be for nobody."""
    lab, status = seen("lvs-tun", "web1", web1=("addresses", '"local":"192.168.10.200"', '"local":"192.168.10.201"'))
    assert of(verify.mismatches(lab, status), "web1") == ["web1: 192.168.10.200/32 is not on tunl0"]


def test_a_director_without_vrrp_misses_no_keepalived() -> None:
    """It holds its VIP, has its table, and that is all that is expected of it."""
    lab, status = seen("lvs-dr-ipvsadm", "director1")
    assert (status.ipvs["director1"].vrrp, status.ipvs["director1"].reason) == (None, None)
    assert status.vip is not None and status.vip.holder == "director1"
    assert of(verify.mismatches(lab, status), "director1") == []


def test_both_vips_are_expected_on_the_master() -> None:
    """One that is elsewhere, or nowhere, is told with where it should be."""
    gone = ("addresses", '"local":"192.168.0.254"', '"local":"192.168.0.99"')
    lab, status = seen("lvs-nat", "director1", director1=gone)
    assert [vip.holder for vip in status.vips] == ["director1", None]
    status = replace(status, vips=status.vips[1:])
    [line] = [each for each in verify.mismatches(lab, status) if each.startswith("192.168.0.254")]
    assert line.startswith("192.168.0.254: no director holds it") and line.endswith("expected on director1")


def test_a_director_that_is_a_real_server_is_asked_for_its_httpd() -> None:
    """Beside its table; it has no hidden VIP, for it has the VIP anyway."""
    lab, status = seen("lvs-nat-local", "director1")
    assert status.web["director1"].httpd is True
    assert status.ipvs["director1"].services is not None
    assert of(verify.mismatches(lab, status), "director1") == []
