"""The verb ``bench``: how fast and how large a lab is, beside what the same costs without lvslab."""

import json

import click

from lvslab import console
from lvslab.bench import NAME, course, machine
from lvslab.bench.order import Bench
from lvslab.bench.report import Report
from lvslab.bench.subjects import GROUPS, NAMES, chosen
from lvslab.cli.options import json_option, need_root
from lvslab.console import ConsoleProgress
from lvslab.host import accelerator as accelerators
from lvslab.host import box


@click.command()
@json_option
@click.option(
    "--runs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Measure each N times; 3, 1 for what takes minutes, 20 for outages.",
)
@click.option(
    "--only",
    "wanted",
    type=click.Choice([*GROUPS, *NAMES]),
    multiple=True,
    help="Measure only this, or all that a group has; may be repeated.",
)
@click.option("--accelerator", type=click.Choice(["kvm", "tcg"]), help="Do not probe: use this one.")
@click.option("--name", default=NAME, show_default=True, help="The instance that the bench raises and takes away.")
def bench(as_json: bool, runs: int | None, wanted: tuple[str, ...], accelerator: str | None, name: str) -> int:
    """Measure raising, restoring and provisioning a lab, or drills and load, each beside its peer.

    Unless told: `raising`, about a quarter of an hour without KVM. `drilling` takes hours there: outage and
    outage-vrrp3 are 20 drills each, about a minute apiece; drill is 3 drills; load and watching are 3 times a minute
    of load; drills is all that come with lvslab. The runs are kept in runs/. The machine should do nothing else
    meanwhile. Exit code 1 when a goal is missed, 3 when the machine was busy or something could not be measured.
    """
    need_root("lvslab bench")
    with ConsoleProgress() as progress:
        progress.stage("looking at the machine")
        made = box.build(progress.say)
        seen = machine.describe(accelerators.choose(made, accelerator))
        figures = course.run(Bench(progress, seen.accelerator, chosen(wanted), runs, name))
    report = Report(seen, figures)
    if as_json:
        click.echo(json.dumps(report.as_json(), indent=1))
    else:
        console.out.print(report.as_table())
    return report.exit_code


COMMANDS = (bench,)
