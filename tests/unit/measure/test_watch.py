"""The watch as its user sees it, and what it puts on nodes."""

import socket
import threading
from pathlib import Path

import pytest

from lvslab.errors import NodeError, UsageError
from lvslab.history import Advert, Phase, RunFolder
from lvslab.measure.clock import Clock
from lvslab.measure.exchange import Target
from lvslab.measure.page import SIZE, Page
from lvslab.measure.relay import listen, pump
from lvslab.measure.watch import Watch, chosen, chosen_with_pages
from lvslab.measure.wishes import LoadWishes, Wishes
from lvslab.model import Lab, load_lab
from lvslab.nodes.fake import FakeRemote
from lvslab.nodes.remote import Result
from tests.unit.recorded import LABS


def silent(name: str) -> FakeRemote:
    """Return a node that says nothing to anything."""
    return FakeRemote(name, lambda _: Result(0, ""))


@pytest.fixture
def watch(lab: Lab, tmp_path: Path) -> Watch:
    """Return a watch that was not entered: it takes events, and nothing runs."""
    return Watch(lab, RunFolder(tmp_path), silent, Clock(), Wishes())


def advert(t: int, node: str, priority: int = 100) -> Advert:
    """Return an advert of a director, every second."""
    return Advert(t, "lan", f"52:54:{node}", "192.168.18.31", 51, 2, priority, 1.0, node=node)


def test_whoever_sends_adverts_holds_the_vip(watch: Watch) -> None:
    """Both, when both do: a split brain is seen while it lasts."""
    watch._take_packet(advert(watch.now(), "director1"))
    assert watch.latest().holders == ("director1",)
    watch._take_packet(advert(watch.now(), "director2", 99))
    assert watch.latest().holders == ("director1", "director2")


def test_who_gives_up_or_falls_silent_holds_nothing(watch: Watch) -> None:
    """Priority 0 is a farewell (RFC 3768, section 5.3.4), and silence tells after three intervals."""
    watch._take_packet(advert(watch.now(), "director1"))
    watch._take_packet(advert(watch.now(), "director1", priority=0))
    watch._take_packet(advert(watch.now() - 4 * 10**9, "director2"))
    assert watch.latest().holders == ()


def test_the_last_second_of_the_prober_is_known(watch: Watch) -> None:
    """What a terminal shows."""
    watch._take_pulse({"t": 1, "ok": 98, "failed": 2, "server": "web2"})
    watch._take_load(321)
    live = watch.latest()
    assert (live.ok, live.failed, live.server, live.requests) == (98, 2, "web2", 321)


def test_events_of_the_run_itself_are_recorded(watch: Watch) -> None:
    """Phases and faults go the same way as everything else."""
    watch.record(Phase(watch.now(), "before"))
    watch._recorder.flush()
    assert [phase.name for phase in watch.folder.read().of(Phase)] == ["before"]


def test_a_large_page_is_made_on_the_shared_storage_and_removed(lab: Lab) -> None:
    """One file behind all web servers, without blocks on the disk."""
    node = FakeRemote("nfs", lambda _: Result(0, ""))
    asked: list[str] = []

    def connect(name: str) -> FakeRemote:
        asked.append(name)
        return node

    with Page(lab, connect) as page:
        assert page.url == "/lvslab-download.bin"
        assert f"truncate --size={SIZE} /web/lvslab-download.bin" in node.scripts[0]
    assert node.scripts[-1] == "rm -f /web/lvslab-download.bin"
    assert asked == ["nfs", "nfs"]


def test_without_shared_storage_each_web_server_has_its_own(lab: Lab) -> None:
    """On its document root."""
    nodes = {name: FakeRemote(name, lambda _: Result(0, "")) for name in lab.nodes}
    with Page(lab.model_copy(update={"storage": None}), nodes.__getitem__):
        pass
    assert {name for name, node in nodes.items() if node.scripts} == {"web1", "web2"}
    assert "/var/www/html/lvslab-download.bin" in nodes["web1"].scripts[0]


def test_a_node_that_is_gone_at_the_end_keeps_no_page_from_ending(lab: Lab) -> None:
    """A drill may have killed it."""

    def answer(script: str) -> Result:
        if script.startswith("rm"):
            raise NodeError("nfs: the connection was lost")
        return Result(0, "")

    with Page(lab, lambda name: FakeRemote(name, answer)):
        pass


def test_the_relays_socket_is_on_the_loopback_only() -> None:
    """locust's page is for this host's user, not for its network."""
    with listen(0) as listening:
        assert listening.getsockname()[0] == "127.0.0.1"


def test_bytes_are_handed_on_to_the_end_and_so_is_the_end() -> None:
    """A browser that closes its side is told to the other."""
    (near, source), (sink, far) = socket.socketpair(), socket.socketpair()
    with near, source, sink, far:
        thread = threading.Thread(target=pump, args=(source, sink))
        thread.start()
        near.sendall(b"GET / HTTP/1.1\r\n\r\n")
        near.shutdown(socket.SHUT_WR)
        thread.join(5)
        assert far.recv(100) == b"GET / HTTP/1.1\r\n\r\n"
        assert far.recv(100) == b""


def test_a_service_is_watched_that_has_pages() -> None:
    """The first one unless told; ssh and HTTPS answer no request of HTTP, so they are not there to be chosen."""
    lab = load_lab(LABS / "lvs-dr-fwmark.yml")
    assert [chosen(lab, name).name for name in ("", "pcc")] == ["pfwm", "pcc"]
    for name in ("ssh", "ppc-https"):
        with pytest.raises(UsageError) as caught:
            chosen(lab, name)
        assert caught.value.message == (
            f"{lab.name}: no service {name} has pages or answers datagrams; there is pfwm, pcc, ppc-http"
        )


def test_a_service_by_udp_is_watched_by_its_name() -> None:
    """Without a name it is the one with pages, wherever in the file it stands; without any, the first by UDP."""
    lab = load_lab(LABS / "lvs-udp.yml")
    services = {service.name: service for service in lab.virtual_services}
    assert [chosen(lab, name).name for name in ("", "flows", "datagrams")] == ["http", "flows", "datagrams"]
    turned = lab.model_copy(update={"virtual_services": tuple(reversed(lab.virtual_services))})
    assert chosen(turned).name == "http"
    by_udp = lab.model_copy(update={"virtual_services": (services["flows"], services["datagrams"])})
    assert chosen(by_udp).name == "flows"


def test_load_and_downloads_want_a_service_with_pages(tmp_path: Path) -> None:
    """Said before anything runs: of a service by UDP there is no page to ask for."""
    lab = load_lab(LABS / "lvs-udp.yml")
    assert chosen_with_pages(lab).name == "http"
    for wishes in (Wishes(service="flows", load=LoadWishes()), Wishes(service="flows", downloads=1)):
        with pytest.raises(UsageError, match=r"^lvs-udp: flows has no pages, .*; there is http$"):
            Watch(lab, RunFolder(tmp_path), silent, Clock(), wishes)


def test_the_prober_is_told_by_which_protocol_to_ask(tmp_path: Path) -> None:
    """The port is the service's own."""
    lab = load_lab(LABS / "lvs-udp.yml")
    asked = {}
    for name in ("http", "flows"):
        watch = Watch(lab, RunFolder(tmp_path), silent, Clock(), Wishes(service=name))
        asked[name] = Target(**watch._target("/"))
    assert asked == {
        "http": Target("http", "192.168.18.41", 80, "/", "tcp"),
        "flows": Target("flows", "192.168.18.41", 7000, "/", "udp"),
    }
