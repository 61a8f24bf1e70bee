"""What the bench does inside a lab's namespaces: ``python -m lvslab.bench.inside VERB WORD ...``.

A process of its own, because entering is for good. Prints what it found out as JSON.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from lvslab import console
from lvslab.bench import bare, boots, playbook, watching
from lvslab.errors import LabError
from lvslab.host import snapshots
from lvslab.host.libvirtd import virsh
from lvslab.lifecycle import instance
from lvslab.parallel import at_once


def revert(name: str, snapshot: str) -> dict[str, float]:
    """Put all machines of a lab back to a snapshot by virsh alone, at once, and return the seconds it took."""
    found = instance.entered(name)
    words = (snapshots.stored(found.lab, snapshot), "--running", "--force")
    began = time.monotonic()
    at_once(lambda node: virsh("snapshot-revert", node.name, *words), found.lab.managed)
    return {"seconds": time.monotonic() - began}


VERBS: Mapping[str, Callable[..., Mapping[str, Any]]] = {
    "boot": boots.measure,
    "bare": bare.raise_machines,
    "revert": revert,
    "write": playbook.write,
    "play": playbook.play,
    "load": watching.measure,
}


def main(arguments: list[str]) -> None:
    """Do what the first word says with the others."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    status = 0
    try:
        print(json.dumps(VERBS[arguments[0]](*arguments[1:])), flush=True)
    except LabError as err:
        console.tell_error(err.message, err.hint, err.shown)
        status = err.exit_code
    except KeyboardInterrupt:
        status = 130
    # threads that talk to machines may still wait for them
    os._exit(status)


if __name__ == "__main__":
    main(sys.argv[1:])
