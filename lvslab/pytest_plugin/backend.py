"""testinfra over the connection that lvslab holds open to a node: every command has a time limit."""

from typing import Any

from testinfra.backend.base import BaseBackend, CommandResult

from lvslab.nodes.fabric_remote import FabricRemote

LIMIT = 120.0


class FabricBackend(BaseBackend):  # type: ignore[misc]  # testinfra has no types
    """What testinfra runs commands by."""

    NAME = "fabric"

    def __init__(self, remote: FabricRemote) -> None:
        super().__init__(remote.name)
        self._remote = remote

    def run(self, command: str, *args: str, **_kwargs: Any) -> CommandResult:
        """Run a command on the node; NodeError when the node does not answer in time."""
        line = self.get_command(command, *args)
        done = self._remote.run(line, timeout=LIMIT)
        return self.result(done.status, line.encode(), done.stdout, done.stderr)
