"""The outcome of the bench: as plain data, and as a table."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from lvslab.bench import LAB
from lvslab.bench.figure import Figure, Verdict
from lvslab.bench.machine import Machine

SCHEMA_VERSION = 1
STYLE = {Verdict.MET: "green", Verdict.MISSED: "red", Verdict.NOT_MEASURED: "yellow", Verdict.NO_GOAL: "dim"}


@dataclass(frozen=True)
class Report:
    """Figures, and the machine they are true of."""

    machine: Machine
    figures: Sequence[Figure]

    @property
    def exit_code(self) -> int:
        """1 when a goal is missed; 3 when the machine was busy then, or something was not measured; otherwise 0."""
        verdicts = {figure.verdict for figure in self.figures}
        if Verdict.MISSED in verdicts:
            return 1 if self.machine.is_quiet else 3
        return 3 if Verdict.NOT_MEASURED in verdicts else 0

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain data, with the version of its form."""
        return {
            "schema_version": SCHEMA_VERSION,
            "lab": LAB,
            "machine": {**asdict(self.machine), "quiet": self.machine.is_quiet},
            "figures": [figure.as_json() for figure in self.figures],
        }

    def as_table(self) -> Group:
        """Return the report for people."""
        notes = [Text(f"{each.subject.name}: {note}", style="dim") for each in self.figures for note in each.notes]
        return Group(*_head(self.machine), "", _table(self.figures), "", *notes)


def _head(machine: Machine) -> list[Text]:
    lines = [
        Text(
            f"{machine.cores} cores of {machine.processor or 'unknown make'}, {machine.memory_mib} MiB,"
            f" Linux {machine.kernel}, QEMU {machine.qemu}, {machine.accelerator} ({machine.reason})"
        )
    ]
    if not machine.is_quiet:
        lines.append(Text(f"the machine was {machine.busy:.0%} busy before the bench began", style="yellow"))
    return lines


def _table(figures: Sequence[Figure]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="bold")
    for column in ("FIGURE", "WHAT", "LVSLAB", "PEER", "RATIO", "GOAL", "", "MEASURED AGAINST"):
        table.add_column(column, justify="right" if column in ("LVSLAB", "PEER", "RATIO") else "left")
    for each in figures:
        verdict = Text(each.verdict.value, style=STYLE[each.verdict])
        goal = each.subject.goal.words(each.subject.unit) if each.subject.goal else ""
        ratio = f"{each.ratio:.2f}" if each.ratio else ""
        numbers = (_amount(each, each.value), _amount(each, each.peer_value), ratio)
        table.add_row(each.subject.name, each.subject.what, *numbers, goal, verdict, each.subject.peer)
    return table


def _amount(figure: Figure, value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.1f} s" if figure.subject.unit == "s" else f"{value:.0f} {figure.subject.unit}"
