"""Raise a lab: from nothing, from where an interrupted command left it, or from its snapshot."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from lvslab.errors import UsageError
from lvslab.host import box, client, isolation, keys, libvirtd, machines, snapshots, state
from lvslab.host.accelerator import choose
from lvslab.host.doctor import packages
from lvslab.host.isolation import Keeper
from lvslab.host.paths import InstancePaths
from lvslab.host.state import Phase, State
from lvslab.lifecycle import down, instance, verify
from lvslab.lifecycle.status import Status
from lvslab.model import Lab, load_lab
from provision.provisioner import provision

VERIFY_LIMIT = 120.0


class Progress(Protocol):
    """Where news of the work goes."""

    def stage(self, title: str) -> None:
        """Tell that a new stage begins."""

    def say(self, line: str) -> None:
        """Tell something of the stage."""

    def node(self, name: str, text: str) -> None:
        """Tell what a node is at."""


@dataclass(frozen=True)
class Wishes:
    """What a person may choose: the accelerator (None: probe), and how many seconds a machine has to boot."""

    accelerator: str | None = None
    boot_limit: float = instance.BOOT_LIMIT


def up(file: Path, name: str, wishes: Wishes, progress: Progress) -> Status:
    """Have the lab of ``file`` run, verified, as instance ``name``, and return its status.

    An unchanged lab is put back to its snapshot; a lab that was left half-way is finished or begun again. Called with
    the lock held; continues inside the lab's namespaces.
    """
    lab = load_lab(file)
    paths = InstancePaths(name)
    there = state.read(paths)
    if there is None or not _is_of_use(there):
        down.remove(paths)
        return _raise(lab, file, paths, wishes, progress)
    known = load_lab(paths.lab_file)
    if instance.machines_digest(known) != instance.machines_digest(lab):
        raise UsageError(f"{name} runs with other machines than {file} says", f"lvslab down {name}")
    made = box.cached()
    if made is not None and made.sha256 != there.box:
        raise UsageError(f"{name} runs on machines of an older box", f"lvslab down {name}")
    unchanged = there.digest == instance.digest(lab)
    if not there.is_running:
        progress.stage("waking the lab")
        there = _wake(paths, lab, there)
        snapshots.restore(lab, snapshots.VERIFIED)
    else:
        isolation.enter(there.keeper)
    client.make(lab)
    if there.phase is Phase.READY and unchanged:
        return restore(paths, lab, there, snapshots.VERIFIED, progress)
    machines.resume_paused()
    shutil.copyfile(file, paths.lab_file)
    there = state.advance(paths, _with_digest(there, lab), Phase.RAISED)
    return _finish(paths, lab, there, wishes, progress)


def _is_of_use(there: State) -> bool:
    """Whether what is there can be built upon: machines run, or a snapshot can bring them back."""
    return there.phase is Phase.READY or (there.is_running and there.phase is not Phase.RAISING)


def _with_digest(there: State, lab: Lab) -> State:
    return State(**{**vars(there), "lab": lab.name, "digest": instance.digest(lab)})


def _raise(lab: Lab, file: Path, paths: InstancePaths, wishes: Wishes, progress: Progress) -> Status:
    packages.require()
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

    def new_state(keeper: Keeper) -> State:
        accelerator = chosen.accelerator.value
        return State(paths.name, lab.name, Phase.RAISING, keeper, accelerator, made.sha256, instance.digest(lab))

    keeper = isolation.start(paths, lambda kept: state.write(paths, new_state(kept)))
    isolation.enter(keeper)
    _furnish(lab)
    machines.up(paths, lab, progress.say)
    raised = state.advance(paths, new_state(keeper), Phase.RAISED)
    return _finish(paths, lab, raised, wishes, progress)


def _furnish(lab: Lab) -> None:
    libvirtd.start()
    libvirtd.define_pool()
    libvirtd.define_networks(lab)
    client.make(lab)


def _wake(paths: InstancePaths, lab: Lab, there: State) -> State:
    """Make the namespaces anew around a lab whose machines are only on disk: the host was rebooted."""

    def woken(keeper: Keeper) -> State:
        return State(**{**vars(there), "keeper": keeper})

    keeper = isolation.start(paths, lambda kept: state.write(paths, woken(kept)))
    isolation.enter(keeper)
    _furnish(lab)
    return woken(keeper)


def _finish(paths: InstancePaths, lab: Lab, raised: State, wishes: Wishes, progress: Progress) -> Status:
    progress.stage("provisioning")
    with instance.connections(paths, lab) as remotes:

        def ready(name: str) -> None:
            progress.node(name, "booting")
            instance.wait_for_ssh(paths, remotes[name], wishes.boot_limit)

        def finished(name: str) -> None:
            if name in awaited:
                machines.favour(lab.nodes)

        awaited = [lab.storage.node] if lab.storage else list(lab.nodes)
        machines.favour(awaited)
        try:
            provision(lab, remotes, progress.node, ready=ready, finished=finished)
        finally:
            machines.favour(lab.nodes)
        raised = state.advance(paths, raised, Phase.PROVISIONED)
        progress.stage("verifying")
        verify.wait_until_as_expected(lab, raised, remotes, VERIFY_LIMIT, progress.say)
        progress.stage("keeping a snapshot")
        snapshots.save(lab, snapshots.VERIFIED)
        ready_state = state.advance(paths, raised, Phase.READY)
        return verify.wait_until_as_expected(lab, ready_state, remotes, VERIFY_LIMIT, progress.say)


def restore(paths: InstancePaths, lab: Lab, there: State, name: str, progress: Progress) -> Status:
    """Put a lab back to a snapshot and return its status once it is as expected."""
    reset(lab, name, progress)
    progress.stage("verifying")
    with instance.connections(paths, lab) as remotes:
        return verify.wait_until_as_expected(lab, there, remotes, VERIFY_LIMIT, progress.say)


def reset(lab: Lab, name: str, progress: Progress) -> None:
    """Put a lab back to a snapshot; return when its services answer the client, if they did in the snapshot."""
    progress.stage(f"restoring the snapshot {name}")

    def served() -> None:
        if name == snapshots.VERIFIED:
            verify.wait_until_served(lab, VERIFY_LIMIT)

    snapshots.restore(lab, name, meanwhile=served)
