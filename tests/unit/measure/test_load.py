"""Load: locust's command line, its users, shapes, addresses and figures."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lvslab.errors import UsageError
from lvslab.history import Attempt
from lvslab.host.paths import project_root
from lvslab.measure.addresses import network_towards, spare
from lvslab.measure.clock import Clock
from lvslab.measure.exchange import Target
from lvslab.measure.figures import figures
from lvslab.measure.load import arguments
from lvslab.measure.watch import chosen
from lvslab.measure.wishes import LoadWishes
from lvslab.model import Lab, LoadShape
from tests.unit.measure.web import PAGE, closed_port, serving

sys.path.insert(0, str(project_root() / "loadtests"))
from requester import Requester
from shapes import users_at

KEPT = PAGE
CLOSING = PAGE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Return a clock that begins now."""
    yield Clock()


def test_a_request_notes_every_moment(clock: Clock) -> None:
    """As the prober's attempts, under the name of locust."""
    with serving(CLOSING) as server:
        made, size = Requester(Target("http", "127.0.0.1", server.port), clock).ask()
    assert made.ok and made.server == "web1" and made.stream == "locust" and size == len(CLOSING)
    assert made.connected is not None and made.first_byte is not None and made.done is not None
    assert made.t == made.sent <= made.connected <= made.first_byte <= made.done
    assert not made.reused


def test_each_request_has_a_new_connection_unless_told(clock: Clock) -> None:
    """A scheduler counts connections."""
    with serving(CLOSING) as server:
        requester = Requester(Target("http", "127.0.0.1", server.port), clock)
        made = [requester.ask()[0] for _ in range(3)]
    assert len({each.port for each in made}) == 3


def test_a_kept_connection_that_the_server_has_closed_is_opened_anew(clock: Clock) -> None:
    """A server may let a connection go after any answer; that is no failed request."""
    with serving(KEPT) as server:
        requester = Requester(Target("http", "127.0.0.1", server.port), clock, keep_alive=True)
        first, _ = requester.ask()
        # the server of this test closes after each answer without saying so
        with_closed = _after_close(requester)
        requester.close()
    assert first.ok and with_closed.ok


def _after_close(requester: Requester) -> Attempt:
    assert requester._socket is not None
    requester._socket.settimeout(5)
    requester._socket.recv(1)
    return requester.ask()[0]


def test_an_answer_that_says_close_ends_a_kept_connection(clock: Clock) -> None:
    """RFC 9112, section 9.6: after it, nothing may be asked on that connection."""
    with serving(CLOSING) as server:
        requester = Requester(Target("http", "127.0.0.1", server.port), clock, keep_alive=True)
        assert [requester.ask()[0].reused for _ in range(2)] == [False, False]


def test_a_refused_connection_is_a_failed_request(clock: Clock) -> None:
    """It is told, not raised: locust goes on."""
    made, size = Requester(Target("http", "127.0.0.1", closed_port()), clock).ask()
    assert (made.error, size, made.connected) == ("refused", 0, None)
    assert made.done is not None and made.done >= made.sent


@pytest.mark.parametrize("shape", [each.value for each in LoadShape])
def test_every_shape_of_the_model_has_users(shape: str) -> None:
    """No shape ever wants nobody."""
    assert all(users_at(shape, 1, 30, elapsed) >= 1 for elapsed in range(40))


def test_steps_come_to_the_number_in_five() -> None:
    """Equal steps, and the number stays once it is reached."""
    assert [users_at("step", 10, 50, elapsed) for elapsed in (0, 9, 10, 20, 30, 40, 49, 60)] == [
        2, 2, 4, 6, 8, 10, 10, 10,
    ]  # fmt: skip


def test_a_spike_is_in_the_middle() -> None:
    """Ten times as many in the second third."""
    assert [users_at("spike", 3, 30, elapsed) for elapsed in (0, 9.9, 10, 19.9, 20, 35)] == [3, 3, 30, 30, 3, 3]


def test_locusts_command_line_says_what_was_wished(tmp_path: Path) -> None:
    """Users, time, report, workers; and no page unless it is asked for."""
    words = arguments(LoadWishes(users=20, seconds=15, workers=3), Target("http", "192.168.18.41", 80), tmp_path)
    line = " ".join(words)
    assert "--users 20" in line and "--run-time 15s" in line and "--processes 3" in line
    assert f"--html {tmp_path}/locust.html" in line and "--headless" in line
    assert "--host http://192.168.18.41:80" in line


def test_a_page_is_served_inside_only_and_waits_to_be_started() -> None:
    """With a page, users begin when somebody presses the button."""
    line = " ".join(arguments(LoadWishes(web_port=8089, seconds=5), Target("http", "fd00::41", 80), Path("/r")))
    assert "--web-host 127.0.0.1 --web-port 8089" in line and "--headless" not in line and "--run-time" not in line
    assert "--host http://[fd00::41]:80" in line


def test_more_addresses_are_those_that_nobody_has(lab: Lab) -> None:
    """The client's own first, then the next free ones of its network."""
    network = network_towards(lab, lab.virtual_services[0])
    assert network == "lan"
    assert spare(lab, network, 3) == ["192.168.18.140", "192.168.18.141", "192.168.18.142"]


def test_addresses_of_nodes_and_vips_are_left_alone(lab: Lab) -> None:
    """However many are wanted, none of the lab's is among them, nor the broadcast address."""
    moved = lab.model_copy(update={"client": lab.client.model_copy(update={"addresses": {"lan": _before(lab)}})})
    found = spare(moved, "lan", 500)
    taken = {str(address) for node in lab.nodes.values() for address in node.addresses.values()}
    assert not taken & set(found[1:]) and "192.168.18.41" not in found and "192.168.18.255" not in found
    assert len(found) == len(set(found)) < 256


def _before(lab: Lab) -> object:
    return lab.node("director2").addresses["lan"] - 1


def test_the_first_tcp_service_is_chosen_unless_one_is_named(lab: Lab) -> None:
    """A name that is not there is told with those that are."""
    assert chosen(lab, "").name == chosen(lab, "http").name == "http"
    with pytest.raises(UsageError, match="there is http"):
        chosen(lab, "htpp")


def test_figures_are_of_good_answers_only() -> None:
    """Rate, percentiles and shares leave out what failed."""
    good = [
        Attempt(t=n, sent=n * 10**9, done=n * 10**9 + (n + 1) * 10**6, server="web1" if n % 2 else "web2")
        for n in range(10)
    ]
    found = figures([*good, Attempt(t=0, sent=5 * 10**9, error="reset")])
    assert (found.requests, found.failed, found.errors) == (11, 1, {"reset": 1})
    assert found.servers == {"web1": 5, "web2": 5}
    assert found.milliseconds == {"p50": 6.0, "p95": 10.0, "p99": 10.0, "max": 10.0}
    assert found.rate == pytest.approx(10 / 9.01, abs=0.05)


def test_a_load_without_a_request_has_no_figures() -> None:
    """Nothing is divided by nothing."""
    found = figures([])
    assert (found.requests, found.rate, found.milliseconds) == (0, 0.0, {})
