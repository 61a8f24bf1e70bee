"""The verbs that read lab files and need no lab: labs, validate, resolve, graph."""

import json
from pathlib import Path

import click

from lvslab import console
from lvslab.cli.lint import warn, warnings_of
from lvslab.cli.options import DEFAULT_LAB, json_option
from lvslab.errors import LabError, UsageError
from lvslab.host import state
from lvslab.host.paths import InstancePaths, project_root
from lvslab.lifecycle import instance as instances
from lvslab.lifecycle import status as status_of
from lvslab.model import Drill, Lab, load_file, load_lab
from lvslab.report import graph as graphs
from lvslab.report.graph import GraphState


@click.command()
@json_option
def labs(as_json: bool) -> None:
    """List the labs that come with lvslab, a line each."""
    found = [load_lab(path) for path in sorted((project_root() / "labs").glob("*.yml"))]
    if as_json:
        click.echo(
            json.dumps({"schema_version": 1, "labs": [{"lab": lab.name, "title": lab.title} for lab in found]})
        )
        return
    width = max(len(lab.name) for lab in found)
    for lab in found:
        click.echo(f"{lab.name:<{width}}  {lab.title}")


@click.command()
@click.argument("files", nargs=-1, required=True)
@json_option
def validate(files: tuple[str, ...], as_json: bool) -> int:
    """Check FILES, labs and drills, and tell every mistake, with its place, what is allowed, and often the reason.

    What lint warns of in a lab is told as well; the lab can be raised as it is.
    """
    results: dict[str, list[str]] = {}
    shown: dict[str, list[str]] = {}
    warnings: dict[str, list[str]] = {}
    for file in files:
        try:
            found = load_file(instances.lab_path(file))
            if isinstance(found, Lab):
                results[file], warnings[file] = [], warnings_of(file)
            else:
                results[file] = _unknown_faults(file, found)
        except LabError as err:
            results[file], shown[file] = err.details or [err.message], err.shown
    if as_json:
        click.echo(json.dumps({"schema_version": 1, "mistakes": results, "warnings": warnings}))
    else:
        for file, mistakes in results.items():
            for line in shown.get(file) or mistakes or [f"{file}: fine"]:
                click.echo(line)
        warn([line for lines in warnings.values() for line in lines])
    return 2 if any(results.values()) else 0


def _unknown_faults(file: str, drill: Drill) -> list[str]:
    # what knows all faults takes longer to import than reading a lab file takes
    from lvslab.drill.orders import unknown_faults

    return [f"{file}: {line}" for line in unknown_faults(drill)]


@click.command()
@click.argument("lab", default=DEFAULT_LAB)
def resolve(lab: str) -> None:
    """Print LAB as JSON with what makes its machines filled in, as the Vagrantfile reads it."""
    click.echo(json.dumps(load_lab(instances.lab_path(lab)).resolved(), indent=1))


@click.command()
@click.argument("lab", default=DEFAULT_LAB)
@click.option(
    "--format",
    "form",
    type=click.Choice(["mermaid", "dot", "svg"]),
    default="mermaid",
    show_default=True,
    help="What the picture is written in.",
)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file.")
@click.option("--live", metavar="NAME", help="Show the states of this running lab.")
def graph(lab: str, form: str, output: Path | None, live: str | None) -> None:
    """Draw LAB: networks, nodes, addresses, disks; with --live also states and who holds the VIP."""
    drawn = load_lab(
        InstancePaths(live).lab_file if live and state.read(InstancePaths(live)) else instances.lab_path(lab)
    )
    seen = _live(live) if live else None
    text = {"mermaid": graphs.mermaid, "dot": graphs.dot, "svg": graphs.svg}[form](drawn, seen)
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    try:
        output.write_text(text)
    except OSError as err:
        raise UsageError(f"{output}: {err.strerror}", "lvslab graph -o ANOTHER-FILE") from err
    console.err.print(f"{output} written", markup=False, soft_wrap=True)


def _live(name: str) -> GraphState:
    found = instances.entered(name)
    with instances.connections(found.paths, found.lab) as remotes:
        seen = status_of.current(found.lab, found.state, remotes)
    holder = seen.vip.holder if seen.vip else None
    addresses = {str(address): node.name for node in found.lab.nodes.values() for address in node.addresses.values()}
    table = seen.ipvs[holder].services if holder else None
    weights = None
    if table is not None:
        rows = [(row.address.rpartition(":")[0], row.weight) for service in table for row in service.real_servers]
        # the sorry server is on the director's loopback, and no node of the picture
        weights = {addresses[address]: weight for address, weight in rows if address in addresses}
    held = {each.address: each.holder for each in seen.vips}
    states = {node.name: node.state for node in seen.nodes}
    return GraphState(nodes=states, holder=holder, weights=weights, holders=held)


COMMANDS = (labs, validate, resolve, graph)
