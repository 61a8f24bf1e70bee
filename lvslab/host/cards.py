"""The machines' network cards: which of the lab's networks each is plugged into.

The machines of an instance stay the same while labs change, so a card is taken from one bridge to another: at once,
and in what the machine is started from, so that it is there again after a power cut.
"""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, fromstring, tostring

from lvslab.host import machines
from lvslab.host.libvirtd import virsh, virsh_with
from lvslab.model import Lab, Node
from lvslab.model.resolve import plugs
from lvslab.parallel import at_once


def plug(lab: Lab) -> None:
    """Have every card of every machine in the network that the lab wants it in."""
    at_once(_plug, lab.nodes.values())


def _plug(node: Node) -> None:
    # one of the user's own box is not started by a snapshot, so it may be off
    live = ("--live",) if machines.state(node.name) != "shut off" else ()
    for card in moved(virsh("dumpxml", node.name), plugs(node)):
        virsh_with(card, "update-device", node.name, *live, "--config")


def moved(machine: str, wanted: dict[str, str]) -> Iterator[str]:
    """Yield the XML of each card that is elsewhere than ``wanted`` (MAC address to network), as it is to be."""
    for card in fromstring(machine).iterfind("devices/interface"):
        network = wanted.get(_mac(card))
        source = card.find("source")
        if source is not None and network and source.get("network") != network:
            source.attrib.clear()
            source.set("network", network)
            yield tostring(card, encoding="unicode")


def _mac(card: Element) -> str:
    mac = card.find("mac")
    return "" if mac is None else mac.get("address", "")
