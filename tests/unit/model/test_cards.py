"""A machine's network cards belong to the machine, and not to the lab that it is just now."""

from lvslab.model import load_lab
from lvslab.model.resolve import plugs
from tests.unit.recorded import LABS


def test_a_card_shows_its_place_and_its_node() -> None:
    """The fourth byte is f1 for the first card, the last two are those of the management address's place."""
    web1 = load_lab(LABS / "lvs-nat.yml").node("web1")
    assert web1.cards == ("52:54:00:f1:00:0c", "52:54:00:f2:00:0c")
    assert web1.mac("inside") == "52:54:00:01:00:a0"


def test_cards_are_plugged_into_the_networks_in_their_order() -> None:
    """The first address is the first card's; cards that the lab has no use for are in a network of their own."""
    nodes = load_lab(LABS / "lvs-nat.yml").nodes
    assert list(plugs(nodes["director1"]).values()) == ["outside", "inside"]
    assert list(plugs(nodes["web1"]).values()) == ["inside", "spare"]
    assert list(plugs(nodes["nfs"]).values()) == ["spare", "spare"]
