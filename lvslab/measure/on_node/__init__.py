"""Programs that run on a node: each one file, of Python's standard library alone, sent over ssh and left nowhere."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def command(program: str, asked: Mapping[str, Any]) -> str:
    """Return the shell command that runs a program of this folder on a node with ``asked`` as its argument."""
    source = Path(__file__).with_name(f"{program}.py").read_text(encoding="utf-8")
    return "exec " + shlex.join(["python3", "-u", "-c", source, json.dumps(asked)])
