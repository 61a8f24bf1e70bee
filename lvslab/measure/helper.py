"""Helper processes of a watch: each does one thing, in the client's network, with an interpreter of its own.

A helper is started as ``python -m MODULE`` with its wishes as one line of JSON on standard input. It says ``ready``
when it works, then a line of JSON now and then for whoever watches. It ends in order when its standard input ends,
which the kernel sees to when its parent is killed, so a helper never outlives the run.
"""

import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from lvslab.errors import UnusableError
from lvslab.host import client
from lvslab.host.command import find
from lvslab.wait import Deadline

READY_LIMIT = 20.0
END_LIMIT = 15.0


def wishes() -> dict[str, Any]:
    """Return what this process, a helper, was asked to do."""
    # by the descriptor: a buffered file would read on and hide the end of input from select(2)
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(sys.stdin.fileno(), 1)
        if not byte:
            sys.exit(0)
        line += byte
    asked: dict[str, Any] = json.loads(line)
    return asked


def say(values: Mapping[str, Any] | str) -> None:
    """Tell the parent something, from a helper; a parent that is gone is no matter, the input ends as well."""
    line = values if isinstance(values, str) else json.dumps(values, separators=(",", ":"))
    try:
        os.write(sys.stdout.fileno(), f"{line}\n".encode())
    except BrokenPipeError:
        return


class Helper:
    """A helper process, seen from its parent."""

    def __init__(self, module: str, asked: Mapping[str, Any], on_line: Callable[[dict[str, Any]], None]) -> None:
        self.module = module
        self._on_line = on_line
        self._ready = threading.Event()
        command = [find("ip"), "netns", "exec", client.NAME, sys.executable, "-m", module]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        )
        self._errors: list[str] = []
        self._threads = [threading.Thread(target=body, daemon=True) for body in (self._read, self._read_errors)]
        for thread in self._threads:
            thread.start()
        self._write(json.dumps(asked) + "\n")

    def wait_ready(self, within: float = READY_LIMIT) -> None:
        """Return when the helper works; UnusableError when it does not within this many seconds."""
        deadline = Deadline(within)
        while not self._ready.wait(0.02):
            if self._process.poll() is not None or deadline.has_passed:
                self.kill()
                raise UnusableError(f"{self.module} did not start", "lvslab doctor", self._errors[-10:])

    def stop(self, within: float = END_LIMIT) -> str:
        """End the helper and return what went wrong with it, if anything did."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            status = self._process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
            return f"{self.module}: no end after {within:.0f} s"
        self._close()
        return "" if status == 0 else f"{self.module} ended with {status}: {' / '.join(self._errors[-3:])}"

    def kill(self) -> None:
        """End the helper at once."""
        self._process.kill()
        self._process.wait()
        self._close()

    def _close(self) -> None:
        for thread in self._threads:
            thread.join(1)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert pipe is not None
            pipe.close()

    def _write(self, text: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(text.encode())
        self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.strip() == b"ready":
                self._ready.set()
            else:
                self._on_line(json.loads(line))

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._errors.append(line.decode(errors="replace").rstrip())


def input_has_ended() -> bool:
    """Whether the parent wants this helper to end."""
    readable, _, _ = select.select([sys.stdin], [], [], 0)
    return bool(readable) and not os.read(sys.stdin.fileno(), 64)


def be_punctual() -> None:
    """Have the kernel run this process before others (sched(7)), or more often where that is not allowed."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
    except PermissionError:
        with suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, 0, -10)
