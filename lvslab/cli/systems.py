"""The verb that writes files for real servers of other systems: render."""

import json

import click

from lvslab import console
from lvslab.cli.options import json_option
from lvslab.lifecycle import instance as instances
from lvslab.model import load_lab
from provision.other_systems import SYSTEMS, files


@click.command()
@click.argument("system", type=click.Choice(sorted(SYSTEMS)))
@click.argument("lab")
@click.argument("node")
@click.option("--interface", metavar="NAME", help="What SYSTEM calls the interface; vtnet0 or e1000g0 unless told.")
@json_option
def render(system: str, lab: str, node: str, interface: str | None, as_json: bool) -> None:
    """Print the files that NODE of LAB needs as a real server under SYSTEM, which lvslab itself does not run."""
    loaded = load_lab(instances.lab_path(lab))
    found = files(system, loaded, loaded.node(node), interface)
    if as_json:
        click.echo(json.dumps({"schema_version": 1, "system": system, "node": node, "files": found}, indent=1))
        return
    for path, content in found.items():
        click.echo(f"==> {path} <==\n{content}")
    console.err.print("written from the lab file, and not run by lvslab: docs/other-systems.md", markup=False)


COMMANDS = (render,)
