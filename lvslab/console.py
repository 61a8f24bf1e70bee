"""What people see while lvslab works: stages, and what each node is at. All of it on standard error."""

import os
import signal
import sys
import time
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

err = Console(stderr=True, highlight=False)
# a table that is read by a program is not cut to some width
out = Console(highlight=False, width=None if sys.stdout.isatty() else 200)


class ConsoleProgress:
    """Stages with their times; on a terminal, a table of nodes that follows the work.

    It is drawn when there is news, and once a second by a timer (setitimer(2)) rather than by a thread of its own:
    entering a lab is for processes with one thread.
    """

    def __init__(self, verbose: bool = False) -> None:
        self._verbose = verbose
        self._start = self._stage_start = time.monotonic()
        self._stage = ""
        self._nodes: dict[str, tuple[str, float]] = {}
        self._live = Live(console=err, auto_refresh=False, transient=True) if err.is_terminal else None
        self._is_drawing = False
        self._ticks_in = 0

    def __enter__(self) -> "ConsoleProgress":
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            signal.setitimer(signal.ITIMER_REAL, 0)
            self._live.stop()
        if self._stage and kind is None:
            self._end_stage()

    def stage(self, title: str) -> None:
        """Tell that a new stage begins, and how long the last one took."""
        if self._stage:
            self._end_stage()
        self._stage, self._stage_start, self._nodes = title, time.monotonic(), {}
        if self._live:
            self._tick_every_second()
            self._draw()
        else:
            self._print(title)

    def _tick_every_second(self) -> None:
        if self._ticks_in != os.getpid():  # a process that was forked has no timer yet
            self._ticks_in = os.getpid()
            signal.signal(signal.SIGALRM, lambda *_: self._draw())
            signal.setitimer(signal.ITIMER_REAL, 1, 1)

    def _draw(self) -> None:
        # the timer may strike while this very thread is drawing
        if self._live and not self._is_drawing:
            self._is_drawing = True
            try:
                self._live.update(self._table(), refresh=True)
            finally:
                self._is_drawing = False

    def _end_stage(self) -> None:
        took = time.monotonic() - self._stage_start
        if self._live:
            self._is_drawing = True
            err.print(Text.assemble(("✓ ", "green"), self._stage, (f"  {took:.1f} s", "dim")))
            self._is_drawing = False

    def say(self, line: str) -> None:
        """Tell something of the stage."""
        if self._live:
            self._nodes[""] = (line, time.monotonic())
            self._draw()
        elif self._verbose:
            self._print(f"  {line}")

    def node(self, name: str, text: str) -> None:
        """Tell what a node is at."""
        before = self._nodes.get(name)
        self._nodes[name] = before if before and before[0] == text else (text, time.monotonic())
        if self._live:
            self._draw()
        elif self._verbose or text.endswith(" done"):
            self._print(f"  {name}: {text}")

    def glance(self, name: str, text: str) -> None:
        """Tell how something stands, to whoever looks right now: a line that the next one takes the place of."""
        if self._live:
            self.node(name, text)

    def _print(self, line: str) -> None:
        err.print(f"{time.monotonic() - self._start:6.1f} s  {line}", markup=False, soft_wrap=True)

    def _table(self) -> Table:
        now = time.monotonic()
        table = Table.grid(padding=(0, 2))
        table.add_row(
            Text("▸ " + self._stage, style="bold"), "", Text(f"{now - self._stage_start:.0f} s", style="dim")
        )
        for name, (text, since) in self._nodes.items():
            style = "green" if text.endswith(" done") else ""
            table.add_row(
                Text(f"  {name}", style="cyan"), Text(text[:80], style=style), Text(f"{now - since:.0f} s", "dim")
            )
        return table


def tell_error(message: str, hint: str = "", details: list[str] | None = None) -> None:
    """Print an error: the message, what else is known, and what to do next."""
    err.print(Text.assemble(("error: ", "bold red"), message), soft_wrap=True)
    for line in details or []:
        err.print(Text(f"    {line}"), soft_wrap=True)
    if hint:
        err.print(Text.assemble(("  try: ", "bold"), hint), soft_wrap=True)
    sys.stderr.flush()
