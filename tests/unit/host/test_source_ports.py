"""The ports that requests come from: each of them as late again as can be."""

import socket
from itertools import islice

import pytest

from lvslab.host.source_ports import CLIENT, PROBER, SourcePorts, bind

RANGES = pytest.mark.parametrize(("ports", "per_second"), [(CLIENT, 40), (PROBER, 300)])


@RANGES
def test_every_port_comes_before_one_comes_again(ports: range, per_second: float) -> None:
    """A director would send a connection from a port that it remembers to the server of the one before."""
    drawn = list(islice(SourcePorts(ports, per_second), len(ports)))
    assert sorted(drawn) == list(ports)


def test_the_prober_and_the_client_have_ports_of_their_own() -> None:
    """They ask from one address."""
    assert set(CLIENT).isdisjoint(PROBER)
    assert min(CLIENT) >= 1024 and max(PROBER) < 65536


@RANGES
def test_a_process_that_begins_later_has_other_ports(
    ports: range, per_second: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A minute after another, it begins where that one has long not been, and will not come within two minutes."""
    now = 1000.0
    monkeypatch.setattr("lvslab.host.source_ports.time.monotonic", lambda: now)
    taken = set(islice(SourcePorts(ports, per_second), 500))
    now += 60
    assert taken.isdisjoint(islice(SourcePorts(ports, per_second), 500))


def test_a_port_that_is_taken_is_passed_over() -> None:
    """Somebody else's connection is no reason to fail an attempt."""
    with socket.socket() as other, socket.socket() as mine:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        bind(mine, "127.0.0.1", iter([taken, taken]))
        assert mine.getsockname()[1] != taken
