"""Take a lab away, whatever state it is in."""

import shutil

from lvslab.host import isolation
from lvslab.host.paths import InstancePaths


def remove(paths: InstancePaths) -> bool:
    """End every process of a lab and remove its folder; return whether there was anything.

    There is one way for a lab that runs, one that is half raised and one whose host was rebooted: the keeper
    is PID 1 of all that runs, and all that was written is in one folder.
    """
    keepers = isolation.find_keepers(paths.name)
    for keeper in keepers:
        isolation.stop(keeper)
    found = bool(keepers) or paths.root.exists()
    if paths.root.exists():
        shutil.rmtree(paths.root)
    return found
