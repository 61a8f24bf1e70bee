"""Directors that are real servers as well: where a lab may have them, and why not elsewhere."""

import pytest

from lvslab.errors import LabFileError
from lvslab.faults.targets import Scene
from lvslab.model import Lab, load_lab, parse_lab
from lvslab.report.graph.gather import view_of
from tests.unit.recorded import LABS

TEXT = (LABS / "lvs-dr-local.yml").read_text()
FOUND = "found a director, allowed:"
SYNC = TEXT[TEXT.index("sync_daemon:") : TEXT.index("virtual_services:")]
WEB = "web1: {role: web, addresses: {lan: 192.168.18.32}}"
SECOND = """  - name: VI_2
    network: lan
    virtual_router_id: 52
    virtual_addresses: [192.168.18.42]
    priorities: {director1: 99, director2: 100}

sync_daemon:"""
OTHER = """virtual_services:
  - name: other
    address: 192.168.18.42
    port: 80
    scheduler: rr
    real_servers: [{node: director1}, {node: director2}]
"""


@pytest.fixture
def lab() -> Lab:
    """Return the lab of two machines."""
    return load_lab(LABS / "lvs-dr-local.yml")


def mistakes_after(*changes: tuple[str, str]) -> set[str]:
    """Return what is said of the real servers after changes to the lab of two machines."""
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    with pytest.raises(LabFileError) as caught:
        parse_lab(text, "x.yml")
    return {line.split("node: ", 1)[1] for line in caught.value.details if ".node: " in line}


def test_two_directors_may_be_the_real_servers(lab: Lab) -> None:
    """With direct routing and a sync daemon; they run the web server, and nobody else does."""
    assert [node.name for node in lab.serving_directors] == ["director1", "director2"]
    assert lab.web_servers == lab.serving_directors


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        ("NAT", "; the backup would answer past the master"),
        ("TUN", ", or with DR; the VIP would have to be on tunl0 as well, and that is not built"),
    ],
)
def test_several_directors_serve_by_direct_routing_alone(method: str, reason: str) -> None:
    """With NAT it cannot work, and with tunnels lvslab does not do it."""
    told = mistakes_after(("forwarding: DR", f"forwarding: {method}"))
    assert told == {f"{FOUND} only where it is the one director{reason}"}


def test_backup_only_takes_the_sync_daemon() -> None:
    """Without its state IPVS does not know who is the backup."""
    [told] = mistakes_after((SYNC, ""))
    assert told.startswith(
        f"{FOUND} only where it is the one director, or with sync_daemon; the backup would balance"
    )
    assert told.endswith("and backup_only keeps it from that only while its sync daemon is the backup's")


def test_every_director_goes_by_the_sync_daemons_instance() -> None:
    """One that is in none has no sync daemon, and would balance anew."""
    told = mistakes_after(("priorities: {director1: 100, director2: 99}", "priorities: {director1: 100}"))
    assert told == {f"{FOUND} only with all of them in VI_1, and director2 is not"}


def test_every_vip_goes_by_the_sync_daemons_instance() -> None:
    """The master of another instance may be the sync daemon's backup, and would leave IPVS alone."""
    told = mistakes_after(("sync_daemon:", SECOND), ("virtual_services:\n", OTHER))
    assert told == {
        f"{FOUND} only with every VIP in VI_1, whose backup leaves IPVS alone (backup_only), and 192.168.18.42 is not"
    }


def test_all_directors_serve_or_none() -> None:
    """Whether the master serves would else change with every failover."""
    told = mistakes_after(("{node: director2}", "{node: web1}"), ("web1: {role: idle}", WEB))
    assert told == {f"{FOUND} only with all of them, and director2 is missing"}


def test_a_director_that_serves_is_not_sorry() -> None:
    """Both would be the same nginx on the same port."""
    told = mistakes_after(("    check:", "    sorry_server: {port: 80}\n    check:"))
    assert told == {f"{FOUND} only without a sorry_server, which would be the same web server"}


def test_the_word_for_one_real_server_means_the_backup(lab: Lab) -> None:
    """What befalls the master befalls more than a real server."""
    assert Scene(lab).nodes(["real-server"]) == ("director2",)
    assert Scene(lab, holder="director2").nodes(["real-server"]) == ("director1",)


def test_the_word_for_one_real_server_means_a_web_server_where_there_is_one() -> None:
    """It is nothing else than that."""
    both = TEXT.replace("web1: {role: idle}", WEB).replace("{node: director2}]", "{node: director2}, {node: web1}]")
    assert Scene(parse_lab(both)).nodes(["real-server"]) == ("web1",)


def test_the_one_director_is_a_real_server_like_others() -> None:
    """In lvs-nat-local it comes first in the file."""
    assert Scene(load_lab(LABS / "lvs-nat-local.yml")).nodes(["real-server"]) == ("director1",)


def test_the_picture_shows_the_vip_on_lo_of_both(lab: Lab) -> None:
    """And on the master's network besides."""
    cards = {card.name: card for card in view_of(lab).cards}
    assert cards["director1"].held == ("192.168.18.41",)
    assert cards["director2"].held == ()
    assert [cards[name].hidden for name in ("director1", "director2")] == [("192.168.18.41 on lo",)] * 2
