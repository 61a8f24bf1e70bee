"""Labs of several networks: who has to reach whom, and what is said where that is not so."""

from pathlib import Path

import pytest

from lvslab.errors import LabFileError
from lvslab.model import load_lab, parse_lab
from tests.unit.recorded import LABS

EVERY = sorted(LABS.glob("*.yml"))


def mistakes_after(name: str, *changes: tuple[str, str]) -> list[str]:
    """Return what is wrong with a lab of the repository after changes, without file and line."""
    text = (LABS / f"{name}.yml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    with pytest.raises(LabFileError) as caught:
        parse_lab(text, "x.yml")
    return [line.split(": ", 1)[1] for line in caught.value.details]


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_every_lab_that_comes_with_lvslab_is_good(path: Path) -> None:
    """And is called what its file is called."""
    assert load_lab(path).name == path.stem


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        (
            "lvs-dr-ipvsadm",
            "title:",
            "detection_budget: 5\ntitle:",
            "detection_budget: found 5, allowed: only with VRRP, for it is keepalived that notices",
        ),
        (
            "lvs-nat",
            "{inside: 192.168.0.160}, gateway: 192.168.0.254",
            "{inside: 192.168.0.160}",
            "nodes.web1.gateway: is missing, allowed with NAT: a director's (192.168.0.254)",
        ),
        (
            "lvs-nat",
            "{inside: 192.168.0.160}, gateway: 192.168.0.254",
            "{inside: 192.168.0.160}, gateway: 192.168.0.253",
            "nodes.web1.gateway: found 192.168.0.253, allowed with NAT: a director's (192.168.0.254)",
        ),
        (
            "lvs-nat",
            "{inside: 192.168.0.160}, gateway: 192.168.0.254",
            "{inside: 192.168.0.160}, gateway: 192.168.10.254",
            "nodes.web1.gateway: 192.168.10.254 is in none of the networks that it is to be reached by (inside)",
        ),
        (
            "lvs-nat",
            "{node: web1, weight: 1}",
            "{node: director1, weight: 1}",
            "virtual_services[0].real_servers[0].node: found a director, allowed: only where it is the one director;"
            " the backup would answer past the master",
        ),
        (
            "lvs-nat",
            "instances: [VI_outside, VI_inside]",
            "instances: [VI_outside, VI_inner]",
            "vrrp_sync_groups[0].instances[1]: there is no instance 'VI_inner', allowed: VI_inside, VI_outside",
        ),
        (
            "lvs-nat",
            "192.168.0.254]\n    priorities: {director1: 100, director2: 99}",
            "192.168.0.254]\n    priorities: {director1: 100}",
            "vrrp_sync_groups[0].instances[1]: VI_inside has other directors than VI_outside, allowed: the same"
            " in a group",
        ),
        (
            "lvs-nat",
            "nfs: {role: idle",
            "nfs: {role: web",
            "nodes.nfs: addresses: found none, allowed: at least one, or role idle",
        ),
        (
            "lvs-tun",
            "{near: 192.168.10.100}, gateway: 192.168.10.1}",
            "{near: 192.168.10.100}, gateway: 192.168.10.9}",
            "nodes.director1.gateway: 192.168.10.9 is nobody's address, allowed: a router's, a VIP,"
            " or another node's",
        ),
        (
            "lvs-tun",
            "{far: 192.168.0.170}, gateway: 192.168.0.1}",
            "{far: 192.168.0.170}}",
            "virtual_services[0].real_servers[0].node: web1 shares no network with the client, which it answers,"
            " and has no gateway",
        ),
        (
            "lvs-tun",
            "  router: {addresses",
            "  web1: {addresses",
            "routers.web1: found the name of a node, allowed: another than director1, director2, web1, web2, nfs",
        ),
        (
            "lvs-dr-routers",
            "{outside: 192.168.10.140}, gateway: 192.168.10.251}",
            "{outside: 192.168.10.140}}",
            "virtual_services[0].address: 192.168.0.200 is on network lan, where the client is not and"
            " has no gateway to",
        ),
        (
            "lvs-dr-ipvsadm",
            "virtual_addresses: [192.168.18.41]",
            "virtual_addresses: [192.168.18.41, 192.168.19.41]",
            "nodes.director1.virtual_addresses[1]: 192.168.19.41 is in none of the networks that director1 is on"
            " (lan)",
        ),
        (
            "lvs-dr-ipvsadm",
            "{role: web, addresses: {lan: 192.168.18.32}}",
            "{role: web, addresses: {lan: 192.168.18.32}, virtual_addresses: [192.168.18.50]}",
            "nodes.web1.virtual_addresses[0]: found a VIP of a node with role web, allowed: of a director",
        ),
        (
            "lvs-dr",
            "director2: {role: director, addresses: {lan: 192.168.18.30}}",
            "director2: {role: director, addresses: {lan: 192.168.18.30}, virtual_addresses: [192.168.18.50]}",
            "nodes.director2.virtual_addresses[0]: found a VIP for good beside VRRP, allowed: one of the two",
        ),
    ],
)
def test_a_part_that_others_cannot_reach_is_named(name: str, old: str, new: str, expected: str) -> None:
    """One change for the worse gives one line, which says what is allowed there."""
    assert mistakes_after(name, (old, new)) == [expected]


def test_an_instance_is_in_one_group_only() -> None:
    """Every instance that is in a second group is named, with where it is already."""
    second = "instances: [VI_outside, VI_inside]}\n  - {name: VG_2, instances: [VI_inside, VI_outside]}"
    assert mistakes_after("lvs-nat", ("instances: [VI_outside, VI_inside]}", second)) == [
        "vrrp_sync_groups[1].instances[0]: the instance VI_inside is taken by vrrp_sync_groups[0].instances[1]",
        "vrrp_sync_groups[1].instances[1]: the instance VI_outside is taken by vrrp_sync_groups[0].instances[0]",
    ]


def test_without_the_directors_gateway_the_tunnel_leads_nowhere() -> None:
    """Each real server that a director cannot reach is named."""
    assert mistakes_after(
        "lvs-tun", ("{near: 192.168.10.100}, gateway: 192.168.10.1}", "{near: 192.168.10.100}}")
    ) == [
        "virtual_services[0].real_servers[0].node: director1 shares no network with web1 and has no gateway",
        "virtual_services[0].real_servers[1].node: director1 shares no network with web2 and has no gateway",
    ]


def test_a_client_inside_would_be_answered_past_the_director() -> None:
    """With NAT the client's network is none of the real servers'."""
    found = mistakes_after(
        "lvs-nat",
        (
            "client: {addresses: {outside: 192.168.10.140}}",
            "client: {addresses: {inside: 192.168.0.140, outside: 192.168.10.140}}",
        ),
    )
    assert found == [
        f"virtual_services[0].real_servers[{number}].node: web{number + 1} is on network inside as the client is,"
        " and would answer it past the director"
        for number in (0, 1)
    ]


@pytest.mark.parametrize("name", ["management", "spare", "lo"])
def test_names_that_lvslab_uses_are_no_networks(name: str) -> None:
    """A bridge or an interface has the name already."""
    text = (LABS / "lvs-dr-ipvsadm.yml").read_text().replace("lan:", f"{name}:")
    with pytest.raises(LabFileError) as caught:
        parse_lab(text, "x.yml")
    assert (
        f"networks.{name}: found {name!r}, which lvslab uses itself; allowed: another name" in caught.value.details[0]
    )
