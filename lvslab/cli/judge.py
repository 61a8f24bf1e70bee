"""The verbs that need no lab to run: what faults should cost, and what a stored run means."""

import json
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from lvslab import console
from lvslab.cli.options import json_option
from lvslab.errors import UsageError
from lvslab.history import RunFolder
from lvslab.judge import EXIT_CODES, Finding, Verdict, worst
from lvslab.judge import judge as judge_history
from lvslab.judge.predict import Prediction, Setup, find, predictions, setup_of
from lvslab.judge.timing_conf import setup_of_conf
from lvslab.lifecycle import instance as instances
from lvslab.model import load_drill, load_lab
from lvslab.model.keepalived import parse
from lvslab.report import write_all
from lvslab.report.stored import keep_findings

SCHEMA_VERSION = 1
RUNS = Path("runs")
STYLES = {Verdict.PASS: "green", Verdict.FAIL: "red", Verdict.INCONCLUSIVE: "yellow"}


@click.command()
@click.argument("source", metavar="LAB|KEEPALIVED.CONF")
@click.option("--fault", metavar="NAME", help="Only this fault, with the reasoning.")
@click.option("-p", "--parameter", "pairs", multiple=True, metavar="KEY=VALUE", help="One of the fault's parameters.")
@click.option("--backup-priority", type=click.IntRange(1, 254), help="The other director's, for a keepalived.conf.")
@json_option
def predict(
    source: str, fault: str | None, pairs: tuple[str, ...], backup_priority: int | None, as_json: bool
) -> None:
    """Tell what each fault should cost: from a lab file, or from a keepalived.conf(5) alone."""
    setup = _setup(source, backup_priority)
    if pairs and not fault:
        raise UsageError(
            "-p is a parameter of one fault", f"lvslab predict {source} --fault network.delay -p {pairs[0]}"
        )
    found = find(setup, fault, _arguments(pairs)) if fault else predictions(setup)
    if as_json:
        told = [each.as_json() for each in found]
        click.echo(json.dumps({"schema_version": SCHEMA_VERSION, "setup": setup.name, "predictions": told}, indent=1))
        return
    console.out.print(_table(found))
    for each in found if fault else ():
        _reason(each)


@click.command()
@click.argument("run")
@json_option
def judge(run: str, as_json: bool) -> int:
    """Judge a stored RUN again: a folder, its history, or a drill's name for its latest run.

    Ends with 0 when all was as expected, 1 when something was not, 3 when it could not be told.
    """
    folder = RunFolder.find(run, RUNS)
    history, lab, drill = folder.read(), load_lab(folder.lab), load_drill(folder.drill)
    findings = judge_history(history, lab, drill)
    told = {
        "schema_version": SCHEMA_VERSION,
        "verdict": worst(findings),
        "findings": [each.as_json() for each in findings],
    }
    keep_findings(folder, findings)
    write_all(folder, history, lab, drill, findings)
    if as_json:
        click.echo(json.dumps(told, indent=1))
    else:
        _tell(findings)
    return EXIT_CODES[worst(findings)]


def _setup(source: str, backup_priority: int | None) -> Setup:
    if source.endswith(".conf"):
        return setup_of_conf(parse(_text(Path(source)), source), backup_priority)
    return setup_of(load_lab(instances.lab_path(source)))


def _arguments(pairs: tuple[str, ...]) -> dict[str, str]:
    split = [pair.partition("=") for pair in pairs]
    return {key: value for key, _, value in split}


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as err:
        raise UsageError(f"{path}: cannot be read: {err}", f"ls -l {path}") from err


def _table(found: tuple[Prediction, ...]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="bold")
    for column in ("FAULT", "WHEN", "OF", "FOR", "REQUESTS THAT FAIL", ""):
        table.add_column(column, no_wrap=True)
    for each in found:
        owners = "two owners of the VIP" if each.two_holders else ""
        table.add_row(each.fault, each.moment.value, each.subject, each.window, each.failing, owners)
    return table


def _reason(each: Prediction) -> None:
    console.out.print(Text(f"\n{each.fault}, {each.moment.value}, {each.subject}: {each.window}", "bold"))
    for line in each.reasoning:
        console.out.print(Text(f"  {line}"), soft_wrap=True)
    console.out.print(Text(f"  source: {each.source}", "dim"), soft_wrap=True)


def _tell(findings: tuple[Finding, ...]) -> None:
    for finding in findings:
        verdict = Text(f"{finding.verdict.value:<13}", STYLES[finding.verdict])
        console.out.print(Text.assemble(verdict, f"{finding.judge}: {finding.message}"), soft_wrap=True)
    overall = worst(findings)
    console.out.print(Text(overall.value, f"bold {STYLES[overall]}"))


COMMANDS = (predict, judge)
