"""Put a lab back to a snapshot. It is done all the time, so no more is imported here than it takes."""

from lvslab.host import snapshots
from lvslab.host.paths import FAULTS
from lvslab.lifecycle.progress import Progress
from lvslab.lifecycle.served import wait_until_served
from lvslab.model import Lab

VERIFY_LIMIT = 120.0


def reset(lab: Lab, name: str, progress: Progress) -> None:
    """Put a lab back to a snapshot; return when its services answer the client, if they did in the snapshot.

    Faults that were active are so no more.
    """
    progress.stage(f"restoring the snapshot {name}")
    if FAULTS.exists():
        from lvslab import faults

        faults.moot()

    def served() -> None:
        if name == snapshots.VERIFIED:
            # two for each server tell whether they take turns
            wait_until_served(lab, VERIFY_LIMIT, requests=2 * len(lab.servers))

    snapshots.restore(lab, name, meanwhile=served)
