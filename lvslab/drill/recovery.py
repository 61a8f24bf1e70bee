"""After the last fault is healed: wait until the lab is what its file says, without asking its services anything.

Requests of our own would be counted among those that the run is judged by; whether the services answer, the prober
tells.
"""

import time
from collections.abc import Callable, Mapping

from lvslab.history import Recovery
from lvslab.lifecycle import status as status_of
from lvslab.lifecycle import verify
from lvslab.lifecycle.instance import Instance
from lvslab.nodes.remote import Remote
from lvslab.wait import Deadline

EVERY = 0.5


def wait_until_recovered(
    found: Instance,
    remotes: Mapping[str, Remote],
    within: float,
    now: Callable[[], int],
    tell: Callable[[str], None],
) -> Recovery:
    """Look until nothing differs from the lab file, at most ``within`` seconds, and return how that ended."""
    deadline, began = Deadline(within), now()
    while True:
        wrong = verify.mismatches(found.lab, status_of.current(found.lab, found.state, remotes))
        if not wrong or deadline.has_passed:
            return Recovery(now(), now() - began, tuple(wrong))
        tell(wrong[0])
        time.sleep(EVERY)
