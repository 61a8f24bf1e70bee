"""The verb that runs drills."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from lvslab import console
from lvslab.cli import campaign
from lvslab.cli.options import json_option, name_option, need_root, which
from lvslab.console import ConsoleProgress
from lvslab.drill import runner
from lvslab.drill.orders import orders_of
from lvslab.drill.runner import Outcome
from lvslab.errors import UsageError
from lvslab.history import RunFolder
from lvslab.host import isolation, snapshots, state
from lvslab.host.paths import project_root
from lvslab.judge import EXIT_CODES
from lvslab.lifecycle import instance as instances
from lvslab.lifecycle.reset import reset as reset_lab
from lvslab.model import Drill, load_drill
from lvslab.model.base import did_you_mean
from lvslab.report import terminal

RUNS = Path("runs")
FOLDER = click.Path(file_okay=False, path_type=Path)


def shipped() -> list[Path]:
    """Return the files of the drills that come with lvslab."""
    return sorted((project_root() / "drills").glob("*.yml"))


def drill_path(word: str) -> Path:
    """Return the drill file that a word on the command line means: a path, or a name below drills/."""
    if "/" in word or word.endswith((".yml", ".yaml")):
        return Path(word)
    path = project_root() / "drills" / f"{word}.yml"
    if not path.exists():
        known = [other.stem for other in shipped()]
        raise UsageError(f"there is no drill {word!r}", did_you_mean(word, known) or "lvslab drills")
    return path


@click.command()
@click.argument("drills", nargs=-1, metavar="DRILL...")
@click.option("--all", "every", is_flag=True, help="Run all drills that come with lvslab, each on its lab.")
@name_option
@click.option("--runs", default=RUNS, show_default=True, type=FOLDER, help="Where what happens is kept.")
@click.option("--no-restore", is_flag=True, help="Take the lab as it is, and leave it as it is afterwards.")
@json_option
def drill(drills: tuple[str, ...], every: bool, name: str | None, runs: Path, no_restore: bool, as_json: bool) -> int:
    """Run DRILL (a name below drills/, or a file) on a running lab: load, faults, and what they cost.

    Ends with 0 when all was as expected, 1 when something was not, 3 when it could not be told. Of several, each is
    run on the lab that it was written for, and the worst tells.
    """
    paths = shipped() if every else [drill_path(word) for word in drills]
    if not paths:
        raise click.UsageError("which drill? `lvslab drills` lists them")
    wanted = [(path, load_drill(path)) for path in paths]
    need_root(f"lvslab drill {' '.join(drills)}")
    if every or len(wanted) > 1:
        return _several(wanted, which(name), runs, as_json)
    outcome = _one(wanted[0][1], which(name), runs.absolute(), no_restore)
    if as_json:
        click.echo((outcome.folder.path / "summary.json").read_text())
    else:
        console.out.print(terminal.summary(outcome.folder))
    return EXIT_CODES[outcome.verdict]


def _several(wanted: list[tuple[Path, Drill]], name: str, runs: Path, as_json: bool) -> int:
    # what each drill says of itself would not be JSON
    made = campaign.campaign(wanted, name, runs, sys.stderr if as_json else None)
    if as_json:
        click.echo(json.dumps({"schema_version": 1, "drills": [each.as_json() for each in made]}))
    else:
        console.out.print(campaign.table(made))
    return campaign.worst(made)


def _one(wanted: Drill, name: str, runs: Path, no_restore: bool) -> Outcome:
    found = instances.find(name)
    orders_of(found.lab, wanted)
    with state.locked(found.paths, "drill"), ConsoleProgress(verbose=True) as progress:
        folder = RunFolder.make(runs, wanted.name)
        isolation.enter(found.state.keeper)

        def restore() -> None:
            if not no_restore:
                reset_lab(found.lab, snapshots.VERIFIED, progress)

        restore()
        try:
            runner.watch(found, wanted, folder, progress)
        except BaseException:
            restore()
            raise
        # the machines are put back while the history is judged; either ends before this returns
        with ThreadPoolExecutor(1) as beside:
            restored = beside.submit(restore)
            progress.stage("judging")
            outcome = runner.judged(found, wanted, folder)
            restored.result()
        return outcome


@click.command()
@json_option
def drills(as_json: bool) -> None:
    """List the drills that come with lvslab, a line each: name, the lab that it was written for, title."""
    found = [load_drill(path) for path in shipped()]
    if as_json:
        listed = [{"drill": each.name, "title": each.title, "lab": each.lab} for each in found]
        click.echo(json.dumps({"schema_version": 1, "drills": listed}))
        return
    width = max((len(each.name) for each in found), default=0)
    place = max((len(each.lab) for each in found), default=0)
    for each in found:
        click.echo(f"{each.name:<{width}}  {each.lab:<{place}}  {each.title}")


COMMANDS = (drill, drills)
