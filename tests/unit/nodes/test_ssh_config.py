"""Logins of machines that another provider runs, as vagrant tells them."""

from pathlib import Path

import pytest

from lvslab.errors import UsageError
from lvslab.nodes.fabric_remote import Login
from lvslab.nodes.ssh_config import logins

SAID = """\
Host director1
  HostName 127.0.0.1
  User vagrant
  Port 2222
  UserKnownHostsFile /dev/null
  StrictHostKeyChecking no
  PasswordAuthentication no
  IdentityFile "/home/me/my labs/.vagrant/machines/director1/virtualbox/private_key"
  IdentitiesOnly yes
  LogLevel FATAL

Host nfs
  HostName 127.0.0.1
  User vagrant
  Port 2200
  IdentityFile /home/me/key
"""


def test_every_host_has_its_login() -> None:
    """Address, port, user and key are the host's own; a path may hold blanks."""
    assert logins(SAID, "ssh-config") == {
        "director1": Login(
            "127.0.0.1",
            Path("/home/me/my labs/.vagrant/machines/director1/virtualbox/private_key"),
            user="vagrant",
            port=2222,
        ),
        "nfs": Login("127.0.0.1", Path("/home/me/key"), user="vagrant", port=2200),
    }


@pytest.mark.parametrize(
    ("line", "lacks"), [("  HostName 127.0.0.1\n", "hostname"), ("  IdentityFile /home/me/key\n", "identityfile")]
)
def test_a_host_that_lacks_a_word_is_named(line: str, lacks: str) -> None:
    """The message says which host and which word."""
    before, last = SAID.split("Host nfs")
    with pytest.raises(UsageError, match=f"ssh-config: host nfs: no usable '{lacks}'"):
        logins(f"{before}Host nfs{last.replace(line, '')}", "ssh-config")


def test_a_port_that_is_no_number_is_refused() -> None:
    """A file that was written by hand may hold anything."""
    with pytest.raises(UsageError, match="host director1"):
        logins(SAID.replace("2222", "ssh"), "ssh-config")


def test_nothing_is_nobody() -> None:
    """An empty file names no machine."""
    assert logins("", "ssh-config") == {}
