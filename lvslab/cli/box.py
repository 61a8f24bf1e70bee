"""The verb ``box``: build, show, export, remove."""

import json
from pathlib import Path

import click

from lvslab import console
from lvslab.cli.options import json_option, need_root
from lvslab.console import ConsoleProgress
from lvslab.errors import BoxError
from lvslab.host.box import Box, cache
from lvslab.host.box import build as build_box


@click.group()
def box() -> None:
    """The box that machines are made of."""


@box.command()
@click.option("--again", is_flag=True, help="Build it even if it is there.")
def build(again: bool) -> None:
    """Build the box from Debian's packages, unless it is cached; about a minute."""
    need_root("lvslab box build")
    with ConsoleProgress(verbose=True) as progress:
        progress.stage("building the box")
        made = build_box(progress.say, again)
    click.echo(f"{made.disk}  sha256 {made.sha256}")


def _there() -> Box:
    made = cache.cached()
    if made is None:
        raise BoxError("no box has been built from today's recipe", "lvslab box build")
    return made


@box.command()
@json_option
def show(as_json: bool) -> None:
    """Show the cached box: where it is, its sha256, and the versions of the packages in it."""
    made = _there()
    if as_json:
        data = {"path": str(made.disk), "sha256": made.sha256, "size": made.size, "packages": list(made.packages)}
        click.echo(json.dumps({"schema_version": 1, **data}))
        return
    click.echo(f"{made.disk}\nsha256 {made.sha256}\nsize {made.size / 2**20:.0f} MiB\n")
    click.echo("\n".join(made.packages))


@box.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(file: Path) -> None:
    """Write the box to FILE for `vagrant box add`."""
    cache.export(_there(), file)
    console.err.print(f"{file} written", markup=False, soft_wrap=True)


@box.command()
def remove() -> None:
    """Remove the cached box and what else is cached."""
    need_root("lvslab box remove")
    console.err.print("removed" if cache.remove() else "there was nothing")


COMMANDS = (box,)
