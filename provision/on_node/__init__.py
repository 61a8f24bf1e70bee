"""Programs that stay on a node: each one file, of Python's standard library alone."""

from pathlib import Path


def source(program: str) -> str:
    """Return the text of a program of this folder."""
    return Path(__file__).with_name(f"{program}.py").read_text(encoding="utf-8")
