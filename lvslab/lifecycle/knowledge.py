"""What is known of bare machines, kept with their snapshots: for the lab of today and all that may follow it."""

from contextlib import suppress
from functools import cache

from lvslab.errors import LabError
from lvslab.host.paths import InstancePaths, project_root
from lvslab.lifecycle.instance import machines_digest
from lvslab.model import Lab, load_lab
from lvslab.nodes.probe import Readings
from lvslab.nodes.remote import Remote
from provision import bare
from provision.bare import Known
from provision.provisioner import wants


def look(paths: InstancePaths, lab: Lab, remote: Remote) -> None:
    """Read a machine that has nothing of any lab, and keep what this lab and those below labs/ will want to know."""
    kept = paths.bare(remote.name)
    kept.parent.mkdir(mode=0o700, exist_ok=True)
    kept.write_text(bare.look((lab, *_of_machines(machines_digest(lab))), remote).to_json())


def of(paths: InstancePaths, lab: Lab, name: str) -> Readings:
    """Return what is known of a bare machine; nothing where the lab wants to know more, which is then read."""
    try:
        known = Known.from_json(paths.bare(name).read_text())
    except (OSError, ValueError, TypeError, KeyError):
        return {}
    return known.of(wants(lab, lab.node(name)))


@cache
def _of_machines(digest: str) -> tuple[Lab, ...]:
    """Return the labs below labs/ that the same machines can be; a file that is none is for ``lvslab lint``."""
    found: list[Lab] = []
    for file in sorted((project_root() / "labs").glob("*.yml")):
        with suppress(LabError):
            found.append(load_lab(file))
    return tuple(each for each in found if machines_digest(each) == digest)
