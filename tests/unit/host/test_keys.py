"""The lab's own keys, made anew for every lab, and how they reach the machines."""

import base64
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key

from lvslab.host import keys
from lvslab.host.paths import InstancePaths
from lvslab.model import Lab


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lab: Lab) -> InstancePaths:
    """Return the folder of a lab whose keys are made."""
    monkeypatch.setenv("LVSLAB_STATE", str(tmp_path))
    found = InstancePaths("mine")
    found.root.mkdir()
    keys.make(found, lab)
    return found


def public_of(path: Path) -> str:
    """Return the public half of a private key, as OpenSSH writes it."""
    key = load_ssh_private_key(path.read_bytes(), None)
    assert isinstance(key, Ed25519PrivateKey)
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def test_private_keys_are_nobody_else_s(paths: InstancePaths, lab: Lab) -> None:
    """ssh takes no key that others may read, and nor should it."""
    for path in (paths.key, *(paths.host_key(node) for node in lab.nodes)):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_public_key_belongs_to_the_private_one(paths: InstancePaths) -> None:
    """It names the lab, for whoever finds it on a machine."""
    assert paths.key.with_suffix(".pub").read_text() == f"{public_of(paths.key)} mine\n"


def test_every_node_is_known_by_its_own_key(paths: InstancePaths, lab: Lab) -> None:
    """By address and by name; no two nodes have the same key."""
    lines = paths.known_hosts.read_text().splitlines()
    assert lines == [
        f"192.168.121.{10 + number},{node} {public_of(paths.host_key(node))}" for number, node in enumerate(lab.nodes)
    ]
    assert len({line.split()[2] for line in lines}) == len(lab.nodes)


def test_a_machine_is_handed_its_keys(paths: InstancePaths) -> None:
    """Its own host key and who may log in, as credentials that systemd reads from the firmware."""
    given = {}
    for text in keys.credentials(paths, "web1"):
        kind, name, value = text.split(":", 1)[0], *text.split(":", 1)[1].split("=", 1)
        assert kind == "io.systemd.credential.binary"
        given[name] = base64.b64decode(value, validate=True)
    assert given == {
        "lvslab.host_key": paths.host_key("web1").read_bytes(),
        "lvslab.authorized_key": paths.key.with_suffix(".pub").read_bytes(),
    }


def test_each_lab_has_keys_of_its_own(paths: InstancePaths, lab: Lab) -> None:
    """A second lab's machines cannot be mistaken for this one's; made anew, a key is another key."""
    before = paths.key.read_bytes()
    keys.make(paths, lab)
    assert paths.key.read_bytes() != before
