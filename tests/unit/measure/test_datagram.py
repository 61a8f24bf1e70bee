"""The prober on a service by UDP, against a server on the loopback."""

import itertools

import pytest

from lvslab.history import Attempt
from lvslab.measure.datagram import NAME
from lvslab.measure.exchange import WHOLE_LIMIT, Target
from lvslab.measure.prober import AGENT
from tests.unit.measure.datagrams import answering, closed_port
from tests.unit.measure.probing import SECOND, attempts, probe


def ask(port: int, seconds: float, address: str = "127.0.0.1", sources: tuple[str, ...] = ()) -> list[Attempt]:
    """Ask by UDP for so many seconds, and return the attempts in the order they were due."""
    return attempts(probe(Target("flows", address, port, protocol="udp"), seconds, sources=sources))


def test_a_datagram_that_is_answered_tells_who_answered() -> None:
    """The answer is the server's name; there is no handshake and no status."""
    with answering() as server:
        made = ask(server.port, 0.3)
    assert made and set(server.asked) == {AGENT.encode()}
    for each in made:
        assert each.ok and each.server == "web1" and each.service == "flows" and each.source == "127.0.0.1"
        assert each.connected is None and each.status is None
        assert each.first_byte is not None and each.done == each.first_byte
        assert each.t <= each.sent <= each.first_byte


def test_each_datagram_has_a_port_of_its_own() -> None:
    """IPVS takes what comes from one port for one connection, so none may be used twice."""
    with answering() as server:
        made = ask(server.port, 0.2)
    assert len({each.port for each in made}) == len(made) >= 20


def test_a_silent_server_does_not_slow_the_schedule() -> None:
    """Each datagram waits its second while the next are sent: an outage cannot make the prober ask less often."""
    with answering(None) as server:
        made = ask(server.port, 0.3)
        assert server.asked
    assert len(made) >= 30
    assert {each.error for each in made} == {"timeout"}
    assert {later.t - earlier.t for earlier, later in itertools.pairwise(made)} == {SECOND // 100}
    assert all(each.first_byte is None and each.port for each in made)
    assert all(each.done is not None and each.done - each.sent >= WHOLE_LIMIT for each in made)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_port_that_nobody_listens_on_refuses(address: str) -> None:
    """ICMP tells of it at once, and that is told apart from silence."""
    made = ask(closed_port(address), 0.1, address)
    assert {each.error for each in made} == {"refused"}
    assert all(each.done is not None and each.sent <= each.done < each.sent + WHOLE_LIMIT for each in made)


def test_what_comes_from_another_address_is_no_answer() -> None:
    """A real server that answers by its own address has not answered for the VIP."""
    with answering(by="127.0.0.2") as server:
        made = ask(server.port, 0.1)
        assert server.asked
    assert {each.error for each in made} == {"timeout"}


def test_a_service_by_ipv6_is_asked_as_well() -> None:
    """The address decides the family."""
    with answering(address="::1") as server:
        made = ask(server.port, 0.1, "::1")
    assert made and all(each.ok and each.source == "::1" and each.server == "web1" for each in made)


def test_addresses_take_turns() -> None:
    """With several source addresses, each datagram comes from the next."""
    with answering() as server:
        made = ask(server.port, 0.1, sources=("127.0.0.2", "127.0.0.3"))
    assert [each.source for each in made[:4]] == ["127.0.0.2", "127.0.0.3"] * 2


def test_an_address_that_may_not_be_asked_is_told_at_once() -> None:
    """The system itself says no."""
    made = ask(7000, 0.05, "255.255.255.255")
    assert made and all(each.error and each.error != "timeout" for each in made)


@pytest.mark.parametrize(
    ("answer", "name"),
    [(b"web\xff", "web\ufffd"), (b"x" * 2000, "x" * NAME), (b"", "")],
    ids=["not-utf-8", "long", "empty"],
)
def test_whatever_comes_is_an_answer_and_a_name_of_sane_length(answer: bytes, name: str) -> None:
    """What is asked need not be lvslab's own program."""
    with answering(answer) as server:
        made = ask(server.port, 0.05)
    assert {(each.ok, each.server) for each in made} == {(True, name)}
