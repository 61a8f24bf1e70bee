"""Look whether this host can carry a lab, and say what to do where it cannot.

Every probe is a row of data: a name, what it is for, and the look itself. All of them are asked, whatever
the others say; nothing is installed, built or left behind.
"""

import shutil
from collections.abc import Iterable
from dataclasses import asdict

from lvslab.errors import LabError
from lvslab.host import accelerator, box
from lvslab.host.doctor import kernel, packages, room
from lvslab.host.doctor.finding import Finding, Probe, Status, Verdict, ok

__all__ = ["Finding", "Status", "as_json", "examine", "worst"]

SCHEMA_VERSION = 1
NOT_PROBED = "not probed yet; lvslab up finds out"


def probes() -> tuple[Probe, ...]:
    """Return everything that the doctor looks at, the causes before what follows from them."""
    return (
        *kernel.probes(),
        *packages.probes(),
        *room.probes(),
        Probe("accelerator", "what runs the machines", what_accelerator),
        Probe("virtualbox", "the other provider of the Vagrantfile", virtualbox),
    )


def examine(asked: Iterable[Probe] | None = None) -> tuple[Finding, ...]:
    """Look at everything and return what was found, in the order of the probes; never raises."""
    return tuple(probe.look() for probe in (probes() if asked is None else asked))


def worst(findings: Iterable[Finding]) -> Status:
    """Return the worst status among ``findings``; OK when there are none."""
    order = list(Status)
    return max((finding.status for finding in findings), key=order.index, default=Status.OK)


def as_json(findings: Iterable[Finding]) -> dict[str, object]:
    """Return ``findings`` as what ``lvslab doctor --json`` prints."""
    found = tuple(findings)
    return {
        "schema_version": SCHEMA_VERSION,
        "status": worst(found).value,
        "findings": [asdict(finding) for finding in found],
    }


def what_accelerator() -> Verdict:
    """Tell what runs the machines, as far as that is known; boots nothing."""
    try:
        cached = box.cached()
        choice = accelerator.known(cached) if cached else None
    except LabError:  # a broken box, or no QEMU: other probes tell
        choice = None
    return ok(f"{choice.accelerator}: {choice.reason}" if choice else NOT_PROBED)


def virtualbox() -> Verdict:
    """Tell whether VirtualBox is there; nothing needs it."""
    path = shutil.which("VBoxManage")
    return ok(path or "not installed, and not needed: the lab runs on QEMU")
