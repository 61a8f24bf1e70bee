"""Persistence of five seconds: a client stays with its web server, and is free again when it has been silent."""

import http.client
import itertools
import time
from collections.abc import Iterator

import pytest

from lvslab.host import client
from lvslab.nodes.facts.director import RealServer
from lvslab.pytest_plugin import LabUnderTest
from lvslab.wait import wait_for

pytestmark = pytest.mark.lab("lvs-dr-persistence")
# Each test has clients of its own: one that has given up on a connection is remembered for a minute, in SYN_RECV, and
# the requests that verify the lab may have.
FRESH = itertools.count(201)
TIMEOUT = 5.0
# what the look at a table of an emulated machine may take; a template that is held on to stays for another minute
SLACK = 7.0


@pytest.fixture
def sources() -> Iterator[tuple[str, str]]:
    """Give the client two more addresses: to IPVS, two clients that have never asked."""
    pair = f"192.168.1.{next(FRESH)}", f"192.168.1.{next(FRESH)}"
    for address in pair:
        client.add_address("lan", f"{address}/24")
    yield pair
    for address in pair:
        client.remove_address("lan", f"{address}/24")


def servers(lab: LabUnderTest, source: str, count: int) -> list[str]:
    """Return who answers requests from an address of the client's, a new connection each time."""

    def ask() -> str:
        connection = http.client.HTTPConnection(lab.vip, 80, timeout=5, source_address=(source, 0))
        try:
            connection.request("GET", "/", headers={"Connection": "close"})
            response = connection.getresponse()
            response.read()
            return response.getheader("X-Real-Server", "")
        finally:
            connection.close()

    return client.inside(lambda: [ask() for _ in range(count)])


def templates(lab: LabUnderTest) -> set[str]:
    """Return the clients that director1 has a template of: a connection from port 0."""
    rows = [line.split() for line in lab.node("director1").check_output("ipvsadm -Lnc").splitlines()]
    return {row[3].removesuffix(":0") for row in rows if row[3:4] and row[3].endswith(":0")}


def wait_until_forgotten(lab: LabUnderTest, source: str) -> None:
    """Return when director1 has no template of a client."""
    wait_for(
        lambda: source not in templates(lab), within=3 * TIMEOUT, what=f"{source} is still remembered", every=0.1
    )


def test_the_service_is_persistent(lab: LabUnderTest) -> None:
    """keepalived has set what ``ipvsadm -p 5`` would, and the timeouts that make five seconds five."""
    node = lab.node("director1")
    assert [service.flags for service in lab.ipvs("director1")] == ["persistent 5"]
    assert node.check_output("ipvsadm -Ln --timeout").endswith("900 1 300")


def test_a_client_stays_and_another_lands_by_itself(lab: LabUnderTest, sources: tuple[str, str]) -> None:
    """Twelve connections of one client go to one web server; round robin gives the other client the other one."""
    first, second = sources
    stays, other = servers(lab, first, 6), servers(lab, second, 6)
    assert len(set(stays)) == len(set(other)) == 1
    assert set(stays + other) == {"web1", "web2"}
    assert templates(lab) >= {first, second}
    assert servers(lab, first, 6) == stays


def test_after_five_seconds_of_silence_a_client_is_given_a_server_anew(
    lab: LabUnderTest, sources: tuple[str, str]
) -> None:
    """The template goes five seconds after the last connection, and hardly later; then it is the other's turn."""
    source, _ = sources
    before = servers(lab, source, 2)
    asked = time.monotonic()
    before += servers(lab, source, 1)
    answered = time.monotonic()
    wait_until_forgotten(lab, source)
    forgotten = time.monotonic()
    assert forgotten - asked > TIMEOUT - 0.5
    assert forgotten - answered < TIMEOUT + SLACK
    assert set(before + servers(lab, source, 1)) == {"web1", "web2"}


def test_each_request_begins_the_time_anew(lab: LabUnderTest, sources: tuple[str, str]) -> None:
    """Whoever asks every second stays for longer than five."""
    source, _ = sources
    seen = set(servers(lab, source, 1))
    began = time.monotonic()
    while time.monotonic() - began < 2 * TIMEOUT:
        time.sleep(1)
        seen |= set(servers(lab, source, 1))
    assert len(seen) == 1


def test_what_is_persistent_is_listed(lab: LabUnderTest, sources: tuple[str, str]) -> None:
    """``ipvsadm --persistent-conn`` counts the templates of each web server."""
    [server] = servers(lab, sources[0], 1)
    listed = lab.node("director1").check_output("ipvsadm -Ln --persistent-conn")
    [row] = [line.split() for line in listed.splitlines() if f"{lab.address(server)}:80" in line]
    assert int(row[3]) >= 1


def counters(lab: LabUnderTest) -> dict[str, RealServer]:
    """Return the rows of director1, with what ``ipvsadm -Ln --stats --exact`` says of each, once it is added up."""
    lab.counted("director1")
    return lab.real_servers("director1")


def test_the_director_counts_a_clients_connections_and_packets_at_one_server(
    lab: LabUnderTest, sources: tuple[str, str]
) -> None:
    """``ipvsadm -L --stats``: five of each five connections, and no more packets than the client has sent."""
    source, _ = sources
    before = counters(lab)
    with lab.client.wire() as wire:
        answered = servers(lab, source, 5)
        after = counters(lab)
        sent = [each for each in wire.segments() if each.source.startswith(f"{source}:")]
    assert len(set(answered)) == 1
    seen = {
        name: (row.connections - before[name].connections, row.packets_in - before[name].packets_in)
        for name, row in after.items()
    }
    connections, packets = seen.pop(answered[0])
    assert connections == 5
    assert 5 * 4 <= packets <= len(sent)  # SYN, ACK, GET and FIN of each
    assert list(seen.values()) == [(0, 0)]
