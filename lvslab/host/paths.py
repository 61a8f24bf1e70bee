"""Where lvslab keeps things on the host: the cached box, and one folder for each lab instance."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from lvslab.errors import UsageError


def state_home() -> Path:
    """Return the folder of the lab instances; LVSLAB_STATE moves it."""
    return Path(os.environ.get("LVSLAB_STATE", "/var/lib/lvslab"))


def cache_home() -> Path:
    """Return the folder of the cached boxes; LVSLAB_CACHE moves it."""
    return Path(os.environ.get("LVSLAB_CACHE", "/var/cache/lvslab"))


def project_root() -> Path:
    """Return the checkout: the folder of the Vagrantfile, labs/ and tests/."""
    return Path(__file__).resolve().parents[2]


NAME = re.compile("[a-z0-9][a-z0-9-]{0,30}")


FAULTS = Path("/run/lvslab/faults.json")
"""The active faults, in the lab's own /run: it goes with the lab's namespaces."""


@dataclass(frozen=True)
class InstancePaths:
    """The folder of one lab instance and what stands in it.

    Everything that a lab writes is below ``root``; to remove a lab is to remove this folder.
    """

    name: str

    def __post_init__(self) -> None:
        """Refuse a name that is not one: it becomes the name of a folder that is removed whole."""
        if not NAME.fullmatch(self.name):
            raise UsageError(
                f"{self.name!r} is no name for a lab: lower-case letters, digits and '-', at most 31",
                "lvslab up --help",
            )

    @property
    def root(self) -> Path:
        """Everything of this instance."""
        return state_home() / self.name

    @property
    def lock(self) -> Path:
        """The lock that a command which changes the lab holds; beside the folder, so it outlives it."""
        return state_home() / f"{self.name}.lock"

    @property
    def state(self) -> Path:
        """What is known of the instance: phase, keeper, digests (state.json)."""
        return self.root / "state.json"

    @property
    def lab_file(self) -> Path:
        """The lab file as it was when the lab was raised."""
        return self.root / "lab.yml"

    @property
    def resolved(self) -> Path:
        """The resolved lab, which the Vagrantfile reads."""
        return self.root / "lab.json"

    @property
    def key(self) -> Path:
        """The private ssh key of this lab; the public one stands beside it as ``key.pub``."""
        return self.root / "key"

    @property
    def authority(self) -> Path:
        """The certificate of the lab's own authority, which the client trusts; its key stands beside it."""
        return self.root / "tls" / "authority.crt"

    @property
    def known_hosts(self) -> Path:
        """The host keys of the lab's nodes."""
        return self.root / "known_hosts"

    def host_key(self, node: str) -> Path:
        """The private ssh host key of ``node``."""
        return self.root / "host-keys" / node

    def bare(self, node: str) -> Path:
        """What was read of ``node`` before any lab was put on it."""
        return self.root / "bare" / f"{node}.json"

    def console(self, node: str) -> Path:
        """What ``node`` printed on its serial console."""
        return self.root / "consoles" / f"{node}.log"

    @property
    def vagrant_home(self) -> Path:
        """VAGRANT_HOME of this lab; the box is linked into it."""
        return self.root / "vagrant" / "home"

    @property
    def vagrant_dotfile(self) -> Path:
        """VAGRANT_DOTFILE_PATH of this lab."""
        return self.root / "vagrant" / "dotfile"

    @property
    def vagrant_log(self) -> Path:
        """The last output of vagrant."""
        return self.root / "vagrant" / "log"

    def private(self, folder: str) -> Path:
        """The folder that stands in for the host's ``folder`` (``/etc/libvirt``) inside the lab."""
        return self.root / "private" / folder.strip("/").replace("/", "-")
