"""A node reached by ssh, through fabric: one connection, kept open, with a limit on everything."""

import logging
import shlex
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fabric
import paramiko
from invoke.exceptions import CommandTimedOut

from lvslab.errors import NodeError
from lvslab.nodes.remote import TIMEOUT, Line, Result

CONNECT_LIMIT = 10.0
# a dead host is noticed after this many seconds of silence, not after an hour
KEEPALIVE = 5
# what goes wrong is raised here; paramiko's threads would also write it on standard error
logging.getLogger("paramiko").addHandler(logging.NullHandler())
LOST = (paramiko.SSHException, OSError, EOFError)


class Lines:
    """A stream that hands on whole lines."""

    def __init__(self, on_line: Line) -> None:
        self._on_line = on_line
        self._rest = ""

    def write(self, text: str) -> None:
        """Take some text."""
        *whole, self._rest = (self._rest + text).split("\n")
        for line in whole:
            self._on_line(line)

    def flush(self) -> None:
        """Do nothing: a half line waits for its other half."""


class Nothing:
    """A stream for nobody."""

    def write(self, text: str) -> None:
        """Forget the text."""

    def flush(self) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class Login:
    """How to log in to a node; ``known_hosts`` None takes any host key, as vagrant does with its machines."""

    address: str
    key: Path
    known_hosts: Path | None = None
    user: str = "root"
    port: int = 22


class FabricRemote:
    """A node of the lab, as root; where the login is somebody else's, through sudo."""

    def __init__(self, name: str, login: Login) -> None:
        self.name = name
        self.login = login
        self._lock = threading.Lock()
        config = fabric.Config(overrides={"load_ssh_configs": False})
        config.load_ssh_config()
        self._connection = fabric.Connection(
            login.address,
            user=login.user,
            port=login.port,
            config=config,
            connect_timeout=CONNECT_LIMIT,
            connect_kwargs={
                "key_filename": str(login.key),
                "allow_agent": False,
                "look_for_keys": False,
                "banner_timeout": 30,
                "auth_timeout": 30,
            },
        )
        if login.known_hosts:
            self._connection.client.load_host_keys(str(login.known_hosts))
            self._connection.client.set_missing_host_key_policy(paramiko.RejectPolicy())
        else:
            self._connection.client.set_missing_host_key_policy(paramiko.AutoAddPolicy())

    def open(self) -> None:
        """Connect unless connected; raises NodeError."""
        with self._lock:
            if self._connection.is_connected:
                return
            try:
                self._connection.open()
                self._connection.transport.set_keepalive(KEEPALIVE)
            except LOST as err:
                self._connection.close()
                raise NodeError(
                    f"{self.name} ({self.login.address}): no ssh connection: {_why(err)}", "lvslab status"
                ) from err

    def run(self, script: str, timeout: float = TIMEOUT, on_line: Line | None = None) -> Result:
        """Run ``script`` on the node; see Remote.run."""
        self.open()
        as_root = script if self.login.user == "root" else f"sudo -n -- sh -c {shlex.quote(script)}"
        try:
            done: Any = self._connection.run(
                as_root,
                warn=True,
                in_stream=False,
                timeout=timeout,
                out_stream=Lines(on_line) if on_line else Nothing(),
                err_stream=Nothing(),
            )
        except CommandTimedOut as err:
            # whoever asks next must not wait behind the command that does not end
            self.close()
            raise NodeError(
                f"{self.name}: no end to a command after {timeout:.0f} s", f"lvslab logs {self.name}"
            ) from err
        except (TimeoutError, *LOST) as err:
            self.close()
            raise NodeError(f"{self.name}: the connection was lost: {_why(err)}", "lvslab status") from err
        return Result(done.return_code, done.stdout, done.stderr)

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()


def _why(err: Exception) -> str:
    """Return what went wrong in the kernel's words; paramiko names a port, and an error that has no number."""
    if isinstance(err, paramiko.ssh_exception.NoValidConnectionsError):
        err = next(iter(err.errors.values()))
    return getattr(err, "strerror", None) or str(err) or type(err).__name__
