"""Which network cards have to be plugged into another network, read from what libvirt says of a machine."""

from xml.etree.ElementTree import fromstring

from lvslab.host.cards import moved
from tests.unit.recorded import FIXTURES

MACHINE = (FIXTURES / "virsh" / "dumpxml-web1.xml").read_text()
LAN, SPARE = "52:54:00:f1:00:0c", "52:54:00:f2:00:0c"


def test_cards_that_are_where_they_should_be_stay() -> None:
    """Nothing is told to libvirt about them, nor about the management network's card."""
    assert list(moved(MACHINE, {LAN: "lan", SPARE: "spare"})) == []


def test_a_card_is_told_its_new_network_and_nothing_else() -> None:
    """All else stays as libvirt has it, for it refuses to change anything but the network while a machine runs."""
    [xml] = moved(MACHINE, {LAN: "inside", SPARE: "spare"})
    card = fromstring(xml)
    source, mac, model = (card.find(name) for name in ("source", "mac", "model"))
    assert source is not None and mac is not None and model is not None
    assert source.attrib == {"network": "inside"}
    assert (mac.get("address"), model.get("type")) == (LAN, "virtio")
    assert card.find("address") is not None
