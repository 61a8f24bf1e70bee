"""The lab's own keys: one to log in with, one host key for each node; made anew for every lab."""

import base64
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from lvslab.host.paths import InstancePaths
from lvslab.model import Lab


def make(paths: InstancePaths, lab: Lab) -> None:
    """Write the lab's keys and its known_hosts file."""
    public = _make_pair(paths.key)
    paths.key.with_suffix(".pub").write_text(f"{public} {paths.name}\n")
    known = []
    for node in lab.managed:
        path = paths.host_key(node.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        known.append(f"{lab.management_address(node)},{node.name} {_make_pair(path)}\n")
    paths.known_hosts.write_text("".join(known))


def _make_pair(path: Path) -> str:
    """Write a new private key to ``path`` and return its public half, as OpenSSH writes it."""
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    write_secret(path, secret)
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def write_secret(path: Path, secret: bytes) -> None:
    """Write what nobody else may read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secret)


def credentials(paths: InstancePaths, node: str) -> list[str]:
    """Return the OEM strings (SMBIOS type 11) that hand ``node`` its keys, as systemd.exec(5) reads them."""
    given = {
        "lvslab.host_key": paths.host_key(node).read_bytes(),
        "lvslab.authorized_key": paths.key.with_suffix(".pub").read_bytes(),
    }
    return [
        f"io.systemd.credential.binary:{name}={base64.b64encode(value).decode()}" for name, value in given.items()
    ]
