"""The program, run here: its exit code, what it prints, and no lab but those that a test makes."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import click
import pytest

from lvslab.cli import main as program


@dataclass(frozen=True)
class Ended:
    """How the program ended: exit code, standard output and standard error."""

    code: int
    out: str
    err: str


class _Exit(BaseException):
    """Stands for the end of the process."""


Lvslab = Callable[..., Ended]


def commands_of(group: click.Group) -> Iterator[tuple[str, click.Command]]:
    """Return the commands of a group with their names, loaded."""
    with click.Context(group) as ctx:
        for name in group.list_commands(ctx):
            command = group.get_command(ctx, name)
            assert command is not None
            yield name, command


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the program empty folders for labs and boxes."""
    monkeypatch.setenv("LVSLAB_STATE", str(tmp_path / "labs"))
    monkeypatch.setenv("LVSLAB_CACHE", str(tmp_path / "boxes"))
    monkeypatch.delenv("LVSLAB_NAME", raising=False)
    monkeypatch.setenv("LVSLAB_DEBUG", "")
    return tmp_path


@pytest.fixture
def lvslab(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Lvslab]:
    """Return the program: called with the words of a command line, it says how that ended."""
    codes: list[int] = []

    def leave(code: int) -> NoReturn:
        codes.append(code)
        raise _Exit

    def call(*words: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["lvslab", *words])
        with pytest.raises(_Exit):
            program()
        sys.stdout.flush()
        out, err = capfd.readouterr()
        return Ended(codes.pop(), out, err)

    monkeypatch.setattr(os, "_exit", leave)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield call
    for number, handler in before.items():
        signal.signal(number, handler)
