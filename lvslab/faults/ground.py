"""What faults work on: machines by the hypervisor, bridges by their ports, nodes by held connections."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from lvslab.errors import LabError, NodeError
from lvslab.host import machines, snapshots, wiring
from lvslab.host.paths import InstancePaths
from lvslab.model import Lab
from lvslab.nodes.remote import Remote
from lvslab.wait import wait_for

COMMAND_LIMIT = 60.0
ANSWER_LIMIT = 10.0
BOOT_LIMIT = 300.0


def nothing(_node: str) -> None:
    """Do nothing."""


@dataclass
class Ground:
    """A lab, from inside its namespaces.

    ``started`` and ``booted`` are called with a node's name when a fault has started its machine anew, and when it
    answers after that.
    """

    paths: InstancePaths
    lab: Lab
    remotes: Mapping[str, Remote]
    started: Callable[[str], None] = field(default=nothing)
    booted: Callable[[str], None] = field(default=nothing)

    def remote(self, name: str) -> Remote:
        """Return the held connection to a node."""
        return self.remotes[self.lab.node(name).name]

    def run(self, name: str, script: str, timeout: float = COMMAND_LIMIT) -> str:
        """Run a script on a node, as root, and return its output; NodeError with what it said when it fails."""
        result = self.remote(name).run(script, timeout=timeout)
        if not result.ok:
            said = (result.stdout + result.stderr).strip().splitlines()[-5:]
            raise NodeError(f"{name}: a command ended with exit status {result.status}", f"lvslab logs {name}", said)
        return result.stdout

    def ports(self, names: Iterable[str], network: str = "") -> tuple[str, ...]:
        """Return the bridge ports of nodes and client in a network, or in all; a machine that is off has none."""
        networks = [network] if network else list(self.lab.networks)
        return wiring.ports(self.lab, tuple(names), networks)

    def start(self, name: str) -> None:
        """Start a machine that is off and return when it answers, with the right time of day.

        One that lvslab does not log in to is started, and no answer awaited.
        """
        if machines.state(name) == "shut off":
            machines.start(name)
            self.started(name)
        self.wait_for_answer(name)

    def wait_for_answer(self, name: str) -> None:
        """Return when a machine that boots answers, with the right time of day; NodeError with its console.

        One that lvslab does not log in to is not waited for.
        """
        if not self.lab.node(name).is_managed:
            return
        remote = self.remote(name)
        remote.close()  # it was to the machine's former life
        seen = ["nothing"]

        def answers() -> bool:
            try:
                return remote.run("true", timeout=ANSWER_LIMIT).ok
            except LabError as err:
                seen[0] = err.message
                return False

        try:
            with machines.giving_way(name):
                wait_for(answers, within=BOOT_LIMIT, what=name, seen=lambda: seen[0], every=0.3, error=NodeError)
        except NodeError as err:
            tail = machines.console_tail(self.paths, name)
            raise NodeError(f"{err.message}; the end of its console:", f"lvslab logs --console {name}", tail) from err
        snapshots.set_clock(name)
        self.booted(name)
