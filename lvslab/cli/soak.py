"""The verb that soaks a lab: random faults, judged one by one, repeated by their seed."""

import json
import secrets
from pathlib import Path

import click

from lvslab import console
from lvslab.cli.drill import FOLDER, RUNS
from lvslab.cli.options import json_option, name_option, need_root, which
from lvslab.console import ConsoleProgress
from lvslab.drill import soak as soaking
from lvslab.drill.orders import orders_of
from lvslab.drill.sequence import drill_of, sequence, shortened
from lvslab.drill.soak import Soaked
from lvslab.history import RunFolder
from lvslab.host import isolation, snapshots, state
from lvslab.judge import EXIT_CODES, Verdict
from lvslab.lifecycle import instance as instances
from lvslab.lifecycle.instance import Instance
from lvslab.lifecycle.reset import reset as reset_lab
from lvslab.model import Step

COUNT = click.IntRange(1, 10000)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option(
    "--faults", "count", default=10, show_default=True, help="How many faults.", type=click.IntRange(1, 10000)
)
@click.option("--seed", type=int, help="Repeat the sequence of this seed; a new one unless told.")
@click.option("--replay", type=FILE, help="Make the faults of this file, as a failed soak has kept it.")
@click.option("--shorten/--no-shorten", default=True, help="Whether to look for a shorter sequence that fails too.")
@name_option
@click.option("--runs", default=RUNS, show_default=True, type=FOLDER, help="Where what happens is kept.")
@json_option
def soak(
    count: int, seed: int | None, replay: Path | None, shorten: bool, name: str | None, runs: Path, as_json: bool
) -> int:
    """Make random faults on a running lab, one after the other, and judge each.

    The seed is printed first. A sequence that fails is kept and shortened, and the command that repeats it is told.
    """
    need_root("lvslab soak")
    chosen = secrets.randbelow(2**31) if seed is None else seed
    found = instances.find(which(name))
    steps = soaking.read_sequence(replay) if replay else sequence(found.lab, chosen, count)
    for step in steps:
        orders_of(found.lab, drill_of(step, found.lab))
    console.err.print(
        f"{len(steps)} faults, {f'of {replay}' if replay else f'seed {chosen}'}", markup=False, soft_wrap=True
    )
    with state.locked(found.paths, "soak"), ConsoleProgress(verbose=True) as progress:
        folder = RunFolder.make(runs.absolute(), "soak").path
        isolation.enter(found.state.keeper)
        done = _soak(found, steps, folder, shorten, progress)
    _tell(done, folder, chosen, as_json)
    return 1 if done.failed else max((EXIT_CODES[each.verdict] for each in done.outcomes), default=0)


def _soak(found: Instance, steps: tuple[Step, ...], folder: Path, shorten: bool, progress: ConsoleProgress) -> Soaked:
    def restore() -> None:
        reset_lab(found.lab, snapshots.VERIFIED, progress)

    restore()
    try:
        done = soaking.soak(found, steps, folder, progress)
        if done.failed:
            soaking.write_sequence(folder / "sequence.yml", done.steps)
            if shorten and len(done.steps) > 1:
                again = soaking.fails_again(found, folder, progress, restore)
                soaking.write_sequence(folder / "shortened.yml", shortened(done.steps, again))
        return done
    finally:
        restore()


def _tell(done: Soaked, folder: Path, seed: int, as_json: bool) -> None:
    verdicts = [each.verdict for each in done.outcomes]
    if as_json:
        made = [
            {
                "fault": step.inject,
                "target": step.target,
                "seconds": step.lasts,
                "verdict": outcome.verdict,
                "run": str(outcome.folder.path),
            }
            for step, outcome in zip(done.steps, done.outcomes, strict=True)
        ]
        click.echo(json.dumps({"schema_version": 1, "seed": seed, "folder": str(folder), "faults": made}))
        return
    counts = ", ".join(f"{verdicts.count(verdict)} {verdict.value}" for verdict in Verdict)
    console.out.print(f"{len(verdicts)} faults: {counts}; kept in {folder}", markup=False, soft_wrap=True)
    if not done.failed:
        return
    for finding in done.outcomes[-1].findings:
        if finding.verdict is Verdict.FAIL:
            console.out.print(f"  {finding.judge}: {finding.message}", markup=False, soft_wrap=True)
    kept = [file for file in ("shortened.yml", "sequence.yml") if (folder / file).exists()]
    console.out.print(f"again: lvslab soak --replay {folder / kept[0]}", markup=False, soft_wrap=True)


COMMANDS = (soak,)
