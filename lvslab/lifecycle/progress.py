"""Where news of long work goes."""

from typing import Protocol


class Progress(Protocol):
    """Somebody who is told what is being done; lvslab.console.ConsoleProgress is one."""

    def stage(self, title: str) -> None:
        """Tell that a new stage begins."""

    def say(self, line: str) -> None:
        """Tell something of the stage."""

    def node(self, name: str, text: str) -> None:
        """Tell what a node is at."""


class Silence:
    """Progress that nobody hears."""

    def stage(self, title: str) -> None:
        """Say nothing."""

    def say(self, line: str) -> None:
        """Say nothing."""

    def node(self, name: str, text: str) -> None:
        """Say nothing."""
