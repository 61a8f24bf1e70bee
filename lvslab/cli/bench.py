"""The verb ``bench``: how fast and how large a lab is, beside what the same costs without lvslab."""

import json

import click

from lvslab import console
from lvslab.bench import NAME, course, machine
from lvslab.bench.course import Bench
from lvslab.bench.figure import NAMES
from lvslab.bench.report import Report
from lvslab.cli.options import json_option, need_root
from lvslab.console import ConsoleProgress
from lvslab.host import accelerator as accelerators
from lvslab.host import box


@click.command()
@json_option
@click.option(
    "--runs", type=click.IntRange(min=1), metavar="N", help="Measure each N times; 3, and 1 for cold boots."
)
@click.option("--only", "wanted", type=click.Choice(NAMES), multiple=True, help="Measure only this; may be repeated.")
@click.option("--accelerator", type=click.Choice(["kvm", "tcg"]), help="Do not probe: use this one.")
@click.option("--name", default=NAME, show_default=True, help="The instance that the bench raises and takes away.")
def bench(as_json: bool, runs: int | None, wanted: tuple[str, ...], accelerator: str | None, name: str) -> int:
    """Measure raising, restoring and provisioning a lab, each beside the same work without lvslab.

    About a quarter of an hour without KVM; the machine should do nothing else meanwhile. Exit code 1 when a goal is
    missed, 3 when the machine was busy or something could not be measured.
    """
    need_root("lvslab bench")
    with ConsoleProgress() as progress:
        progress.stage("looking at the machine")
        made = box.build(progress.say)
        seen = machine.describe(accelerators.choose(made, accelerator))
        figures = course.run(Bench(progress, seen.accelerator, wanted or NAMES, runs, name))
    report = Report(seen, figures)
    if as_json:
        click.echo(json.dumps(report.as_json(), indent=1))
    else:
        console.out.print(report.as_table())
    return report.exit_code


COMMANDS = (bench,)
