"""Bring nodes to what the lab file says: all at once, each as soon as it answers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from itertools import chain
from operator import add
from types import MappingProxyType

from lvslab.errors import NodeError, UsageError
from lvslab.host.certificates import Certificate
from lvslab.model import Lab, Node
from lvslab.model import Role as NodeRole
from lvslab.model.marks import marks_of
from lvslab.nodes.probe import MARK, Readings, read
from lvslab.nodes.remote import Remote
from lvslab.parallel import at_once
from provision.base import BASE, install
from provision.datagrams import DATAGRAMS
from provision.director import DIRECTOR
from provision.marks import MARKS
from provision.nfs import NFS, NFS_SERVER
from provision.role import Facts, Role, Wants
from provision.sorry import SORRY_SERVER
from provision.step import Run, Step, script
from provision.storage import STORAGE
from provision.web import WEB

APPLY_LIMIT = 900.0
# facts, plan, apply; and again where a step has changed the facts
ROUNDS = 3
WRITE_LIMIT = 120.0
Progress = Callable[[str, str], None]
NOTHING_KNOWN: Readings = MappingProxyType({})


def roles(lab: Lab, node: Node) -> list[Role]:
    """Return the roles of a node, in the order in which they are applied."""
    own = {
        NodeRole.DIRECTOR: [
            *([MARKS] if marks_of(lab) else []),
            DIRECTOR,
            *([SORRY_SERVER] if lab.sorry_ports else []),
        ],
        NodeRole.NFS: [STORAGE, NFS_SERVER, NFS] if lab.storage and lab.storage.node == node.name else [],
    }
    serves = [WEB, *([DATAGRAMS] if lab.web.udp_ports else [])] if node in lab.web_servers else []
    # whoever serves does so before it may be master: a script of keepalived's asks
    every = [BASE, *serves, *own.get(node.role, [])]
    return sorted(every, key=lambda role: not role.is_foundation)


def wants(lab: Lab, node: Node) -> Wants:
    """Return what has to be known of a node before it can be planned."""
    return reduce(add, (role.wants(lab, node) for role in roles(lab, node)))


def plan(lab: Lab, node: Node, facts: Facts) -> list[Step]:
    """Return the steps from what a node is to what the lab wants it to be; none when it is."""
    return list(chain(*_parts(lab, node, facts)))


def _parts(lab: Lab, node: Node, facts: Facts) -> tuple[list[Step], list[Step]]:
    """Return the steps of a node's foundation, and those of all else."""
    foundation, rest = install(facts, wants(lab, node).packages), list[Step]()
    for role in roles(lab, node):
        steps = role.plan(lab, node, facts)
        (foundation if role.is_foundation else rest).extend(steps)
    return foundation, rest


def gather(
    lab: Lab, node: Node, remote: Remote, certificate: Certificate | None = None, known: Readings = NOTHING_KNOWN
) -> Facts:
    """Read a node's facts, in one round trip; ``known`` are those that need not be read."""
    asked = [probe for probe in wants(lab, node).all_probes if probe.name not in known]
    return Facts({**known, **read(remote, asked)}, certificate)


def apply(remote: Remote, steps: Sequence[Step], progress: Progress) -> None:
    """Carry out ``steps`` on a node; NodeError names the step that failed, its command and its last lines."""
    if not steps:
        return

    def on_line(line: str) -> None:
        if line.startswith(f"{MARK} begin "):
            progress(remote.name, steps[int(line.split()[2])].what)

    result = remote.run(script(steps), timeout=APPLY_LIMIT, on_line=on_line)
    if not result.ok:
        raise _failure(remote.name, steps, result.status, result.stdout, result.stderr)


def _failure(name: str, steps: Sequence[Step], status: int, stdout: str, stderr: str) -> NodeError:
    head, found, tail = stdout.partition(f"{MARK} fail ")
    if not found:
        said = (head + stderr).splitlines()[-10:]
        return NodeError(f"{name}: provisioning ended with exit status {status}", f"lvslab ssh {name}", said)
    mark, _, output = tail.partition("\n")
    number, code = (int(word) for word in mark.split())
    step = steps[number]
    details = [*step.diff().splitlines()[:3], *output.splitlines()[-10:]]
    return NodeError(
        f"{name}: step {number + 1} of {len(steps)} ({step.what}) ended with exit status {code}",
        f"lvslab ssh {name}",
        details,
    )


@dataclass(frozen=True)
class Outcome:
    """What was, or would be, done to a node."""

    node: str
    steps: tuple[Step, ...]


def provision(
    lab: Lab,
    remotes: Mapping[str, Remote],
    progress: Progress,
    dry_run: bool = False,
    certificate: Certificate | None = None,
) -> list[Outcome]:
    """Bring all nodes in ``remotes`` to what the lab says, for good, and return what was done, in the lab's order.

    See ``configure``.
    """
    outcomes = configure(lab, remotes, progress, dry_run, certificate=certificate)
    if not dry_run:
        write_back(remotes, outcomes)
    return outcomes


def write_back(remotes: Mapping[str, Remote], outcomes: Sequence[Outcome]) -> None:
    """Return when what was done on the nodes is on their disks (sync(1)).

    A file system writes what it was given up to half a minute later (vm.dirty_expire_centisecs): a node that lost its
    power before that would come back with files of no length.
    """

    def sync(name: str) -> None:
        result = remotes[name].run("sync", timeout=WRITE_LIMIT)
        if not result.ok:
            raise NodeError(f"{name}: sync ended with exit status {result.status}", f"lvslab ssh {name}")

    at_once(sync, [each.node for each in outcomes if each.steps])


@contextmanager
def writing_back(remotes: Mapping[str, Remote], outcomes: Sequence[Outcome]) -> Iterator[None]:
    """Write back beside what is done in the block, which ends when both are through."""
    with ThreadPoolExecutor(1) as beside:
        written = beside.submit(write_back, remotes, outcomes)
        yield
        written.result()


def configure(
    lab: Lab,
    remotes: Mapping[str, Remote],
    progress: Progress,
    dry_run: bool = False,
    ready: Callable[[str], None] = lambda name: None,
    founded: Callable[[str], None] = lambda name: None,
    finished: Callable[[str], None] = lambda name: None,
    certificate: Certificate | None = None,
    known: Callable[[str], Readings] = lambda name: NOTHING_KNOWN,
) -> list[Outcome]:
    """Bring all nodes in ``remotes`` to what the lab says and return what was done, in the lab's order.

    A node that loses its power before ``write_back`` may have forgotten it.

    ``certificate`` is what the web servers serve HTTPS with; UsageError where the lab wants one and there is none.
    ``ready`` is called in each node's own thread before anything is asked of it, and may wait there; ``founded`` when
    what was missing of its foundation has been laid, and nothing else is done yet; ``finished`` when it is done.
    ``known`` returns facts of a node that need not be read before anything is done, once that is ready. When
    one node fails, the others are let go at once, for they may be waiting for it, and its error is raised.
    """

    if lab.web.tls and certificate is None:
        raise UsageError(
            f"{lab.name}: HTTPS takes the authority of a lab that lvslab has raised", "web: {tls: false}"
        )

    def one(name: str) -> Outcome:
        node, remote = lab.node(name), remotes[name]
        ready(name)
        steps: list[Step] = []
        told = known(name)
        for _ in range(ROUNDS):
            progress(name, "reading facts")
            foundation, rest = _parts(lab, node, gather(lab, node, remote, certificate, told))
            told = NOTHING_KNOWN
            steps += [*foundation, *rest]
            if dry_run:
                break
            is_known = not any(isinstance(step, Run) and step.changes_facts for step in (*foundation, *rest))
            apply(remote, foundation, progress)
            if foundation and is_known:
                founded(name)
            apply(remote, rest, progress)
            if is_known:
                break
        progress(name, f"{len(steps)} {'to do' if dry_run else 'done'}")
        finished(name)
        return Outcome(name, tuple(steps))

    try:
        return at_once(one, [name for name in lab.nodes if name in remotes])
    except BaseException:
        for remote in remotes.values():
            remote.close()
        raise
