"""The course of the bench: which lab is raised when, and what is measured on it.

Four parts, each of which takes away what it raised: a lab beside plain boots of its machines; the same machines
bare, for lvslab and the playbook to provision; a box; a lab for drills and load.
"""

import json
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from lvslab.bench import LAB, footprint, installation, loads
from lvslab.bench.bare import BARE
from lvslab.bench.drills import on_drills
from lvslab.bench.figure import Figure
from lvslab.bench.order import Bench
from lvslab.bench.process import Timed, inside, lvslab
from lvslab.bench.subjects import GROUPS
from lvslab.errors import LabError, UsageError
from lvslab.host import box, snapshots, state
from lvslab.host.box import cache
from lvslab.lifecycle import down, instance

ON_VERIFIED = ("up-cold", "memory", "disk", "up-restore", "reset", "switch", "down")
ON_BARE = ("provision-first", "provision-noop")
BESIDE_BOOTS = ("up-cold", "memory", "disk", "switch")
OTHER_LABS = ("lvs-dr-guarded", "lvs-nat", "lvs-dr-document")
"""What the machines become one after the other: twice with the storage that they had, and once without."""
AFTER_VERIFIED = "keeping a snapshot"


def run(bench: Bench) -> tuple[Figure, ...]:
    """Measure what is wanted and return the figures; nothing that was raised stays, however it ends.

    A part that fails is told in a note of its figures, and the others go on. Raises UsageError when a lab of the
    bench's name is there already, and HostError when a program is missing that is measured against.
    """
    if bench.wants("load"):
        loads.require()
    parts = (
        (on_verified, ON_VERIFIED),
        (on_bare, ON_BARE),
        (build_box, ("box-build",)),
        (on_drills, GROUPS["drilling"]),
    )
    with state.locked(bench.other, "bench"):
        for paths in (bench.paths, bench.other):
            if paths.root.exists():
                raise UsageError(
                    f"a lab named {paths.name} is here, the bench raises its own", f"lvslab down {paths.name}"
                )
        for part, names in parts:
            if bench.wants(*names):
                attempt(bench, part, names)
    return bench.ledger.figures(bench.wanted)


def attempt(bench: Bench, part: Callable[[Bench], None], names: tuple[str, ...]) -> None:
    """Do a part of the bench; an error of the lab becomes a note."""
    try:
        with taken_away(bench):
            part(bench)
    except LabError as err:
        for name in names:
            if not bench.ledger.values[name] or not bench.ledger.peers[name]:
                bench.ledger.failed(name, err)


@contextmanager
def taken_away(bench: Bench) -> Iterator[None]:
    """Remove whatever was raised inside the block, even when Ctrl-C is pressed twice."""
    with ExitStack() as stack:
        # the last is done first, and each whatever the others come to
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            stack.callback(signal.signal, number, signal.getsignal(number))
        stack.callback(bench.paths.lock.unlink, missing_ok=True)
        stack.callback(down.remove, bench.other)
        stack.callback(down.remove, bench.paths)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)


def on_verified(bench: Bench) -> None:
    """Measure a lab that is raised as users raise it."""
    box.build(bench.progress.say)
    for turn in range(bench.cold_runs if bench.wants("up-cold", "down") else 1):
        if bench.wants(*BESIDE_BOOTS):
            boot(bench)
        up_cold(bench)
        if turn == 0:
            take_footprint(bench)
            restore(bench)
            switch(bench)
        take_down(bench)


def boot(bench: Bench) -> None:
    """Boot the machines by qemu alone: the floor of lab-up."""
    bench.progress.stage("plain boots")
    found = inside("boot", str(instance.lab_path(LAB)), bench.other.name, bench.accelerator)
    down.remove(bench.other)
    bench.ledger.add_peer("up-cold", found["seconds"])
    bench.ledger.add_peer("switch", found["seconds"])
    bench.ledger.add_peer("memory", found["pss"])
    bench.ledger.add_peer("disk", found["disk"])


def up_cold(bench: Bench) -> None:
    """Raise the lab from nothing."""
    bench.progress.stage("lab-up from nothing")
    done = lvslab("up", LAB, "--name", bench.name, "--accelerator", bench.accelerator)
    bench.ledger.add("up-cold", done.moment(AFTER_VERIFIED))
    bench.ledger.note("up-cold", f"{done.seconds:.1f} s with the snapshot; {stages(done)}")


def stages(done: Timed) -> str:
    """Return how long each stage of a command took, from what it said off a terminal: ``  12.3 s  provisioning``."""
    begun = [(moment, line.partition(" s  ")[2]) for moment, line in done.lines if " s  " in line]
    heads = [(moment, title) for moment, title in begun if title and not title.startswith(" ")]
    ends = [*(moment for moment, _ in heads[1:]), done.seconds]
    return ", ".join(f"{title} {end - begin:.1f} s" for (begin, title), end in zip(heads, ends, strict=True))


def take_footprint(bench: Bench) -> None:
    """Measure what the lab takes of the host."""
    if not bench.wants("memory", "disk"):
        return
    found = footprint.processes_with(instance.find(bench.name).state.keeper.pid)
    kinds = {"qemu": "qemu-system", "libvirtd": "libvirtd"}
    parts = {
        kind: footprint.memory(pid for pid, name in found.items() if name.startswith(prefix))
        for kind, prefix in kinds.items()
    }
    bench.ledger.add("memory", footprint.memory(found).pss)
    guests = sum(node.memory for node in bench.lab.nodes.values())
    shares = [f"{kind} {taken.pss:.0f} MiB (RSS {taken.rss:.0f})" for kind, taken in parts.items()]
    bench.ledger.note("memory", f"{', '.join(shares)}; the guests have {guests} MiB together")
    bench.ledger.add("disk", footprint.disk(bench.paths.root))
    bench.ledger.note("disk", "the lab's has a snapshot in it, memory included; the plain boots have none")


def restore(bench: Bench) -> None:
    """Measure lab-up and lab-reset of an unchanged lab, each beside a plain revert."""
    verbs = {"up-restore": ("up", LAB, "--accelerator", bench.accelerator), "reset": ("reset",)}
    for subject, words in verbs.items():
        for turn in range(bench.quick_runs if bench.wants(subject) else 0):
            bench.progress.stage(subject)
            bench.ledger.add_peer(subject, inside("revert", bench.name, snapshots.VERIFIED)["seconds"])
            # machines that were just put back are busy with themselves; who types it has a lab that serves
            lvslab("reset", "--name", bench.name)
            done = lvslab(*words, "--name", bench.name)
            bench.ledger.add(subject, done.seconds)
            if turn == 0:
                bench.ledger.note(subject, f"the first run: {stages(done)}")


def switch(bench: Bench) -> None:
    """Have the machines become other labs, each for the first time."""
    for lab in OTHER_LABS if bench.wants("switch") else ():
        bench.progress.stage(f"switch to {lab}")
        done = lvslab("up", lab, "--name", bench.name, "--accelerator", bench.accelerator)
        bench.ledger.add("switch", done.seconds)
        bench.ledger.note("switch", f"{lab} {done.seconds:.1f} s: {stages(done)}")


def take_down(bench: Bench) -> None:
    """Take the lab away."""
    bench.progress.stage("lab-down")
    bench.ledger.add("down", lvslab("down", bench.name).seconds)


def on_bare(bench: Bench) -> None:
    """Measure provision beside the playbook, on the same machines."""
    bench.progress.stage("ansible-core")
    version = installation.install(bench.progress.say)
    box.build(bench.progress.say)
    bench.progress.stage("bare machines")
    inside("bare", str(instance.lab_path(LAB)), bench.name, bench.accelerator)
    folder = bench.paths.root / "playbook"
    folder.mkdir()
    inside("write", bench.name, str(folder))
    for turn in reversed(range(bench.quick_runs if bench.wants("provision-first") else 1)):
        # with nothing to do, once: after the last first run
        provision_lvslab(bench, with_noop=turn == 0)
        provision_playbook(bench, f"sockets-{turn}", with_noop=turn == 0)
    for name in ON_BARE:
        bench.ledger.note(name, f"ansible-core {version}")
    compare(bench)


def provision_lvslab(bench: Bench, with_noop: bool) -> None:
    """Provision the bare machines by lvslab; then again, with nothing to do."""
    bench.progress.stage("provision")
    lvslab("reset", BARE, "--name", bench.name)
    bench.ledger.add("provision-first", lvslab("provision", "--name", bench.name).seconds)
    for _ in range(bench.quick_runs if with_noop and bench.wants("provision-noop") else 0):
        done = lvslab("provision", "--name", bench.name, "--json")
        bench.ledger.add("provision-noop", done.seconds)
        if changed := [node for node, steps in json.loads(done.output)["nodes"].items() if steps]:
            bench.ledger.note("provision-noop", f"lvslab changed something again on {', '.join(changed)}")


def provision_playbook(bench: Bench, turn: str, with_noop: bool) -> None:
    """Provision the bare machines by the playbook; then again, with nothing to do."""
    bench.progress.stage("playbook")
    lvslab("reset", BARE, "--name", bench.name)
    folder, program = str(bench.paths.root / "playbook"), str(installation.program())
    bench.ledger.add_peer("provision-first", inside("play", bench.name, folder, program, turn)["seconds"])
    for _ in range(bench.quick_runs if with_noop and bench.wants("provision-noop") else 0):
        found = inside("play", bench.name, folder, program, turn)
        bench.ledger.add_peer("provision-noop", found["seconds"])
        if changed := [host for host, recap in found["hosts"].items() if recap["changed"]]:
            bench.ledger.note("provision-noop", f"the playbook changed something again on {', '.join(changed)}")


def compare(bench: Bench) -> None:
    """Note what lvslab would still do after the playbook: nothing, when both do the same."""
    done = lvslab("provision", "--name", bench.name, "--dry-run", "--json")
    nodes = json.loads(done.output)["nodes"]
    left = [f"{node}: {step['what']}" for node, steps in nodes.items() for step in steps]
    said = "; ".join(left) if left else "nothing: both do the same"
    bench.ledger.note("provision-first", f"after the playbook lvslab would do {said}")
    lvslab("verify", "--name", bench.name)
    bench.ledger.note("provision-first", "the lab that the playbook made was verified")


def build_box(bench: Bench) -> None:
    """Build a box beside the cached one."""
    bench.progress.stage("building a box")
    began = time.monotonic()
    cache.build_in(bench.other.root, bench.progress.say)
    bench.ledger.add("box-build", time.monotonic() - began)
