"""What a machine is made of, as libvirt describes it: whether it is still what a snapshot was taken of."""

from collections.abc import Mapping
from xml.etree.ElementTree import Element, fromstring

from lvslab.host.libvirtd import virsh_in_turn

RUNTIME = {"alias", "backingStore", "seclabel", "channel"}
"""Elements that tell of the process that runs a machine, and not of the machine (libvirt, formatdomain)."""
RUNTIME_ATTRIBUTES = {"id", "index", "portid", "bridge"}
Part = tuple[str, tuple[tuple[str, str], ...], str, tuple["Part", ...]]


def unchanged(snapshots: Mapping[str, str]) -> list[str]:
    """Return which of the machines run, or are paused, with the devices that they have in a snapshot of each.

    A cable that is out, a disk that is pulled or slow, and a card in another network are differences.
    """
    running = set(virsh_in_turn(("list", "--name"))[0].split())
    there = [node for node in snapshots if node in running]
    asked = [words for node in there for words in (("dumpxml", node), ("snapshot-dumpxml", node, snapshots[node]))]
    told = iter(virsh_in_turn(*asked))
    return [node for node, live, kept in zip(there, told, told, strict=True) if _machine(live) == _machine(kept)]


def _machine(described: str) -> Part:
    root = fromstring(described)
    domain = root if root.tag == "domain" else root.find("domain")
    if domain is None:
        raise ValueError("no machine in what libvirt describes")
    return _part(domain)


def _part(element: Element) -> Part:
    # a card's target is the device on the host, which each process has anew
    left_out = RUNTIME | ({"target"} if element.tag == "interface" else set())
    told = tuple(sorted((key, value) for key, value in element.attrib.items() if key not in RUNTIME_ATTRIBUTES))
    parts = tuple(_part(each) for each in element if each.tag not in left_out)
    return element.tag, told, (element.text or "").strip(), parts
