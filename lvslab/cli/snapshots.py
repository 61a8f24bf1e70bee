"""The verbs that keep a lab as it is, and put it back: reset, snapshot."""

import json
import re

import click

from lvslab.cli.options import json_option, name_option, need_root, which
from lvslab.console import ConsoleProgress
from lvslab.errors import UsageError
from lvslab.host import isolation, snapshots, state
from lvslab.lifecycle import instance as instances
from lvslab.lifecycle.reset import reset as reset_lab

SNAPSHOT_NAME = re.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,40}")


def check_snapshot_name(name: str) -> None:
    """Raise UsageError for what libvirt could not take as a snapshot's name."""
    if not SNAPSHOT_NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no name for a snapshot: letters, digits, '_', '.' and '-'", "lvslab snapshot")


def _refuse_with_faults() -> None:
    # what knows all kinds of faults takes longer to import than a reset may take
    from lvslab import faults

    faults.refuse_if_active("a snapshot")


@click.command()
@click.argument("snapshot", default=snapshots.VERIFIED)
@name_option
def reset(snapshot: str, name: str | None) -> None:
    """Put the lab back to SNAPSHOT (default: the one taken after verification)."""
    need_root("lvslab reset")
    found = instances.find(which(name))
    with state.locked(found.paths, "reset"), ConsoleProgress() as progress:
        isolation.enter(found.state.keeper)
        reset_lab(found.lab, snapshot, progress)


@click.command()
@click.argument("snapshot", required=False)
@name_option
@json_option
def snapshot(snapshot: str | None, name: str | None, as_json: bool) -> None:
    """Keep the lab as it is now, memory included, as SNAPSHOT; without a name, list the snapshots."""
    need_root("lvslab snapshot")
    found = instances.find(which(name))
    with state.locked(found.paths, "snapshot"):
        isolation.enter(found.state.keeper)
        if snapshot:
            check_snapshot_name(snapshot)
            _refuse_with_faults()
            snapshots.save(found.lab, snapshot)
    known = snapshots.common(found.lab)
    click.echo(json.dumps({"schema_version": 1, "snapshots": known}) if as_json else "\n".join(known))


COMMANDS = (reset, snapshot)
