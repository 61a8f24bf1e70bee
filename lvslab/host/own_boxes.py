"""Boxes of the user's own: files that a lab names for real servers, and Vagrant takes into the instance's folder."""

from pathlib import Path

from lvslab.errors import BoxError, UsageError
from lvslab.host import machines
from lvslab.host.command import check
from lvslab.host.paths import InstancePaths
from lvslab.model import Lab

ADD_LIMIT = 900.0
"""Seconds that a box may take to be unpacked; those of FreeBSD have a gibibyte."""


def files(lab: Lab, beside: Path) -> dict[str, Path]:
    """Return the file of each box by how the lab file names it; UsageError where there is none.

    ``beside`` is the lab file's folder, which a path that is not absolute begins at.
    """
    found: dict[str, Path] = {}
    for node in lab.unmanaged:
        assert node.box is not None
        file = (beside / node.box).resolve()
        if not file.is_file():
            raise UsageError(f"{node.name}: there is no box {file}", f"ls -l {file.parent}")
        found[node.box] = file
    return found


def add(paths: InstancePaths, boxes: dict[str, Path]) -> None:
    """Have Vagrant know each box, by how the lab file names it, in this instance and nowhere else.

    Called when the resolved lab is written, for Vagrant reads it whatever it does. Raises BoxError with what Vagrant
    said, which looks whether the box is one for libvirt.
    """
    for name, file in boxes.items():
        words = ["box", "add", "--name", name, "--provider", "libvirt", str(file)]
        check(
            ["vagrant", *words],
            what=f"vagrant box add {file}",
            error=BoxError,
            timeout=ADD_LIMIT,
            env=machines.environment(paths),
        )
