"""Load by locust, in processes of its own: its import changes the process that does it (monkey-patching)."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lvslab.errors import LabError, UnusableError
from lvslab.host import client
from lvslab.host.command import find
from lvslab.host.paths import project_root
from lvslab.measure.clock import Clock
from lvslab.measure.exchange import Target
from lvslab.measure.wishes import LoadWishes
from lvslab.wait import wait_for

START_LIMIT = 60.0
END_LIMIT = 30.0
MARK = "@lvslab "


class Load:
    """locust in the client's network; its report is in the run's folder when it has ended."""

    def __init__(self, wishes: LoadWishes, target: Target, sources: tuple[str, ...]) -> None:
        self._wishes, self._target, self._sources = wishes, target, sources
        self._said: list[str] = []
        self._pulses = 0
        self._on_pulse: Callable[[int], None] = lambda requests: None

    def start(self, folder: Path, history: Path, clock: Clock, on_pulse: Callable[[int], None]) -> None:
        """Begin; returns when locust works. Raises UnusableError when it does not come to that."""
        self._on_pulse = on_pulse
        self._process = subprocess.Popen(
            [find("ip"), "netns", "exec", client.NAME, *arguments(self._wishes, self._target, folder)],
            env={**os.environ, "LVSLAB_LOAD": json.dumps(self._asked(history, clock))},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        try:
            wait_for(self._works, within=START_LIMIT, what="locust does not work", seen=self._last)
        except LabError:
            self.stop()
            raise

    def stop(self) -> str:
        """End locust and return what went wrong, if anything did."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        try:
            status = self._process.wait(END_LIMIT)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._close()
            return f"locust: no end after {END_LIMIT:.0f} s"
        self._close()
        return "" if status in (0, 1) else f"locust ended with {status}: {self._last()}"

    def _close(self) -> None:
        assert self._process.stdout is not None
        self._thread.join(1)
        self._process.stdout.close()

    def _asked(self, history: Path, clock: Clock) -> dict[str, Any]:
        wishes = self._wishes
        return {
            "target": asdict(self._target),
            "history": str(history),
            "clock": asdict(clock),
            "sources": self._sources,
            "keep_alive": wishes.keep_alive,
            "pause": wishes.pause,
            "shape": wishes.shape,
            "users": wishes.users,
            "seconds": wishes.seconds,
        }

    def _works(self) -> bool:
        if self._process.poll() is not None:
            self._thread.join(1)
            raise UnusableError("locust did not start", "lvslab doctor", self._said[-10:])
        # the first pulse tells that locust is up, the second that a second has passed with users in it
        return self._pulses >= (1 if self._wishes.web_port else 2)

    def _last(self) -> str:
        return self._said[-1] if self._said else "it says nothing"

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(MARK):
                self._pulses += 1
                self._on_pulse(json.loads(line.removeprefix(MARK))["requests"])
            elif line.strip():
                self._said.append(line.strip())
                del self._said[:-50]


def arguments(wishes: LoadWishes, target: Target, folder: Path) -> list[str]:
    """Return locust's command line."""
    host = f"[{target.address}]" if ":" in target.address else target.address
    words = [sys.executable, "-m", "locust", "--locustfile", str(project_root() / "loadtests" / "locustfile.py")]
    words += ["--host", f"http://{host}:{target.port}", "--users", str(wishes.users)]
    words += ["--spawn-rate", str(wishes.users), "--html", str(folder / "locust.html")]
    words += ["--csv", str(folder / "locust"), "--only-summary", "--exit-code-on-error", "0", "--stop-timeout", "2"]
    if wishes.workers > 1:
        words += ["--processes", str(wishes.workers)]
    if wishes.web_port:
        words += ["--web-host", "127.0.0.1", "--web-port", str(wishes.web_port)]
    else:
        words += ["--headless"]
    if wishes.seconds and not wishes.web_port:
        words += ["--run-time", f"{wishes.seconds:.0f}s"]
    return words
