"""A picture of a lab shows every machine, who holds the VIP, and the way of a request."""

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from lvslab.model import Lab, load_lab
from lvslab.report.graph import GraphState, dot, mermaid, svg
from lvslab.report.graph.arrows import arrows
from lvslab.report.graph.gather import view_of
from lvslab.report.graph.layout import Box, layout_of
from lvslab.report.graph.view import Flow

ROOT = Path(__file__).parents[3]
LABS = [*sorted((ROOT / "labs").glob("*.yml")), Path(__file__).parent / "lvs-nat.yml"]
NAMES = [path.stem for path in LABS[:-1]]
DRAWINGS = [mermaid, dot, svg]
FAILED_OVER = GraphState({"director1": "off", "director2": "running"}, "director2", {"web1": 1})

Draw = Callable[..., str]


@pytest.fixture(scope="module")
def lab() -> Lab:
    """Return the default lab."""
    return load_lab(ROOT / "labs" / "lvs-dr.yml")


def texts_of(picture: str) -> list[str]:
    """Return all that a reader of an SVG sees written."""
    return [
        "".join(found.itertext()) for found in ElementTree.fromstring(picture).iter() if found.tag.endswith("}text")
    ]


def overlap(one: Box, other: Box) -> bool:
    """Tell whether two boxes have a point in common."""
    return one.x < other.right and other.x < one.right and one.y < other.bottom and other.y < one.bottom


@pytest.mark.parametrize("path", LABS, ids=lambda path: path.stem)
@pytest.mark.parametrize("draw", DRAWINGS)
def test_every_picture_names_each_machine_and_network(draw: Draw, path: Path) -> None:
    """No machine, address, network or VIP is left out."""
    lab = load_lab(path)
    picture = draw(lab)
    names = [*lab.nodes, *lab.routers, *lab.networks, "client", *map(str, lab.vips)]
    hosts = [*lab.nodes.values(), *lab.routers.values()]
    addresses = [str(address) for host in hosts for address in host.addresses.values()]
    assert [word for word in names + addresses if word not in picture] == []


@pytest.mark.parametrize("draw", DRAWINGS)
@pytest.mark.parametrize("state", [None, FAILED_OVER], ids=["no state", "failed over"])
def test_the_same_lab_gives_the_same_picture(draw: Draw, state: GraphState | None, lab: Lab) -> None:
    """A picture in a repository changes only with the lab."""
    assert draw(lab, state) == draw(load_lab(ROOT / "labs" / "lvs-dr.yml"), state)


def test_without_a_state_the_master_holds_the_vip(lab: Lab) -> None:
    """What the lab file says is what is drawn."""
    assert [card.name for card in view_of(lab).cards if card.held] == ["director1"]


def test_the_holder_takes_the_vip_along(lab: Lab) -> None:
    """After a failover the requests go to the new holder, which sends the adverts."""
    view = view_of(lab, FAILED_OVER)
    assert [card.name for card in view.cards if card.held] == ["director2"]
    assert [edge.target for edge in view.edges if edge.flow is Flow.REQUEST] == ["director2"]
    assert [(edge.source, edge.target) for edge in view.edges if edge.flow is Flow.ADVERT] == [
        ("director2", "director1")
    ]


def test_a_removed_real_server_gets_and_answers_nothing(lab: Lab) -> None:
    """A server that is not in the table is drawn as idle, and has no reply."""
    edges = view_of(lab, FAILED_OVER).edges
    assert [edge.target for edge in edges if edge.flow is Flow.FORWARD and edge.idle] == ["web2"]
    assert [edge.source for edge in edges if edge.flow is Flow.REPLY] == ["web1"]
    assert "removed from the table" in texts_of(svg(lab, FAILED_OVER))


def test_a_vip_that_nobody_holds_is_said(lab: Lab) -> None:
    """Without a holder no request arrives anywhere."""
    state = GraphState()
    assert not [edge for edge in view_of(lab, state).edges if edge.flow is Flow.REQUEST]
    assert "The client asks the virtual address 192.168.18.41:80, which no node holds." in texts_of(svg(lab, state))


def test_with_dr_the_reply_is_direct_and_with_nat_it_returns() -> None:
    """The arrows tell the forwarding methods apart."""
    direct, returning = (view_of(load_lab(path)).edges for path in (LABS[0], LABS[-1]))
    assert {edge.source for edge in direct if edge.flow is Flow.REPLY} == {"web1", "web2"}
    assert not [edge for edge in returning if edge.flow is Flow.REPLY]
    assert all(edge.returns for edge in returning if edge.flow in (Flow.REQUEST, Flow.FORWARD))


def flows(name: str, flow: Flow) -> set[tuple[str, str]]:
    """Return from whom to whom something flows in a lab of the repository."""
    edges = view_of(load_lab(ROOT / "labs" / f"{name}.yml")).edges
    return {(edge.source, edge.target) for edge in edges if edge.flow is flow}


def test_what_passes_a_router_is_drawn_through_it() -> None:
    """Requests come in by the client's router, replies leave by the real servers'."""
    assert flows("lvs-dr-routers", Flow.REQUEST) == {("client", "router-a"), ("router-a", "director1")}
    servers = {("web1", "router-b"), ("web2", "router-b"), ("nfs", "router-b")}
    assert flows("lvs-dr-routers", Flow.REPLY) == servers | {("router-b", "client")}


def test_a_tunnel_is_drawn_through_the_router_too() -> None:
    """The director's packets to another network go by its router."""
    assert flows("lvs-tun", Flow.FORWARD) == {("director1", "router"), ("router", "web1"), ("router", "web2")}
    assert "192.168.10.200 on tunl0" in mermaid(load_lab(ROOT / "labs" / "lvs-tun.yml"))


def test_steps_name_the_routers_on_the_way() -> None:
    """In words below the picture."""
    asks, _, answers = view_of(load_lab(ROOT / "labs" / "lvs-dr-routers.yml")).steps
    assert asks.endswith("which director1 holds, by router-a.")
    assert answers.endswith("answers the client directly, by router-b.")


@pytest.mark.parametrize(
    ("name", "asks"),
    [
        ("lvs-dr-active", "192.168.18.41:80, which director1 holds, or 192.168.18.42:80, which director2 holds."),
        ("lvs-dr-checks", "192.168.18.41:80 or 192.168.18.41:443, which director1 holds."),
    ],
)
def test_each_address_is_said_with_its_holder(name: str, asks: str) -> None:
    """Those of one director together."""
    assert view_of(load_lab(ROOT / "labs" / f"{name}.yml")).steps[0] == f"The client asks the virtual address {asks}"


@pytest.mark.parametrize(
    ("name", "picks"),
    [
        ("lvs-dr-checks", "for each connection and hands it the packets (DR, scheduler wrr or rr)."),
        ("lvs-dr-persistence", "for each client and hands it the packets (DR, scheduler rr persistent 5)."),
        ("lvs-udp", "for each connection or each datagram and hands it the packets (DR, scheduler rr or rr ops)."),
        ("lvs-nat-local", ", itself included, for each connection and hands it the packets (NAT, scheduler wlc)."),
    ],
)
def test_what_a_real_server_is_picked_for_is_said(name: str, picks: str) -> None:
    """A client with persistence, a datagram with one-packet scheduling; and that the director may pick itself."""
    said = view_of(load_lab(ROOT / "labs" / f"{name}.yml")).steps[1]
    assert said == f"The director picks a real server{'' if picks.startswith(',') else ' '}{picks}"


def test_a_director_that_is_a_real_server_answers_clients_too() -> None:
    """Both do with direct routing; the master gets what it has picked itself for from nobody."""
    assert flows("lvs-dr-local", Flow.REPLY) == {("director1", "client"), ("director2", "client")}


def test_a_director_that_answers_itself_passes_nothing_on() -> None:
    """One arrow, there and back, and one sentence for it; the standby is only told that the other is well."""
    view = view_of(load_lab(ROOT / "labs" / "vrrp-nginx.yml"))
    flows = [(edge.source, edge.target, edge.flow, edge.returns) for edge in view.edges]
    assert flows == [("client", "director1", Flow.REQUEST, True), ("director1", "director2", Flow.ADVERT, False)]
    assert view.steps == (
        "The client asks the virtual address 10.63.0.158:80, which director1 holds and answers itself.",
    )
    assert [card.name for card in view.cards if "nginx, port 80" in card.lines] == ["director1", "director2"]


def test_a_router_of_requests_stands_left_of_the_directors() -> None:
    """And one of replies on their right, so that lines need not cross."""
    machines = layout_of(view_of(load_lab(ROOT / "labs" / "lvs-dr-routers.yml"))).machines
    assert machines["router-a"].x < machines["director1"].x < machines["director2"].x < machines["router-b"].x


@pytest.mark.parametrize("name", NAMES)
def test_the_pictures_of_the_manual_are_what_the_lab_files_give(name: str) -> None:
    """Whoever changes a lab or the drawing draws them again."""
    again = f"draw it again with: .venv/bin/lvslab graph {name} --format svg -o docs/{name}.svg"
    drawn = ROOT / "docs" / f"{name}.svg"
    assert drawn.is_file(), again
    assert drawn.read_text() == svg(load_lab(ROOT / "labs" / f"{name}.yml")), again


@pytest.mark.parametrize("name", NAMES)
def test_the_section_of_each_lab_begins_with_its_picture(name: str) -> None:
    """Whoever cannot see it is told what it shows, in words of its own."""
    page = (ROOT / "docs" / "labs.md").read_text()
    found = re.search(rf"^## {name}\n\n!\[([^]]+)\]\({name}\.svg\)$", page, re.MULTILINE)
    assert found, f"docs/labs.md, section {name}, should begin with: ![what the picture shows]({name}.svg)"
    assert len(found[1].split()) > 5
    assert page.count(f"![{found[1]}]") == 1


def test_the_storage_is_drawn_from_the_export_down_to_the_disks(lab: Lab) -> None:
    """The picture shows members and spare, array, volume and export."""
    texts = texts_of(svg(lab))
    assert {"NFS export /web", "vg0/web 2GiB ext4", "RAID5 /dev/md5", "nfs-1", "nfs-4", "spare"} <= set(texts)
    assert "spare nfs-4" in mermaid(lab)


@pytest.mark.parametrize("path", LABS, ids=lambda path: path.stem)
def test_no_two_machines_overlap_and_all_are_inside_the_picture(path: Path) -> None:
    """Cards and bars keep clear of each other on labs of one and of two networks."""
    layout = layout_of(view_of(load_lab(path)))
    boxes = [*layout.machines.values(), *layout.bars.values()]
    assert [(a, b) for a in boxes for b in boxes if a is not b and overlap(a, b)] == []
    assert all(box.x > 0 and box.right < layout.width and box.bottom < layout.height for box in boxes)


@pytest.mark.parametrize("path", LABS, ids=lambda path: path.stem)
def test_no_sentence_is_wider_than_the_picture(path: Path) -> None:
    """One that is too long goes on in a line of its own. No common font has wider letters than 7 pixels."""
    picture = ElementTree.fromstring(svg(load_lab(path)))
    width = float(picture.attrib["width"])
    written = [found for found in picture.findall("{*}text") if found.get("class") != "bar-name"]
    ends = {found.text: float(found.attrib["x"]) + 7 * len(found.text or "") for found in written}
    assert [text for text, end in ends.items() if end > width] == []


def test_a_sentence_that_is_broken_leaves_out_no_word() -> None:
    """The lines together are the sentence."""
    view = view_of(load_lab(ROOT / "labs" / "lvs-dr-fwmark.yml"))
    steps = layout_of(view).steps
    assert [len(step.lines) for step in steps] == [2, 1, 1]
    assert tuple(" ".join(step.lines) for step in steps) == view.steps


@pytest.mark.parametrize("path", LABS, ids=lambda path: path.stem)
def test_no_line_with_corners_passes_through_a_machine(path: Path) -> None:
    """All go around cards, those that they come from and go to included; adverts may pass a backup."""
    view = view_of(load_lab(path))
    layout = layout_of(view)
    for arrow in (each for each in arrows(view, layout) if each.edge.flow is not Flow.ADVERT):
        for (x1, y1), (x2, y2) in pairwise(corners(arrow.path)):
            way = Box(min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1))
            assert [name for name, box in layout.machines.items() if overlap(way, box)] == [], arrow.edge


def corners(path: str) -> list[tuple[float, float]]:
    """Return the points that a path of straight lines goes by; none for a bow."""
    numbers = [float(number) for number in re.findall(r"[\d.]+", path)] if "C" not in path else []
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def test_the_svg_needs_nothing_beside_itself(lab: Lab) -> None:
    """No script, font or image is fetched, and there are colours for dark pages."""
    picture = svg(lab)
    assert re.findall(r"https?://\S+", picture) == ['http://www.w3.org/2000/svg"']
    assert "<script" not in picture
    assert "prefers-color-scheme: dark" in picture


def test_texts_are_escaped() -> None:
    """A title may hold any character."""
    lab = load_lab(LABS[-1])
    assert lab.title in texts_of(svg(lab))
    assert 'title: "Two <networks> & \\"quotes\\""' in mermaid(lab)
    assert 'label="Two <networks> & \\"quotes\\""' in dot(lab)


def test_a_node_named_like_a_keyword_does_not_break_mermaid(lab: Lab) -> None:
    """Mermaid ends a block at the word end, so no identifier is a bare name."""
    assert re.findall(r"^    (\w+)\[", mermaid(lab), re.MULTILINE)[1] == "node_director1"


def test_a_service_of_several_ports_is_drawn_with_them() -> None:
    """Those that a mark joins, or a star for every port; web servers tell all that they listen on."""
    picture = dot(load_lab(ROOT / "labs" / "lvs-dr-fwmark.yml"))
    for words in ("192.168.18.41:80+443", "192.168.18.41:22", "192.168.18.42:*", "apache2, port 80 and 443"):
        assert words in picture


def test_a_web_server_tells_its_ports_of_udp() -> None:
    """Beside those that it serves pages on."""
    cards = view_of(load_lab(ROOT / "labs" / "lvs-udp.yml")).cards
    assert [card.name for card in cards if "UDP port 7000 and 7001" in card.lines] == ["web1", "web2"]


def test_two_directors_that_each_hold_a_vip_are_both_masters() -> None:
    """Of the instance whose address they hold; the other one's backup."""
    active = load_lab(ROOT / "labs" / "lvs-dr-active.yml")
    one, two = map(str, active.vips)
    held = {one: "director1", two: "director2"}
    lines = {card.name: card.lines for card in view_of(active, GraphState(holder="director1", holders=held)).cards}
    assert lines["director1"][1:3] == ("VI_1 priority 100, MASTER", "VI_2 priority 99, BACKUP")
    assert lines["director2"][1:3] == ("VI_1 priority 99, BACKUP", "VI_2 priority 100, MASTER")
