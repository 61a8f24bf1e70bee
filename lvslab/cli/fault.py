"""The verbs that break a running lab by hand, and mend it."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import click
from rich.table import Table

from lvslab import console, faults, interrupt
from lvslab.cli import render
from lvslab.cli.options import json_option, name_option, need_root, which
from lvslab.errors import UsageError
from lvslab.faults import Active, Faults, Ground, Kind
from lvslab.host import state
from lvslab.lifecycle import instance as instances
from lvslab.lifecycle import status as status_of
from lvslab.lifecycle.instance import Instance
from lvslab.lifecycle.status import FaultStatus
from lvslab.nodes.fabric_remote import FabricRemote

SCHEMA_VERSION = 1
BY_HOLDER = ("master", "backup")


@click.group()
def fault() -> None:
    """Break a running lab, and mend it: power, links, packets, daemons, disks, pages, clocks."""


@fault.command("list")
@name_option
@json_option
def list_(name: str | None, as_json: bool) -> None:
    """Show the kinds of faults with their parameters, and those that are active in a running lab."""
    active = _active_in(name)
    if as_json:
        found = {"kinds": [_kind_as_json(kind) for kind in faults.kinds().values()]}
        click.echo(json.dumps({"schema_version": SCHEMA_VERSION, **found, "active": [asdict(a) for a in active]}))
        return
    for kind in faults.kinds().values():
        console.out.print(f"[bold]{kind.name}[/]", end="")
        console.out.print(f"  {kind.does}", markup=False, highlight=False, soft_wrap=True)
        console.out.print(_parameters(kind), highlight=False)
    console.out.print(render.faults(active) if active else "no fault is active")


def _active_in(name: str | None) -> tuple[FaultStatus, ...]:
    """Return the active faults of the lab that is meant; none where none is named and none runs."""
    if name is None:
        running = [each for each in state.instances() if _runs(each)]
        if len(running) != 1:
            return ()
    need_root("lvslab fault list")
    instances.entered(which(name))
    return status_of.active_faults()


def _runs(name: str) -> bool:
    try:
        instances.find(name)
    except UsageError:
        return False
    return True


def _kind_as_json(kind: Kind) -> dict[str, Any]:
    parameters = [
        {"name": each.name, "form": each.form, "meaning": each.meaning, "default": each.default}
        for each in kind.parameters
    ]
    return {"name": kind.name, "does": kind.does, "takes": kind.takes.words, "parameters": parameters}


def _parameters(kind: Kind) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_row("   ", "on", kind.takes.words)
    for each in kind.parameters:
        default = f" (default {each.default})" if each.default else ""
        table.add_row("   ", f"{each.name}={each.form}", f"{each.meaning}{default}")
    return table


@fault.command()
@click.argument("kind", metavar="FAULT")
@click.option("--on", "words", multiple=True, metavar="TARGET", help="A node, or master, backup, real-servers, ...")
@click.option("-p", "--parameter", "pairs", multiple=True, metavar="KEY=VALUE", help="One of the fault's parameters.")
@click.option("--for", "seconds", type=click.FloatRange(0), help="Heal it after so many seconds, and at Ctrl-C.")
@name_option
def inject(
    kind: str, words: tuple[str, ...], pairs: tuple[str, ...], seconds: float | None, name: str | None
) -> None:
    """Break something: `lvslab fault inject network.loss --on web1 -p percent=20 --for 60`."""
    need_root(f"lvslab fault inject {kind}")
    arguments = _arguments(pairs)
    found = instances.find(which(name))
    faults.order(found.lab, kind, words, arguments)
    if seconds is not None and not faults.kinds()[kind].lasts:
        raise UsageError(f"{kind} does not last, so --for has nothing to heal", "the same without --for")
    with _entered(found.paths.name) as (found, remotes, active):
        order = faults.order(found.lab, kind, words, arguments, _holder(found, remotes, words))
        made = active.inject(order)
        took = ((made.bit or made.began) - made.began) / 1e6
        console.out.print(
            f"{made.id}: {order}: in effect after {took:.0f} ms", markup=False, highlight=False, soft_wrap=True
        )
        if seconds is not None:
            _hold(active, made, seconds)


def _hold(active: Faults, made: Active, seconds: float) -> None:
    try:
        time.sleep(seconds)
    finally:
        with interrupt.put_off():
            active.heal(made)
        console.out.print(f"{made.id}: {made.order}: healed", markup=False, highlight=False, soft_wrap=True)


def _arguments(pairs: Sequence[str]) -> dict[str, str]:
    split = [pair.partition("=") for pair in pairs]
    for key, found, _ in split:
        if not (key and found):
            raise UsageError(f"found -p {key}, allowed: -p KEY=VALUE", "lvslab fault list")
    return {key: value for key, _, value in split}


def _holder(found: Instance, remotes: dict[str, FabricRemote], words: Sequence[str]) -> str | None:
    """Return who holds the VIP now, where a target is named by that."""
    if not any(part.strip() in BY_HOLDER for word in words for part in word.split(",")):
        return None
    directors = {node.name: remotes[node.name] for node in found.lab.directors}
    vip = status_of.current(found.lab, found.state, directors).vip
    return vip.holder if vip else None


@contextmanager
def _entered(name: str) -> Iterator[tuple[Instance, dict[str, FabricRemote], Faults]]:
    found = instances.entered(name)
    with instances.connections(found.paths, found.lab) as remotes:
        yield found, remotes, Faults(Ground(found.paths, found.lab, remotes))


@fault.command()
@click.argument("number", type=int, required=False, metavar="[ID]")
@click.option("--all", "every", is_flag=True, help="Heal all that are active, the last first.")
@name_option
def heal(number: int | None, every: bool, name: str | None) -> None:
    """Mend the fault with this ID, or the only one that is active; with --all, every one."""
    need_root("lvslab fault heal")
    if every and number is not None:
        raise UsageError("an ID and --all cannot both be meant", "lvslab fault heal --all")
    with _entered(which(name)) as (_, _, active):
        if every:
            active.heal_all()
            console.err.print("no fault is active any more")
            return
        chosen = _chosen(active.active(), number)
        active.heal(chosen)
        console.err.print(f"{chosen.id}: {chosen.order}: healed", markup=False, highlight=False, soft_wrap=True)


def _chosen(active: Sequence[Active], number: int | None) -> Active:
    found = [each for each in active if number in (None, each.id)]
    if len(found) == 1:
        return found[0]
    seen = "; ".join(f"{each.id}: {each.order}" for each in active) or "no fault is active"
    wanted = "which fault?" if number is None else f"there is no fault {number}"
    raise UsageError(f"{wanted} {seen}", "lvslab fault list")


COMMANDS = (fault,)
