"""The ports of the lab's bridges, found by the MAC addresses that follow from the lab file."""

from pathlib import Path

import pytest

from lvslab.host import wiring
from lvslab.model import Lab

# as /sys/class/net of a running lab had them
INTERFACES = {
    "client-lan": "ee:21:9f:74:7b:a4",
    "lab-lan": "52:54:00:24:71:28",
    "lo": "00:00:00:00:00:00",
    "vnet104": "fe:54:00:ff:00:0a",
    "vnet105": "fe:54:00:00:12:1f",
    "vnet110": "fe:54:00:ff:00:0c",
    "vnet111": "fe:54:00:00:12:20",
}


@pytest.fixture(autouse=True)
def interfaces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have these interfaces, in place of the host's."""
    for name, address in INTERFACES.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "address").write_text(address + "\n")
    monkeypatch.setattr(wiring, "INTERFACES", tmp_path)


def test_a_node_is_plugged_in_by_its_tap(lab: Lab) -> None:
    """That on the lab's network, not that on the management network; the client by its veth."""
    assert wiring.ports(lab, ["director1", "web1", "client"], ["lan"]) == ("vnet105", "vnet111", "client-lan")


def test_a_machine_that_is_off_has_no_port(lab: Lab) -> None:
    """Nor has anybody one in a network that he is not on."""
    assert wiring.ports(lab, ["web2"], ["lan"]) == ()
    assert wiring.ports(lab, ["web1", "client"], ["wan"]) == ()


def test_tables_are_those_with_the_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others, libvirt's for one, are not ours to take away."""
    said = "table bridge lvslab-3619d9886257\ntable bridge filter\ntable bridge lvslab-x\n"
    monkeypatch.setattr(wiring, "check", lambda *_words, **_options: said)
    assert wiring.tables("lvslab-") == ["lvslab-3619d9886257", "lvslab-x"]
