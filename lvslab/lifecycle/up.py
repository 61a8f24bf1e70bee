"""Raise a lab: from nothing, from where an interrupted command left it, or from its snapshot."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from lvslab import faults
from lvslab.errors import MachineError, UsageError
from lvslab.host import (
    box,
    cards,
    certificates,
    client,
    isolation,
    keys,
    libvirtd,
    machines,
    own_boxes,
    routers,
    snapshots,
    state,
    wiring,
)
from lvslab.host.accelerator import choose
from lvslab.host.doctor import packages
from lvslab.host.isolation import Keeper
from lvslab.host.paths import InstancePaths
from lvslab.host.state import Phase, State
from lvslab.lifecycle import down, instance, knowledge, verify
from lvslab.lifecycle.progress import Progress
from lvslab.lifecycle.reset import VERIFY_LIMIT, reset
from lvslab.lifecycle.served import wait_until_served
from lvslab.lifecycle.status import Status
from lvslab.model import Lab, load_lab
from lvslab.nodes.probe import Readings
from lvslab.parallel import at_once
from provision import kernel
from provision.provisioner import configure, writing_back


@dataclass(frozen=True)
class Wishes:
    """What a person may choose: the accelerator (None: probe), and how many seconds a machine has to boot."""

    accelerator: str | None = None
    boot_limit: float = instance.BOOT_LIMIT


def up(file: Path, name: str, wishes: Wishes, progress: Progress) -> Status:
    """Have the lab of ``file`` run, verified, as instance ``name``, and return its status.

    A lab that was verified here before is put back to its snapshot; another lab for the same machines is put on them
    as they were when they had just booted; a lab that was left half-way is finished or begun again. Called with the
    lock held; continues inside the lab's namespaces.
    """
    lab = load_lab(file)
    paths = InstancePaths(name)
    there = state.read(paths)
    if there is None or not _is_of_use(there):
        down.remove(paths)
        return _raise(lab, file, paths, wishes, progress)
    _require_same_machines(paths, lab, there, file)
    if there.is_running:
        isolation.enter(there.keeper)
        return become(paths, file, there, wishes, progress)
    progress.stage("waking the lab")
    there = state.record(paths, _wake(paths, there), lab="")
    try:
        return become(paths, file, there, wishes, progress)
    except MachineError as err:
        # the host may have crashed, with what is in the images not on its disk yet
        message = f"{name}: its machines cannot be put back since the host was started anew: {err.message}"
        raise MachineError(message, f"lvslab down {name}", err.details) from err


def become(paths: InstancePaths, file: Path, there: State, wishes: Wishes, progress: Progress) -> Status:
    """Have the machines that run be the lab of ``file``, verified; to be called inside the lab's namespaces."""
    lab = load_lab(file)
    if there.verified.get(lab.name) == instance.digest(lab):
        return _return(paths, lab, file, there, progress)
    machines.resume_paused()
    bare = frozenset[str]()
    if there.lab != lab.name:
        there, bare = _switch(paths, lab, there, progress)
    else:
        faults.refuse_if_active("a new snapshot")
    _furnish(lab)
    at_once(snapshots.stand_up, lab.unmanaged)
    shutil.copyfile(file, paths.lab_file)
    there = state.record(paths, there, phase=Phase.RAISED, lab=lab.name, digest=instance.digest(lab))
    return _finish(paths, lab, there, wishes, progress, bare=bare)


def _is_of_use(there: State) -> bool:
    """Whether what is there can be built upon: machines run, or a snapshot can bring them back."""
    return there.phase is Phase.READY or (there.is_running and there.phase is not Phase.RAISING)


def _require_same_machines(paths: InstancePaths, lab: Lab, there: State, file: Path) -> None:
    """Raise UsageError unless the machines that are there can be this lab's."""
    name = paths.name
    if instance.machines_digest(load_lab(paths.lab_file)) != instance.machines_digest(lab):
        raise UsageError(f"{name} runs with other machines than {file} says", f"lvslab down {name}")
    made = box.cached()
    if made is not None and made.sha256 != there.box:
        raise UsageError(f"{name} runs on machines of an older box", f"lvslab down {name}")


def _return(paths: InstancePaths, lab: Lab, file: Path, there: State, progress: Progress) -> Status:
    """Go back to a lab that was verified before and whose snapshot stands."""
    if there.lab != lab.name:
        there = _unfurnish(paths, there)
    _furnish(lab)
    shutil.copyfile(file, paths.lab_file)
    there = state.record(paths, there, phase=Phase.READY, digest=instance.digest(lab))
    reset(lab, snapshots.VERIFIED, progress)
    there = state.record(paths, there, lab=lab.name)
    progress.stage("verifying")
    with instance.connections(paths, lab) as remotes:
        return verify.wait_until_as_expected(lab, there, remotes, VERIFY_LIMIT, progress.say)


def _switch(paths: InstancePaths, lab: Lab, there: State, progress: Progress) -> tuple[State, frozenset[str]]:
    """Take the machines from the lab that they are to where they had just booted, and into this lab's networks.

    Return the names of those that have nothing of any lab as well.
    """
    if not snapshots.have_bare(lab):
        raise UsageError(f"{paths.name} has machines without the snapshot bare", f"lvslab down {paths.name}")
    progress.stage(f"switching from {there.lab or 'what there is'} to {lab.name}")
    faults.moot()
    there = _unfurnish(paths, there)
    libvirtd.define_networks(lab)
    bare = snapshots.restore_bare(lab)
    cards.plug(lab)
    return there, bare


def _unfurnish(paths: InstancePaths, there: State) -> State:
    """Take away what belongs to the lab and not to the machines; killed here, the next ``up`` begins here again."""
    there = state.record(paths, there, lab="")
    routers.remove_all()
    return there


def _raise(lab: Lab, file: Path, paths: InstancePaths, wishes: Wishes, progress: Progress) -> Status:
    packages.require()
    own = own_boxes.files(lab, file.parent)
    made = box.cached()
    if made is None:
        progress.stage("building the box")
        made = box.build(progress.say)
    chosen = choose(made, wishes.accelerator)
    progress.stage(f"raising {len(lab.nodes)} machines ({chosen.accelerator}: {chosen.reason})")
    paths.root.mkdir(parents=True, mode=0o711)
    shutil.copyfile(file, paths.lab_file)
    keys.make(paths, lab)
    machines.write_resolved(paths, lab, chosen.accelerator)
    machines.link_box(paths, made)
    own_boxes.add(paths, own)

    def new_state(keeper: Keeper) -> State:
        accelerator = chosen.accelerator.value
        return State(paths.name, lab.name, Phase.RAISING, keeper, accelerator, made.sha256, instance.digest(lab))

    keeper = isolation.start(paths, lambda kept: state.write(paths, new_state(kept)))
    isolation.enter(keeper)
    libvirtd.start()
    libvirtd.define_pool()
    _furnish(lab)
    machines.up(paths, lab, progress.say)
    raised = state.advance(paths, new_state(keeper), Phase.RAISED)
    bare = frozenset(node.name for node in lab.managed)
    return _finish(paths, lab, raised, wishes, progress, bare=bare)


def _furnish(lab: Lab) -> None:
    """Have the lab's networks, client and routers; what is there stays."""
    libvirtd.define_networks(lab)
    client.make(lab)
    routers.make(lab)
    wiring.set_mtus(lab)


def _wake(paths: InstancePaths, there: State) -> State:
    """Make the namespaces anew around a lab whose machines are only on disk: the host was rebooted."""

    def woken(keeper: Keeper) -> State:
        return State(**{**vars(there), "keeper": keeper})

    keeper = isolation.start(paths, lambda kept: state.write(paths, woken(kept)))
    isolation.enter(keeper)
    libvirtd.start()
    libvirtd.define_pool()
    return woken(keeper)


def _finish(
    paths: InstancePaths, lab: Lab, raised: State, wishes: Wishes, progress: Progress, *, bare: frozenset[str]
) -> Status:
    """Provision, verify and keep a snapshot; ``bare`` are the machines that have nothing of any lab."""
    others = {name: digest for name, digest in raised.verified.items() if name != lab.name}
    raised = state.record(paths, raised, verified=others)
    progress.stage("provisioning")
    with instance.connections(paths, lab) as remotes:

        def ready(name: str) -> None:
            progress.node(name, "booting")
            instance.wait_for_ssh(paths, remotes[name], wishes.boot_limit)
            if not snapshots.has_bare(name):
                kernel.preload(lab.node(name), remotes[name])
                knowledge.look(paths, lab, remotes[name])
                snapshots.save_bare(name)

        def known(name: str) -> Readings:
            return knowledge.of(paths, lab, name) if name in bare else {}

        def founded(name: str) -> None:
            if name in bare:
                snapshots.save_storage(lab, name)

        def finished(name: str) -> None:
            if name in awaited:
                machines.favour(lab, lab.nodes)

        awaited = [lab.storage.node] if lab.storage else [node.name for node in lab.managed]
        machines.favour(lab, awaited)
        try:
            certificate = certificates.of_lab(paths, lab)
            outcomes = configure(
                lab,
                remotes,
                progress.node,
                ready=ready,
                founded=founded,
                finished=finished,
                certificate=certificate,
                known=known,
            )
        finally:
            machines.favour(lab, lab.nodes)
        raised = state.advance(paths, raised, Phase.PROVISIONED)
        progress.stage("verifying")
        with writing_back(remotes, outcomes):
            seen = verify.wait_until_as_expected(lab, raised, remotes, VERIFY_LIMIT, progress.say)
        progress.stage("keeping a snapshot")
        snapshots.save(lab, snapshots.VERIFIED)
        verified = raised.verified | {lab.name: raised.digest}
        state.record(paths, raised, phase=Phase.READY, verified=verified)
        wait_until_served(lab, VERIFY_LIMIT)
        return replace(seen, phase=Phase.READY.value)
