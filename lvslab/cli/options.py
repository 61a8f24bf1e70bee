"""Options and arguments that several verbs share."""

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from lvslab.errors import HostError, UsageError
from lvslab.host import state

DEFAULT_LAB = "lvs-dr"
F = TypeVar("F", bound=Callable[..., Any])


def name_option(function: F) -> F:
    """Add --name, the instance that a verb works on."""
    return click.option(
        "--name",
        envvar="LVSLAB_NAME",
        metavar="NAME",
        help="The lab instance; not needed where only one runs.",
    )(function)


def json_option(function: F) -> F:
    """Add --json."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")(function)


def which(name: str | None) -> str:
    """Return the instance that is meant: the one named, or the only one there is."""
    if name:
        return name
    there = state.instances()
    if len(there) > 1:
        raise UsageError(f"several labs are here: {', '.join(there)}", "the same with --name NAME")
    return there[0] if there else DEFAULT_LAB


def need_root(command: str) -> None:
    """Raise HostError unless this is root: only root can make namespaces, bridges and machines."""
    if os.geteuid() != 0:
        raise HostError("this needs root, to make namespaces and machines", f"sudo {command}")
