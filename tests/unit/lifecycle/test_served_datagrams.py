"""Whether services by UDP answer the client and share its datagrams."""

import pytest

from lvslab.lifecycle import served as service
from lvslab.lifecycle.served import request_mismatches
from lvslab.model import Lab, load_lab
from tests.unit.recorded import LABS


@pytest.fixture
def udp(monkeypatch: pytest.MonkeyPatch, served: list[object]) -> Lab:
    """Return the lab, whose servers answer from a list, datagrams and pages alike."""

    def ask(address: str, port: int) -> list[str]:
        _, name, _ = service.client.get(address, port)
        return [name]

    monkeypatch.setattr(service.client, "ask", ask)
    return load_lab(LABS / "lvs-udp.yml")


def test_datagrams_from_new_ports_are_shared_as_expected(udp: Lab, served: list[object]) -> None:
    """With and without one-packet scheduling, for each of them is the first of its port."""
    served[:] = ["web1", "web2"] * 15
    assert request_mismatches(udp) == []
    assert served == []


def test_a_service_by_udp_that_is_one_servers_is_told(udp: Lab, served: list[object]) -> None:
    """Worded as for pages."""
    served[:] = [*["web1", "web2"] * 5, *["web1"] * 10, *["web1", "web2"] * 5]
    wanted = "192.168.18.41:7000: 10 requests went to web1 10, expected equal shares of web1, web2"
    assert request_mismatches(udp) == [wanted]


def test_a_datagram_that_nobody_answers_is_told(udp: Lab, served: list[object]) -> None:
    """The services after it are asked all the same."""
    served[:] = [*["web1", "web2"] * 5, TimeoutError("timed out"), *["web1", "web2"] * 5]
    assert request_mismatches(udp) == ["192.168.18.41:7000: no answer to the client: timed out"]
