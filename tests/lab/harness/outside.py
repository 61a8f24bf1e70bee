"""What happens on the host before and after the tests: the lab is raised, entered and taken away.

Two processes stay outside while the tests run in the lab's namespaces: the one that pytest was started as, which
takes the lab away when all is over, and the one that isolation.enter leaves to stand in for whoever it forked.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

from lvslab.host import isolation
from lvslab.lifecycle.instance import Instance

NAME = "suite"
LVSLAB = str(Path(sys.executable).with_name("lvslab"))


def raise_lab() -> int:
    """Have the suite's lab run, as new, and return the exit code of ``lvslab up``; it shows its own progress."""
    return subprocess.run([LVSLAB, "up", "--name", NAME], stdout=subprocess.DEVNULL).returncode


def take_away() -> None:
    """Take the suite's lab away, unless LVSLAB_SUITE_KEEP says to keep it."""
    if os.environ.get("LVSLAB_SUITE_KEEP", "0") == "0":
        subprocess.run([LVSLAB, "down", NAME])


def enter(instance: Instance) -> None:
    """Continue in the lab's namespaces; whoever called waits outside, and takes the lab away in the end."""
    child = os.fork()
    if child:
        _wait_outside(child)
    isolation.die_with_parent()
    isolation.enter(instance.state.keeper)


def _wait_outside(child: int) -> NoReturn:
    # the terminal sends SIGINT to the tests as well: they end, and then it is this process's turn
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda got, _frame: os.kill(child, got))
    _, status = os.waitpid(child, 0)
    take_away()
    code = os.waitstatus_to_exitcode(status)
    os._exit(128 - code if code < 0 else code)
