"""The command line: parses, calls, renders; the only place with exit codes."""

from lvslab.cli.main import main

__all__ = ["main"]
