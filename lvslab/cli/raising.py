"""The verbs that change a lab: up, down, provision, verify, vagrant."""

import json
from pathlib import Path
from typing import Any

import click

from lvslab import console
from lvslab.cli import render
from lvslab.cli.lint import warn, warnings_of
from lvslab.cli.options import DEFAULT_LAB, json_option, name_option, need_root, which
from lvslab.console import ConsoleProgress
from lvslab.errors import UsageError
from lvslab.host import certificates, isolation, machines, state
from lvslab.host.paths import InstancePaths
from lvslab.lifecycle import down as lifecycle_down
from lvslab.lifecycle import instance as instances
from lvslab.lifecycle import own_servers
from lvslab.lifecycle import up as lifecycle_up
from lvslab.lifecycle import verify as lifecycle_verify
from lvslab.lifecycle.up import Wishes
from lvslab.model import Lab, load_lab
from lvslab.nodes import ssh_config
from lvslab.nodes.fabric_remote import FabricRemote
from provision.provisioner import Outcome
from provision.provisioner import provision as run_provision


@click.command()
@click.argument("lab", default=DEFAULT_LAB)
@name_option
@click.option("--accelerator", type=click.Choice(["kvm", "tcg"]), help="Do not probe: use this one.")
@click.option(
    "--boot-limit",
    default=instances.BOOT_LIMIT,
    show_default=True,
    metavar="SECONDS",
    help="How long a machine may take to boot.",
)
@click.option("-v", "--verbose", is_flag=True, help="Tell every step.")
def up(lab: str, name: str | None, accelerator: str | None, boot_limit: float, verbose: bool) -> None:
    """Raise LAB (a name below labs/, or a file), provision it, prove it, keep a snapshot.

    An unchanged lab that was raised before is put back to that snapshot, in seconds. A changed LAB, or another
    one, is put on the machines that run, unless it wants other machines: names, memory, processors, disks, boxes.
    """
    file = instances.lab_path(lab)
    wanted = load_lab(file)
    chosen = name or wanted.name
    need_root(f"lvslab up {lab}")
    warn(warnings_of(lab))
    with state.locked(InstancePaths(chosen), "up"), ConsoleProgress(verbose) as progress:
        status = lifecycle_up.up(file, chosen, Wishes(accelerator, boot_limit), progress)
    console.out.print(render.status(status))
    if wanted.unmanaged:
        left = own_servers.left(wanted, status)
        console.err.print(render.left_to_you(wanted, lab, chosen, left), markup=False, soft_wrap=True)
    console.err.print(render.next_lines(status), markup=False, soft_wrap=True)


@click.command()
@click.argument("name", required=False, envvar="LVSLAB_NAME")
@click.option("--name", "named", metavar="NAME", help="The lab instance.")
def down(name: str | None, named: str | None) -> None:
    """Take a lab away; nothing is left but the cached box."""
    chosen = which(named or name)
    need_root("lvslab down")
    paths = InstancePaths(chosen)
    with state.locked(paths, "down"):
        found = lifecycle_down.remove(paths)
    console.err.print(f"{chosen}: {'gone' if found else 'there was nothing'}")


@click.command()
@name_option
@click.option(
    "--dry-run", is_flag=True, help="Print what would be done, with the differences of files; change nothing."
)
@click.option(
    "--ssh-config",
    "ssh_config_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Work on machines that another provider runs: the output of `vagrant ssh-config`.",
)
@click.option(
    "--lab",
    metavar="LAB",
    help="With --dry-run: what another lab file would change here. With --ssh-config: what these machines are to be.",
)
@json_option
@click.option("-v", "--verbose", is_flag=True, help="Tell every step.")
def provision(
    name: str | None, dry_run: bool, ssh_config_file: Path | None, lab: str | None, as_json: bool, verbose: bool
) -> None:
    """Bring every node to what its lab file says; does nothing where nothing is to be done.

    The file is the one that the lab was raised from; `lvslab up LAB` takes another to the machines.
    """
    wanted = load_lab(instances.lab_path(lab or DEFAULT_LAB)) if lab or ssh_config_file else None
    with ConsoleProgress(verbose) as progress:
        if wanted and ssh_config_file:
            outcomes = _provision_others(wanted, ssh_config_file, progress, dry_run)
        else:
            outcomes = _provision_instance(which(name), wanted, progress, dry_run)
    _tell(outcomes, dry_run, as_json)


def _provision_instance(name: str, other: Lab | None, progress: ConsoleProgress, dry_run: bool) -> list[Outcome]:
    need_root("lvslab provision")
    found = instances.find(name)
    wanted = other or found.lab
    if other and not dry_run:
        raise UsageError("--lab goes with --dry-run or --ssh-config", f"lvslab up {other.name} --name {name}")
    if instances.machines_digest(wanted) != instances.machines_digest(found.lab):
        raise UsageError(f"{wanted.name} wants other machines than {name} has", f"lvslab validate {wanted.name}")
    with state.locked(found.paths, "provision"):
        isolation.enter(found.state.keeper)
        progress.stage("provisioning")
        with instances.connections(found.paths, found.lab) as remotes:
            certificate = certificates.of_lab(found.paths, wanted)
            return run_provision(wanted, remotes, progress.node, dry_run, certificate=certificate)


def _provision_others(lab: Lab, file: Path, progress: ConsoleProgress, dry_run: bool) -> list[Outcome]:
    logins = ssh_config.logins(file.read_text(), str(file))
    known = {name: login for name, login in logins.items() if lab.node(name).is_managed}
    progress.stage("provisioning")
    return run_provision(
        lab, {name: FabricRemote(name, login) for name, login in known.items()}, progress.node, dry_run
    )


def _tell(outcomes: list[Outcome], dry_run: bool, as_json: bool) -> None:
    if as_json:
        nodes: dict[str, Any] = {
            each.node: [{"what": step.what, "diff": step.diff()} for step in each.steps] for each in outcomes
        }
        click.echo(json.dumps({"schema_version": 1, "dry_run": dry_run, "nodes": nodes}))
        return
    for each in outcomes:
        count = len(each.steps)
        console.out.print(f"{each.node}: {count} change{'' if count == 1 else 's'}{' to make' if dry_run else ''}")
        for step in each.steps if dry_run else ():
            console.out.print(f"  {step.what}", markup=False)
            for line in step.diff().splitlines():
                console.out.print(f"    {line}", markup=False, style=render.diff_style(line), soft_wrap=True)


@click.command()
@name_option
@click.option(
    "--within",
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for the lab to be as expected.",
)
@json_option
def verify(name: str | None, within: float, as_json: bool) -> int:
    """Check that the lab is what its file says: VIP, tables, storage, and requests from the client.

    Of real servers with boxes of your own nothing is expected; where one does not serve yet, it is told, with exit
    code 3.
    """
    need_root("lvslab verify")
    found = instances.entered(which(name))
    with ConsoleProgress() as progress, instances.connections(found.paths, found.lab) as remotes:
        progress.stage("verifying")
        status = lifecycle_verify.wait_until_as_expected(found.lab, found.state, remotes, within, progress.say)
        left = own_servers.left(found.lab, status)
    if as_json:
        click.echo(json.dumps({**status.as_json(), "as_expected": True, "left": left}))
    else:
        console.out.print(f"{status.name}: as its lab file says{', but for boxes of your own:' if left else ''}")
        for line in left:
            console.out.print(line, markup=False, soft_wrap=True)
    return 3 if left else 0


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@name_option
def vagrant(arguments: tuple[str, ...], name: str | None) -> int:
    """Run any vagrant command on the lab: `lvslab vagrant -- status`."""
    need_root("lvslab vagrant")
    found = instances.entered(which(name))
    return machines.run_vagrant(found.paths, list(arguments))


COMMANDS = (up, down, provision, verify, vagrant)
