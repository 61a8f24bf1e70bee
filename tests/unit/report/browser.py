"""Chromium without a window, spoken to by the DevTools protocol over two pipes."""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LIMIT = 60.0
"""Seconds for one answer; a busy machine may take a while to start the program."""
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")


class NotShownError(Exception):
    """What was asked about is not shown."""


@dataclass
class Tab:
    """An open page: what it said, and what it asked the network for."""

    browser: "Browser"
    session: str
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    loads: int = 0

    def call(self, method: str, **parameters: Any) -> Any:
        """Call a method of the page and return its result."""
        return self.browser.call(method, self, **parameters)

    def load(self, page: Path) -> None:
        """Load a file, and wait until it is there."""
        before, deadline = self.loads, time.monotonic() + LIMIT
        self.call("Page.navigate", url=page.as_uri())
        while self.loads == before:
            assert time.monotonic() < deadline, f"{page}: not loaded after {LIMIT} s"
            self.call("Page.getFrameTree")

    def resize(self, width: int, height: int = 900) -> None:
        """Give the page another size, in px."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 640
        )

    def evaluate(self, expression: str) -> Any:
        """Return what a JavaScript expression is."""
        told = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def heights(self, selector: str) -> list[float]:
        """Return the heights in px of what a selector finds, 0 for what is not shown; no script is needed."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        nodes = self.call("DOM.querySelectorAll", nodeId=root, selector=selector)["nodeIds"]
        return [self._height(node) for node in nodes]

    def _height(self, node: int) -> float:
        try:
            return float(self.call("DOM.getBoxModel", nodeId=node)["model"]["height"])
        except NotShownError:
            return 0.0

    def note(self, event: dict[str, Any]) -> None:
        """Keep what matters of an event."""
        parameters = event["params"]
        if event["method"] == "Network.requestWillBeSent":
            self.asked.append(parameters["request"]["url"])
        elif event["method"] == "Page.loadEventFired":
            self.loads += 1
        elif event["method"] in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"):
            self.said.append(json.dumps(parameters))


class Browser:
    """The program, and the pipes to it."""

    def __init__(self, to: int, back: int) -> None:
        self._to, self._back, self._rest, self._last = to, back, b"", 0

    def open(self, page: Path, width: int) -> Tab:
        """Open a file at a width in px, and wait until it is loaded."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        tab = Tab(self, self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])
        for domain in ("Page", "Runtime", "Log", "Network"):
            tab.call(f"{domain}.enable")
        tab.resize(width)
        tab.load(page)
        return tab

    def call(self, method: str, tab: Tab | None = None, **parameters: Any) -> Any:
        """Send a command and return its result; events that come meanwhile go to the tab."""
        self._last += 1
        message: dict[str, Any] = {"id": self._last, "method": method, "params": parameters}
        if tab:
            message["sessionId"] = tab.session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while (answer := self._read()).get("id") != self._last:
            if tab and "method" in answer and answer.get("sessionId") == tab.session:
                tab.note(answer)
        if "Could not compute box model" in answer.get("error", {}).get("message", ""):
            raise NotShownError(method)
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            more = os.read(self._back, 1 << 16)
            assert more, "chromium ended"
            self._rest += more
        one, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(one)
        return found


@contextmanager
def running(program: str) -> Iterator[Browser]:
    """Start the program, and end it with all that it started."""
    theirs_in, to = os.pipe()
    back, theirs_out = os.pipe()
    wires = 'exec "${@:3}" 3<&"$1" 4>&"$2"'
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        words = [program, *FLAGS, f"--user-data-dir={profile}", "--remote-debugging-pipe", "about:blank"]
        process = subprocess.Popen(
            ["bash", "-c", wires, "bash", str(theirs_in), str(theirs_out), *words],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        try:
            browser = Browser(to, back)
            yield browser
            browser.call("Browser.close")
            process.wait(LIMIT)
        finally:
            process.kill()
            process.wait()
            os.close(to)
            os.close(back)
