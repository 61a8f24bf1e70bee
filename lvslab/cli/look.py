"""The verbs that look and touch: status, ssh, exec, client, logs, doctor."""

import json
import os
import shlex
import subprocess
import sys
import threading
import time
from typing import NoReturn

import click
from rich.live import Live

from lvslab import console
from lvslab.cli import render
from lvslab.cli.options import json_option, name_option, need_root, which
from lvslab.host import client as host_client
from lvslab.host import doctor as host_doctor
from lvslab.host import machines
from lvslab.host.command import find
from lvslab.lifecycle import instance as instances
from lvslab.lifecycle import status as status_of
from lvslab.lifecycle.instance import Instance

WATCH_EVERY = 1.0


@click.command()
@name_option
@json_option
@click.option("-w", "--watch", is_flag=True, help="Look again every second, until Ctrl-C.")
def status(name: str | None, as_json: bool, watch: bool) -> None:
    """Show nodes, who holds the VIP, real servers and weights, and the storage."""
    need_root("lvslab status")
    found = instances.entered(which(name))
    with instances.connections(found.paths, found.lab) as remotes:
        if not watch:
            seen = status_of.current(found.lab, found.state, remotes)
            if as_json:
                click.echo(json.dumps(seen.as_json(), indent=1))
            else:
                console.out.print(render.status(seen))
            return
        with Live(console=console.out, auto_refresh=False) as live:
            while True:
                live.update(render.status(status_of.current(found.lab, found.state, remotes)), refresh=True)
                time.sleep(WATCH_EVERY)


def _ssh_words(found: Instance, node: str) -> list[str]:
    address = str(found.lab.management_address(node))
    options = {
        "UserKnownHostsFile": str(found.paths.known_hosts),
        "GlobalKnownHostsFile": "/dev/null",
        "IdentitiesOnly": "yes",
        "ConnectTimeout": "10",
        "ServerAliveInterval": "5",
        "LogLevel": "ERROR",
    }
    flags = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
    return [find("ssh"), "-F", "/dev/null", "-i", str(found.paths.key), *flags, f"root@{address}"]


@click.command()
@click.argument("node")
@name_option
def ssh(node: str, name: str | None) -> None:
    """Log in to NODE as root."""
    need_root("lvslab ssh")
    found = instances.find(which(name))
    instances.managed(found.lab, node)
    found = instances.entered(found.paths.name)
    words = _ssh_words(found, node)
    os.execv(words[0], words)


@click.command("exec", context_settings={"ignore_unknown_options": True})
@click.argument("node")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@name_option
def execute(node: str, command: tuple[str, ...], name: str | None) -> None:
    """Run COMMAND on NODE: `lvslab exec director1 -- ipvsadm -Ln`. Output and exit code are the command's.

    NODE may be a router of the lab, too.
    """
    need_root("lvslab exec")
    found = instances.find(which(name))
    if node in found.lab.routers:
        instances.entered(found.paths.name)
        _inside(node, command)
    instances.managed(found.lab, node)
    found = instances.entered(found.paths.name)
    words = [*_ssh_words(found, node), "--", shlex.join(command)]
    os.execv(words[0], words)


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@name_option
def client(command: tuple[str, ...], name: str | None) -> None:
    """Run COMMAND as the client: `lvslab client -- curl http://192.168.18.41/`.

    It trusts the lab's own authority (CURL_CA_BUNDLE, SSL_CERT_FILE), where the lab serves by HTTPS.
    """
    need_root("lvslab client")
    found = instances.entered(which(name))
    os.environ |= host_client.trusting(found.paths.authority)
    _inside("client", command)


def _inside(host: str, command: tuple[str, ...]) -> NoReturn:
    ip = find("ip")
    os.execv(ip, [ip, "netns", "exec", host, *command])


@click.command()
@click.argument("node", required=False)
@click.option("-f", "--follow", is_flag=True, help="Go on as new lines come.")
@click.option("--console", "from_console", is_flag=True, help="What the machine printed on its serial console.")
@click.option("-n", "--lines", default=50, show_default=True, help="How many lines.")
@name_option
def logs(node: str | None, follow: bool, from_console: bool, lines: int, name: str | None) -> int:
    """Show the journal of NODE, or of every node."""
    need_root("lvslab logs")
    found = instances.find(which(name))
    names = [instances.managed(found.lab, node).name] if node else [each.name for each in found.lab.managed]
    if from_console:
        for each in names:
            for line in machines.console_tail(found.paths, each, lines):
                click.echo(f"{each}: {line}" if len(names) > 1 else line)
        return 0
    found = instances.entered(found.paths.name)
    return _journals(found, names, follow, lines)


def _journals(found: Instance, names: list[str], follow: bool, lines: int) -> int:
    command = f"journalctl --no-pager --output=short-iso-precise -n {lines}" + (" -f" if follow else "")
    running = {
        each: subprocess.Popen([*_ssh_words(found, each), "--", command], stdout=subprocess.PIPE, text=True)
        for each in names
    }
    if len(names) == 1:
        stream = running[names[0]].stdout
        assert stream is not None
        for line in stream:
            sys.stdout.write(line)
            sys.stdout.flush()
        return running[names[0]].wait()
    return _merged(running)


def _merged(running: dict[str, "subprocess.Popen[str]"]) -> int:
    lock = threading.Lock()

    def pump(process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        for line in process.stdout:
            with lock:
                sys.stdout.write(line)
                sys.stdout.flush()

    threads = [threading.Thread(target=pump, args=(each,), daemon=True) for each in running.values()]
    for thread in threads:
        thread.start()
    return max(process.wait() for process in running.values())


@click.command()
@json_option
def doctor(as_json: bool) -> int:
    """Look whether this host can carry a lab, and say how to mend what is missing."""
    findings = host_doctor.examine()
    if as_json:
        click.echo(json.dumps(host_doctor.as_json(findings), indent=1))
    else:
        for finding in findings:
            style = {"ok": "green", "warn": "yellow", "fail": "red"}[finding.status]
            console.out.print(f"[{style}]{finding.status:<5}[/] {finding.name}: ", end="")
            console.out.print(finding.seen, markup=False, soft_wrap=True)
            if finding.status != "ok" and finding.remedy:
                console.out.print(f"      {finding.remedy}", markup=False, soft_wrap=True)
    return 4 if any(finding.status == "fail" for finding in findings) else 0


COMMANDS = (status, ssh, execute, client, logs, doctor)
