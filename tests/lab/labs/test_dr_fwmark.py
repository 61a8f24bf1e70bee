"""Persistence by client, by port and by firewall mark, as clients see it; and HTTPS that they trust for a reason."""

import http.client
import itertools
import socket
import ssl
import time
from collections.abc import Callable, Iterator

import paramiko
import pytest

from lvslab.host import client
from lvslab.model.marks import marks_of
from lvslab.pytest_plugin import LabUnderTest
from lvslab.wait import wait_for
from provision.marks import UNIT
from provision.web import CERTIFICATE, KEY

pytestmark = [pytest.mark.lab("lvs-dr-fwmark"), pytest.mark.thorough]
PFWM, PCC, PPC = "192.168.18.41", "192.168.18.42", "192.168.18.43"
DIRECTORS = ("director1", "director2")
WEBS = {"web1", "web2"}
# Each test has clients of its own: to IPVS they have never asked.
FRESH = itertools.count(180)
TIMEOUT = 5.0
# what the look at a table of an emulated machine may take
SLACK = 3.0
# a handshake of TLS or ssh on an emulated processor
PATIENCE = 20.0
UNTRUSTED = 60
"""curl(1): the peer certificate cannot be authenticated."""
Ask = Callable[[LabUnderTest, str, str], str]


@pytest.fixture
def sources() -> Iterator[list[str]]:
    """Give the client four more addresses: to IPVS, four clients."""
    fresh = [f"192.168.18.{next(FRESH)}" for _ in range(4)]
    for address in fresh:
        client.add_address("lan", f"{address}/24")
    yield fresh
    for address in fresh:
        client.remove_address("lan", f"{address}/24")


def by_http(lab: LabUnderTest, vip: str, source: str) -> str:
    """Return who answers a client by HTTP, over a connection of its own."""
    return _page(http.client.HTTPConnection(vip, 80, timeout=PATIENCE, source_address=(source, 0)))


def by_https(lab: LabUnderTest, vip: str, source: str) -> str:
    """Return who answers a client by HTTPS; the certificate has to be good for the address."""
    context = ssl.create_default_context(cafile=str(lab.instance.paths.authority))
    return _page(http.client.HTTPSConnection(vip, 443, timeout=PATIENCE, source_address=(source, 0), context=context))


def _page(connection: http.client.HTTPConnection) -> str:
    def ask() -> str:
        try:
            connection.request("GET", "/", headers={"Connection": "close"})
            response = connection.getresponse()
            response.read()
            return response.getheader("X-Real-Server", "")
        finally:
            connection.close()

    return client.inside(ask)


def by_ssh(lab: LabUnderTest, vip: str, source: str) -> str:
    """Return whose host key a client is shown by ssh."""

    def ask() -> str:
        with socket.create_connection((vip, 22), timeout=PATIENCE, source_address=(source, 0)) as connection:
            transport = paramiko.Transport(connection)
            try:
                transport.start_client(timeout=PATIENCE)
                return transport.get_remote_server_key().get_base64()
            finally:
                transport.close()

    known = [line.split() for line in lab.instance.paths.known_hosts.read_text().splitlines()]
    owners = {key: names.split(",")[-1] for names, _, key in known}
    return owners[client.inside(ask)]


def templates(lab: LabUnderTest) -> set[str]:
    """Return the clients that director1 has a template of: a connection from port 0."""
    rows = [line.split() for line in lab.node("director1").check_output("ipvsadm -Lnc").splitlines()]
    return {row[3].removesuffix(":0") for row in rows if row[3:4] and row[3].endswith(":0")}


@pytest.mark.parametrize("director", DIRECTORS)
def test_the_table_has_a_mark_a_port_and_all_ports(lab: LabUnderTest, director: str) -> None:
    """As ``ipvsadm -f 5``, ``-t VIP:22`` and ``-t VIP:0`` would have set it; a mark's servers have no port."""
    table = {(each.protocol, each.address): each for each in lab.ipvs(director)}
    assert table.keys() == {
        ("FWM", "5"),
        ("TCP", f"{PFWM}:22"),
        ("TCP", f"{PCC}:0"),
        ("TCP", f"{PPC}:80"),
        ("TCP", f"{PPC}:443"),
    }
    assert {each.flags for each in table.values()} == {"persistent 5"}
    for entry, port in ((("FWM", "5"), 0), (("TCP", f"{PCC}:0"), 0), (("TCP", f"{PFWM}:22"), 22)):
        assert {row.address for row in table[entry].real_servers} == {f"{lab.address(web)}:{port}" for web in WEBS}


@pytest.mark.parametrize("director", DIRECTORS)
def test_both_directors_mark_packets(lab: LabUnderTest, director: str) -> None:
    """The backup has the marks before it needs them; they are put anew at a boot."""
    assert lab.status().ipvs[director].marks == marks_of(lab.model)
    assert lab.node(director).service(UNIT).is_enabled


def test_a_mark_joins_http_and_https_of_a_client(lab: LabUnderTest, sources: list[str]) -> None:
    """Whichever it asks for and in whichever order, a client has one server; another client has the other one."""
    first, second, *_ = sources
    stays = [ask(lab, PFWM, first) for ask in (by_http, by_https, by_http, by_https)]
    other = [ask(lab, PFWM, second) for ask in (by_https, by_http, by_https, by_http)]
    assert len(set(stays)) == len(set(other)) == 1
    assert {*stays, *other} == WEBS


def test_ssh_is_a_service_apart_from_the_mark(lab: LabUnderTest, sources: list[str]) -> None:
    """It takes its own turns: a client that has no mark yet is given a server, and stays with it."""
    first, second, *_ = sources
    shown = [by_ssh(lab, PFWM, first) for _ in range(3)]
    other = by_ssh(lab, PFWM, second)
    assert len(set(shown)) == 1 and {*shown, other} == WEBS


def test_ssh_and_the_mark_of_one_client_may_be_on_two_servers(lab: LabUnderTest, sources: list[str]) -> None:
    """Their turns are counted apart, so a client that is elsewhere by ssh can be found."""
    first, *others = sources
    web = by_http(lab, PFWM, first)
    turn_to(lab, PFWM, by_ssh, others, web)
    assert by_ssh(lab, PFWM, first) != web
    assert by_https(lab, PFWM, first) == web


def test_port_0_keeps_a_client_whatever_it_asks_for(lab: LabUnderTest, sources: list[str]) -> None:
    """HTTP, HTTPS and ssh of one client are one server's; another client has the other one."""
    first, second, *_ = sources
    stays = {ask(lab, PCC, first) for ask in (by_http, by_https, by_ssh, by_http)}
    other = {ask(lab, PCC, second) for ask in (by_ssh, by_https, by_http)}
    assert len(stays) == len(other) == 1
    assert stays | other == WEBS


def test_a_port_keeps_a_client_for_itself_alone(lab: LabUnderTest, sources: list[str]) -> None:
    """Each port has its own memory: a client's HTTP stays on one server, and its HTTPS on the other."""
    first, *others = sources
    plain = {by_http(lab, PPC, first) for _ in range(3)}
    assert len(plain) == 1
    turn_to(lab, PPC, by_https, others, *plain)
    secret = {by_https(lab, PPC, first) for _ in range(3)}
    assert len(secret) == 1 and plain | secret == WEBS
    assert by_http(lab, PPC, first) in plain


def turn_to(lab: LabUnderTest, vip: str, ask: Ask, others: list[str], server: str) -> None:
    """Have a service's round robin give its latest new client to ``server``, so that the next one goes elsewhere."""
    assert any(ask(lab, vip, other) == server for other in others)


@pytest.mark.parametrize(("vip", "after"), [(PFWM, by_https), (PCC, by_https), (PPC, by_http)])
def test_a_silent_client_is_forgotten(lab: LabUnderTest, sources: list[str], vip: str, after: Ask) -> None:
    """The template goes five seconds after the last connection, and hardly later; then it is the other's turn.

    It is HTTP that is asked first: a connection of TLS may end by a reset, which IPVS remembers for ten seconds
    (CLOSE), and a template that a connection hangs on gets another minute.
    """
    source, *_ = sources
    server = by_http(lab, vip, source)
    last = time.monotonic()
    wait_for(
        lambda: source not in templates(lab), within=2 * TIMEOUT, what=f"{source} is still remembered", every=0.1
    )
    silent = time.monotonic() - last
    assert TIMEOUT - 0.5 < silent < TIMEOUT + SLACK
    assert {server, after(lab, vip, source)} == WEBS


@pytest.mark.parametrize("vip", [PFWM, PCC, PPC])
def test_the_client_trusts_the_labs_authority_and_nobody_else_does(lab: LabUnderTest, vip: str) -> None:
    """With the authority's certificate the page comes; without it curl refuses what it cannot trace."""
    trusting = lab.client.run("curl", "-sS", f"https://{vip}/")
    assert (trusting.returncode, trusting.stderr) == (0, "")
    assert "<h1>lvs-dr-fwmark: web" in trusting.stdout
    without = [word for name in client.TRUST for word in ("-u", name)]
    refusing = lab.client.run("env", *without, "curl", "-sS", f"https://{vip}/")
    assert (refusing.returncode, refusing.stdout) == (UNTRUSTED, "")


def test_the_certificate_is_for_no_other_address(lab: LabUnderTest) -> None:
    """A web server's own address is none of the names that it may answer to."""
    refused = lab.client.run("curl", "-sS", f"https://{lab.address('web1')}/")
    assert refused.returncode == UNTRUSTED


@pytest.mark.parametrize("web", sorted(WEBS))
def test_the_key_is_the_servers_alone(lab: LabUnderTest, web: str) -> None:
    """Nobody but root reads it; what signed it is nowhere on the node."""
    node = lab.node(web)
    assert node.file(KEY).mode == 0o600
    authority = lab.instance.paths.authority.with_suffix(".key").read_text()
    assert node.file(KEY).content_string != authority
    assert node.file(CERTIFICATE).content_string.count("BEGIN CERTIFICATE") == 1


def test_provisioning_again_finds_nothing_to_do(lab: LabUnderTest) -> None:
    """Marks, certificate and modules are as they should be."""
    assert {name: outcome.steps for name, outcome in lab.plan().items()} == dict.fromkeys(lab.model.nodes, ())


def test_lost_marks_are_told_and_put_back(lab: LabUnderTest, recovers: None, sources: list[str]) -> None:
    """Without them nothing listens for HTTP at the address; provisioning restarts what puts them there."""
    lab.node("director1").check_output("nft delete table inet lvs_marks")
    with pytest.raises(OSError):
        by_http(lab, PFWM, sources[0])
    assert lab.status().ipvs["director1"].marks == ()
    assert [step.what for step in lab.provision(["director1"])["director1"].steps] == [f"restart {UNIT}"]
    assert by_https(lab, PFWM, sources[0]) in WEBS
    lab.wait_as_expected()


def test_the_backup_takes_all_three_over(lab: LabUnderTest, restored: None, sources: list[str]) -> None:
    """Marks and rules are there already; the VIPs come, and each way answers."""
    lab.node("director1").check_output("systemctl stop keepalived")
    vips = {PFWM, PCC, PPC}

    def moved() -> bool:
        return all(each.holder == "director2" for each in lab.status().vips)

    wait_for(moved, within=PATIENCE, what="the VIPs are not on director2")
    assert {by_https(lab, vip, sources[0]) for vip in vips} <= WEBS
