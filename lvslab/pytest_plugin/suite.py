"""The lab of a test session: raised, entered, switched to another, taken away.

Two processes stay outside while tests run in the lab's namespaces: the one that pytest was started as, which takes
the lab away when all is over, and the one that isolation.enter leaves to stand in for whoever it forked.
"""

import os
import signal
import subprocess
from typing import NoReturn

from lvslab.host import command, isolation, state
from lvslab.host.paths import InstancePaths
from lvslab.lifecycle import instance as instances
from lvslab.lifecycle import up
from lvslab.lifecycle.instance import Instance
from lvslab.lifecycle.progress import Silence
from lvslab.lifecycle.up import Wishes
from lvslab.model import load_lab
from lvslab.pytest_plugin.lab import LabUnderTest

NAME = "suite"


class Suite:
    """The one lab instance that a test session works on."""

    def __init__(self, borrowed: str | None, keep: bool) -> None:
        self.name = borrowed or NAME
        self._is_borrowed = bool(borrowed)
        self._keep = keep
        self._current: tuple[str, LabUnderTest] | None = None
        self._is_owed = False
        self.is_raised = False
        self.is_entered = False

    def raise_once(self, lab: str) -> int:
        """Have the instance run as ``lab``, unless it does; return the exit code of ``lvslab up``."""
        if self.is_raised:
            return 0
        self.is_raised = True
        words = ("reset", "--name", self.name) if self._is_borrowed else ("up", lab, "--name", self.name)
        code = _lvslab(*words)
        if code != 0:
            self.take_away()
        return code

    def enter_once(self) -> None:
        """Continue inside the running instance, unless that is done."""
        if self.is_entered:
            return
        keeper = instances.find(self.name).state.keeper
        child = os.fork()
        if child:
            self._wait_outside(child)
        isolation.die_with_parent()
        isolation.enter(keeper)
        self.is_entered = True

    def lab(self, wanted: str) -> LabUnderTest:
        """Return the instance as ``wanted``, its machines made into that lab where they are another; as new."""
        owed, self._is_owed = self._is_owed, False
        if self._current and self._current[0] == wanted:
            if owed:
                self._current[1].put_back()
            return self._current[1]
        if self._current:
            self._current[1].disconnect()
        self._current = wanted, self._become(wanted)
        return self._current[1]

    def _become(self, wanted: str) -> LabUnderTest:
        paths = InstancePaths(self.name)
        there = state.read(paths)
        assert there is not None, "a lab that was entered is there"
        file = instances.lab_path(wanted)
        if load_lab(file) != load_lab(paths.lab_file):
            up.become(paths, file, there, Wishes(), Silence())
            there = state.read(paths) or there
        return LabUnderTest(Instance(paths, load_lab(file), there))

    def used(self) -> None:
        """Note that a test was on the lab."""
        if self._current:
            self._current[1].is_as_verified = False

    def put_back_later(self) -> None:
        """Put the lab back when it is asked for again: another lab begins from machines that have just booted."""
        self._is_owed = True

    def leave(self) -> None:
        """Put the lab back where that is still to be done and somebody will find it."""
        if self._current and self._is_owed and (self._keep or self._is_borrowed):
            self._current[1].put_back()

    def take_away(self) -> None:
        """Take the instance away, unless it was there before, or is to be kept."""
        if self.is_raised and not self._keep and not self._is_borrowed:
            _lvslab("down", self.name)

    def _wait_outside(self, child: int) -> NoReturn:
        # the terminal sends SIGINT to the tests as well: they end, and then it is this process's turn
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda got, _frame: os.kill(child, got))
        _, status = os.waitpid(child, 0)
        self.take_away()
        code = os.waitstatus_to_exitcode(status)
        os._exit(128 - code if code < 0 else code)


def _lvslab(*words: str) -> int:
    return subprocess.run(command.lvslab(*words), stdout=subprocess.DEVNULL).returncode
