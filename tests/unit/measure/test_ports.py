"""The ports that the prober asks from: each of them as late again as can be."""

import socket
from itertools import islice

from lvslab.measure.exchange import FIRST_PORT, PORTS, all_ports, bind


def test_every_port_comes_before_one_comes_again() -> None:
    """A director would send a connection from a port that it remembers to the server of the one before."""
    ports = list(islice(all_ports(53_990), PORTS + 1))
    assert len(set(ports)) == PORTS
    assert ports[0] == ports[-1] == FIRST_PORT + 53_990
    assert min(ports) == FIRST_PORT
    assert max(ports) < 65536


def test_a_port_that_is_taken_is_passed_over() -> None:
    """Somebody else's connection is no reason to fail an attempt."""
    with socket.socket() as other, socket.socket() as mine:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        bind(mine, "127.0.0.1", iter([taken, taken]))
        assert mine.getsockname()[1] != taken
