"""The verbs that show what was kept of runs: report and compare."""

import json
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from lvslab import console
from lvslab.cli.options import json_option
from lvslab.history import RunFolder
from lvslab.report import compare as comparing
from lvslab.report import terminal, write_all
from lvslab.report.compare import Change, Comparison
from lvslab.report.stored import record_of
from lvslab.report.summary import summarise
from lvslab.report.write import JUNIT, PAGE, SUMMARY

RUNS = Path("runs")
STYLE = {Change.BETTER: "green", Change.WORSE: "bold red", Change.CHANGED: "yellow", Change.SAME: "dim"}


@click.command()
@click.argument("run")
@json_option
def report(run: str, as_json: bool) -> None:
    """Write the page of RUN again (a folder, or a drill: its latest run), with summary.json and junit.xml."""
    folder = RunFolder.find(run, RUNS)
    record = record_of(folder)
    write_all(folder, record.history, record.lab, record.drill, record.findings)
    if as_json:
        paths = {name: str(folder.path / file) for name, file in WRITTEN.items()}
        click.echo(json.dumps({"schema_version": 1, "verdict": record.verdict, **paths}, indent=1))
        return
    console.out.print(terminal.lines(record, str(folder.path / PAGE)))


WRITTEN = {"page": PAGE, "summary": SUMMARY, "junit": JUNIT}


@click.command()
@click.argument("baseline")
@click.argument("candidate")
@json_option
def compare(baseline: str, candidate: str, as_json: bool) -> int:
    """Compare two runs: what is better in CANDIDATE than in BASELINE, what is worse.

    Ends with 1 when a verdict got worse, the run's or a finding's.
    """
    old, new = (summarise(record_of(RunFolder.find(word, RUNS))) for word in (baseline, candidate))
    seen = comparing.compare(old, new)
    if as_json:
        click.echo(json.dumps(seen.as_json(), indent=1))
    else:
        console.out.print(_table(seen))
    return 1 if seen.is_worse else 0


def _table(seen: Comparison) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="bold")
    for column in ("", "", f"baseline\n{seen.baseline}", f"candidate\n{seen.candidate}"):
        table.add_column(column, overflow="fold")
    for row in seen.rows:
        table.add_row(
            Text(row.name), Text(row.change, style=STYLE[row.change]), Text(row.baseline), Text(row.candidate)
        )
    return table


COMMANDS = (report, compare)
