"""What answers datagrams on a server: the program itself on the loopback, and the steps that bring it to a node."""

import socket
import threading
from collections.abc import Iterator

import pytest

from lvslab.host import client
from lvslab.model import load_lab
from lvslab.nodes.facts.system import File
from lvslab.nodes.probe import Reading, Readings
from provision import datagrams
from provision.datagrams import PROGRAM, UNIT, UNIT_FILE
from provision.director import keepalived_conf
from provision.on_node import datagrams as program
from provision.on_node import source
from provision.provisioner import roles
from provision.role import Facts
from provision.step import Step, Write
from tests.unit.recorded import FIXTURES, LABS, facts_of, packed

LAB = load_lab(LABS / "lvs-udp.yml")


@pytest.fixture
def port() -> Iterator[int]:
    """Return the port of a program that answers with ``web1``."""
    with program.listen(0) as sock:
        ended = threading.Event()
        sock.settimeout(0.05)

        def serve() -> None:
            while not ended.is_set():
                program.answer(sock, b"web1")

        thread = threading.Thread(target=serve)
        thread.start()
        yield sock.getsockname()[1]
        ended.set()
        thread.join()


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.41", "::1"])
def test_the_answer_comes_from_the_address_that_was_asked(port: int, address: str) -> None:
    """Whatever the route back would choose: a VIP on lo is not what it chooses. Both families are answered."""
    assert client.ask(address, port, count=3) == ["web1"] * 3


def test_the_route_back_would_have_chosen_another_address(port: int) -> None:
    """Without being told, the kernel answers 127.0.0.1 from 127.0.0.1, wherever the question went."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain, socket.socket(type=socket.SOCK_DGRAM) as asking:
        plain.bind(("0.0.0.0", 0))
        asking.bind(("127.0.0.1", 0))
        asking.settimeout(client.LIMIT)
        asking.sendto(b"?", ("127.0.0.41", plain.getsockname()[1]))
        _, asker = plain.recvfrom(100)
        plain.sendto(b"!", asker)
        assert asking.recvfrom(100)[1][0] == "127.0.0.1"


def test_an_empty_datagram_is_answered_too(port: int) -> None:
    """A health check has nothing to say (UDP_CHECK without payload)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(client.LIMIT)
        asking.sendto(b"", ("127.0.0.1", port))
        assert asking.recv(100) == b"web1"


def test_whoever_is_not_there_is_an_error_for_the_one_that_asks() -> None:
    """A port that nobody listens on is told by ICMP."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unused:
        unused.bind(("127.0.0.1", 0))
        free = unused.getsockname()[1]
    with pytest.raises(OSError):
        client.ask("127.0.0.1", free)


def steps(readings: Readings) -> list[Step]:
    """Return the role's plan for web1."""
    return datagrams.plan(LAB, LAB.node("web1"), Facts(readings))


def test_a_bare_server_gets_the_program_and_its_unit() -> None:
    """It is told its name and ports, and starts at every boot."""
    found = steps(facts_of("bare", "web1"))
    assert [each.what for each in found] == [f"write {PROGRAM}", f"write {UNIT_FILE}", f"start {UNIT}"]
    unit = next(each for each in found if each.what == f"write {UNIT_FILE}")
    assert isinstance(unit, Write)
    assert f"ExecStart=/usr/bin/python3 {PROGRAM} web1 7000 7001\n" in unit.content


def provisioned(program_text: str) -> Readings:
    """Return the readings of a server that runs this program."""
    written = [each for each in steps(facts_of("bare", "web1")) if isinstance(each, Write)]
    files = {each.path: File(each.content, each.mode) for each in written} | {PROGRAM: File(program_text)}
    seen = facts_of("bare", "web1")
    units = f"Names={UNIT}\nActiveState=active\nUnitFileState=enabled\n"
    return {**seen, "files": packed(files), "units": Reading(0, units)}


def test_a_server_that_has_it_is_left_alone() -> None:
    """A second run finds nothing to do."""
    assert steps(provisioned(source("datagrams"))) == []


def test_another_program_is_replaced_and_started_anew() -> None:
    """What runs is what stands in the file."""
    assert [each.what for each in steps(provisioned("pass\n"))] == [f"write {PROGRAM}", f"restart {UNIT}"]


def test_only_servers_of_a_lab_that_names_ports_have_it() -> None:
    """Neither directors nor other labs do."""
    assert "datagrams" in [role.name for role in roles(LAB, LAB.node("web2"))]
    assert "datagrams" not in [role.name for role in roles(LAB, LAB.node("director1"))]
    other = load_lab(LABS / "lvs-dr.yml")
    assert "datagrams" not in [role.name for role in roles(other, other.node("web1"))]


@pytest.mark.parametrize("node", ["director1", "director2"])
def test_keepalived_is_configured_as_the_lab_says(node: str) -> None:
    """The whole file, word for word: protocol UDP, ops where the lab says it, a check that wants an answer."""
    said = keepalived_conf(LAB, LAB.node(node), Facts(facts_of("bare", "director1")))
    assert said == (FIXTURES / "golden" / f"lvs-udp.{node}.keepalived.conf").read_text()
