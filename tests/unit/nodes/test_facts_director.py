"""IPVS tables and VRRP states, read from what real directors said."""

import re

import pytest

from lvslab.nodes.facts import director
from lvslab.nodes.facts.director import RealServer, Service
from lvslab.nodes.probe import NOTHING, Reading
from tests.unit.recorded import reading

WEB1, WEB2 = "192.168.18.32:80", "192.168.18.33:80"


def test_every_instance_of_a_sync_group_has_its_state() -> None:
    """The group's name stands between the version and the state."""
    states = director.vrrp_states(reading("keepalived/two-instances-in-a-group.txt"))
    assert states == {"VI_outside": "MASTER", "VI_inside": "MASTER"}


def http(*servers: RealServer) -> Service:
    """Return the lab's virtual service with these rows."""
    return Service("TCP", "192.168.18.41:80", "rr", "", servers)


@pytest.mark.parametrize(
    ("fixture", "expected"),
    [
        ("empty", ()),
        ("no-real-server", (http(),)),
        (
            "two-real-servers",
            (
                http(
                    RealServer(WEB1, "DR", 1, active=0, inactive=3),
                    RealServer(WEB2, "DR", 1, active=0, inactive=3),
                ),
            ),
        ),
        ("web1-removed", (http(RealServer(WEB2, "DR", 1, active=0, inactive=6)),)),
        (
            "nat-tun-mark-ipv6",
            (
                http(RealServer(WEB1, "DR", 1, 0, 0), RealServer(WEB2, "DR", 1, 0, 0)),
                Service(
                    "UDP",
                    "10.0.0.1:53",
                    "wlc",
                    "persistent 300",
                    (RealServer("10.0.0.2:53", "NAT", 3, 0, 0), RealServer("10.0.0.3:53", "TUN", 0, 0, 0)),
                ),
                Service("TCP", "[fd00::1]:80", "rr", "", (RealServer("[fd00::2]:80", "DR", 1, 0, 0),)),
                Service("FWM", "7", "sh", "(sh-port)", (RealServer("192.168.18.32:0", "DR", 1, 0, 0),)),
            ),
        ),
    ],
)
def test_a_table_as_ipvsadm_prints_it(fixture: str, expected: tuple[Service, ...]) -> None:
    """Services in the table's order, each with its own rows; forwarding methods in the lab file's words."""
    assert director.services(reading(f"ipvsadm/{fixture}.txt")) == expected


@pytest.mark.parametrize(
    ("fixture", "expected"),
    [
        ("two-real-servers", {WEB1: (10, 59, 3998), WEB2: (10, 57, 3894)}),
        ("web1-removed", {WEB2: (16, 92, 6272)}),
        ("no-real-server", {}),
    ],
)
def test_counters_stand_with_their_real_server(fixture: str, expected: dict[str, tuple[int, int, int]]) -> None:
    """Connections, packets and bytes in are those of the same row in the second table."""
    table, counters = reading(f"ipvsadm/{fixture}.txt"), reading(f"ipvsadm/{fixture}.stats.txt")
    (service,) = director.services(table, counters)
    rows = {row.address: (row.connections, row.packets_in, row.bytes_in) for row in service.real_servers}
    assert rows == expected


def test_a_real_server_of_two_services_is_counted_for_each() -> None:
    """web1 behind the VIP and web1 behind a mark are two rows with counters of their own."""
    table = reading("ipvsadm/nat-tun-mark-ipv6.txt")
    counters = reading("ipvsadm/nat-tun-mark-ipv6.stats.txt")
    said = counters.output.replace(
        "  -> 192.168.18.32:80                    0        0", "  -> 192.168.18.32:80                    7        9"
    )
    found = director.services(table, Reading(0, said))
    assert [row.connections for service in found for row in service.real_servers] == [7, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("FWM  5 rr persistent 60", ("FWM", "5", "rr", "persistent 60")),
        ("FWM  5 IPv6 sh (sh-port)", ("FWM", "5", "sh", "(sh-port)")),
        ("TCP  192.168.18.42:0 rr persistent 5", ("TCP", "192.168.18.42:0", "rr", "persistent 5")),
    ],
)
def test_a_mark_stands_where_an_address_would(head: str, expected: tuple[str, ...]) -> None:
    """ipvsadm(8) says the family of a mark that is not for IPv4; a service of every port has port 0."""
    (found,) = director.services(Reading(0, f"{head}\n  -> 192.168.18.32:0   Route   1   0   0\n"))
    assert (found.protocol, found.address, found.scheduler, found.flags) == expected
    assert [row.address for row in found.real_servers] == ["192.168.18.32:0"]


def test_rows_that_the_counters_lack_count_nothing() -> None:
    """Between the two commands keepalived may add a real server."""
    (service,) = director.services(reading("ipvsadm/two-real-servers.txt"), reading("ipvsadm/web1-removed.stats.txt"))
    assert [(row.address, row.connections) for row in service.real_servers] == [(WEB1, 0), (WEB2, 16)]


@pytest.mark.parametrize(
    ("fixture", "status", "states"),
    [
        ("master", 0, {"VI_1": "MASTER"}),
        ("backup", 0, {"VI_1": "BACKUP"}),
        ("not-running", 1, {}),
    ],
)
def test_the_state_that_keepalived_tells(fixture: str, status: int, states: dict[str, str]) -> None:
    """The state now, not the one that the configuration begins with or that is wanted."""
    assert director.vrrp_states(reading(f"keepalived/{fixture}.txt", status)) == states


def test_each_instance_has_its_own_state() -> None:
    """A director may hold one address and wait for another."""
    master, backup = reading("keepalived/master.txt").output, reading("keepalived/backup.txt").output
    second = backup.replace("VRRP Instance = VI_1", "VRRP Instance = VI_2")
    assert director.vrrp_states(Reading(0, master + second)) == {"VI_1": "MASTER", "VI_2": "BACKUP"}


@pytest.mark.parametrize("fixture", ["master", "backup", "two-instances-in-a-group"])
def test_a_dump_that_is_being_written_is_read_when_all_instances_are_in_it(fixture: str) -> None:
    """What is waited for comes after the last instance, so none is missing that is only not written yet."""
    whole = reading(f"keepalived/{fixture}.txt").output
    mark = re.search(director.AFTER_INSTANCES, whole)
    assert mark
    assert director.vrrp_states(Reading(0, whole[: mark.end()])) == director.vrrp_states(Reading(0, whole)) != {}


def test_nothing_said_is_an_empty_table() -> None:
    """A probe that was not asked for has nothing to tell."""
    assert director.services(NOTHING, NOTHING) == ()
    assert director.vrrp_states(NOTHING) == {}
