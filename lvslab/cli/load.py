"""The verb that loads a virtual service by locust."""

import json
import socket
import time
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.table import Table

from lvslab import console
from lvslab.cli.options import json_option, name_option, need_root, which
from lvslab.console import ConsoleProgress
from lvslab.history import Attempt, Phase, Run, RunFolder
from lvslab.host import isolation
from lvslab.lifecycle import instance as instances
from lvslab.lifecycle.instance import Instance
from lvslab.measure import relay
from lvslab.measure.clock import Clock
from lvslab.measure.figures import Figures, figures
from lvslab.measure.watch import Watch, chosen_with_pages
from lvslab.measure.wishes import LoadWishes, Wishes
from lvslab.model import LoadShape
from lvslab.nodes.fabric_remote import FabricRemote
from lvslab.wait import Deadline

SECONDS = 30.0
LOCUST_PORT = 8089
SHAPES = [shape.value for shape in LoadShape]


@click.command()
@click.option("--users", default=8, show_default=True, type=click.IntRange(1), help="Users at once.")
@click.option("--shape", default="steady", show_default=True, type=click.Choice(SHAPES), help="Their number in time.")
@click.option("--seconds", default=SECONDS, show_default=True, type=click.FloatRange(1), help="How long.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1), help="locust's worker processes.")
@click.option("--addresses", default=4, show_default=True, type=click.IntRange(1), help="Addresses to ask from.")
@click.option("--pause", default=0.0, show_default=True, help="Seconds that a user waits between two requests.")
@click.option("--keep-alive", is_flag=True, help="Keep connections; otherwise each request has a new one.")
@click.option("--service", default="", metavar="SERVICE", help="The virtual service; else the first with pages.")
@click.option("--rate", default=0.0, help="Let the prober ask as well, so many times a second.")
@click.option("--web", is_flag=True, help="Serve locust's page on this host's loopback, until Ctrl-C.")
@click.option("--port", default=LOCUST_PORT, show_default=True, help="The port of that page; 0 takes a free one.")
@click.option(
    "--runs",
    default=Path("runs"),
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where what happens is kept.",
)
@name_option
@json_option
def load(
    users: int,
    shape: str,
    seconds: float,
    workers: int,
    addresses: int,
    pause: float,
    keep_alive: bool,
    service: str,
    rate: float,
    web: bool,
    port: int,
    runs: Path,
    name: str | None,
    as_json: bool,
) -> int:
    """Load a virtual service by locust, and tell what it bore: requests a second, latency, failures, shares.

    Every request goes into the history of runs/load/TIME/, and locust's own report beside it. Exit code 1 when a
    request failed.
    """
    need_root("lvslab load")
    found = instances.find(which(name))
    chosen_with_pages(found.lab, service)
    asked = LoadWishes(
        users=users,
        shape=shape,
        seconds=None if web else seconds,
        workers=workers,
        keep_alive=keep_alive,
        pause=pause,
        addresses=addresses,
        web_port=LOCUST_PORT if web else None,
    )
    # a socket belongs to the network it is made in: this one to the host's, where the browser is
    listening = relay.listen(port) if web else None
    folder = RunFolder.make(runs.absolute(), "load")
    isolation.enter(found.state.keeper)
    _watched(found, folder, Wishes(rate=rate, service=service, load=asked), seconds, listening)
    result = figures(each for each in folder.read().of(Attempt) if each.stream == "locust")
    _tell(result, folder, as_json)
    return 1 if result.failed else 0


def _watched(
    found: Instance, folder: RunFolder, wishes: Wishes, seconds: float, listening: socket.socket | None
) -> None:
    def connect(node: str) -> FabricRemote:
        return instances.remote(found.paths, found.lab, node)

    zero = Clock()
    with ConsoleProgress() as progress, ExitStack() as stack:
        progress.stage("starting to watch")
        watch = stack.enter_context(Watch(found.lab, folder, connect, zero, wishes))
        watch.record(_header(found, zero, wishes.rate))
        watch.record(Phase(watch.now(), "load"))
        if listening is None:
            progress.stage(f"loading for {seconds:.0f} s")
            _follow(watch, progress, Deadline(seconds))
        else:
            stack.enter_context(relay.Relay(listening, LOCUST_PORT))
            progress.stage(f"http://127.0.0.1:{listening.getsockname()[1]}/ is locust's page; Ctrl-C ends")
            with suppress(KeyboardInterrupt):
                _follow(watch, progress, None)
        watch.record(Phase(watch.now(), "end"))
        progress.stage("fetching logs")
    for problem in watch.problems:
        console.err.print(problem, markup=False)


def _follow(watch: Watch, progress: ConsoleProgress, deadline: Deadline | None) -> None:
    """Show what goes on until the deadline."""
    while deadline is None or not deadline.has_passed:
        live = watch.latest()
        progress.glance("locust", f"{live.requests} requests in the last second")
        progress.glance("VIP", f"adverts from {' and '.join(live.holders) or 'nobody'}")
        time.sleep(min(1.0, deadline.left) if deadline else 1.0)


def _header(found: Instance, zero: Clock, rate: float) -> Run:
    return Run(
        drill="load",
        lab=found.lab.name,
        instance=found.paths.name,
        started=datetime.fromtimestamp(zero.realtime_ns / 1e9, UTC).isoformat(timespec="milliseconds"),
        realtime_ns=zero.realtime_ns,
        monotonic_ns=zero.monotonic_ns,
        accelerator=found.state.accelerator,
        rate=rate,
    )


def _tell(result: Figures, folder: RunFolder, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({**result.as_json(), "folder": str(folder.path)}, indent=1))
        return
    table = Table.grid(padding=(0, 2))
    table.add_row("requests", f"{result.requests} in {result.seconds:.1f} s, {result.rate:.1f} good ones a second")
    table.add_row("latency", ", ".join(f"{name} {value:.1f} ms" for name, value in result.milliseconds.items()))
    errors = ", ".join(f"{count} {error}" for error, count in result.errors.items())
    table.add_row("failed", f"{result.failed}{f': {errors}' if errors else ''}")
    table.add_row("servers", ", ".join(f"{server} {count}" for server, count in result.servers.items()))
    table.add_row("kept in", str(folder.path))
    console.out.print(table)


COMMANDS = (load,)
