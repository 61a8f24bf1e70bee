"""The ``lvslab`` program: one group of verbs, and what becomes of errors."""

import errno
import os
import signal
import sys
import traceback
from importlib import import_module
from typing import Any

import click

from lvslab import console
from lvslab.errors import HostError, LabError

INTERRUPTED = 130
USAGE = 2


# which module of lvslab.cli has a verb: only that one is loaded, and what it needs
MODULES = {
    "raising": ("up", "down", "provision", "verify", "vagrant"),
    "snapshots": ("reset", "snapshot"),
    "look": ("status", "ssh", "exec", "client", "logs", "doctor"),
    "drill": ("drill", "drills"),
    "soak": ("soak",),
    "load": ("load",),
    "fault": ("fault",),
    "judge": ("predict", "judge"),
    "report": ("report", "compare"),
    "files": ("labs", "validate", "resolve", "graph"),
    "lint": ("lint",),
    "systems": ("render",),
    "box": ("box",),
    "bench": ("bench",),
}
VERBS = {verb: module for module, verbs in MODULES.items() for verb in verbs}


class Program(click.Group):
    """The group of all verbs; that nobody reads on is fine, where click itself would end with 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs, in the order of the help."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a verb, loaded when it is asked for."""
        if cmd_name not in VERBS:
            return None
        commands: tuple[click.Command, ...] = import_module(f"lvslab.cli.{VERBS[cmd_name]}").COMMANDS
        return next(command for command in commands if command.name == cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            return _nobody_reads()


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lvslab")
@click.option("--debug", is_flag=True, help="Show where an error comes from.")
def cli(debug: bool) -> None:
    """A whole LVS cluster in virtual machines: raise it, prove it, break it.

    Start with `lvslab up`. Exit codes: 0 fine, 1 an expectation failed, 2 wrong usage or a bad lab file,
    3 inconclusive or warnings only, 4 the lab or the host is not usable, 130 interrupted.
    """
    os.environ["LVSLAB_DEBUG"] = "1" if debug else ""


def main() -> None:
    """Run the program and end with its exit code; an error is told in one place, here."""
    # a parent that ignores SIGINT (make in the background) must not make Ctrl-C deaf
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        code = cli.main(standalone_mode=False)
    except (click.Abort, KeyboardInterrupt):
        code = _interrupted()
    except click.ClickException as err:
        err.show()
        code = USAGE
    except LabError as err:
        code = _failed(err)
    except OSError as err:
        code = _failed(HostError(f"{err.filename or 'the system'}: {err.strerror or err}", _mend(err)))
    except SystemExit as err:
        code = err.code if isinstance(err.code, int) else 1
    sys.stdout.flush()
    # threads that talk to nodes may still wait for them; there is nothing left to wait for
    os._exit(code if isinstance(code, int) else 0)


def _failed(err: LabError) -> int:
    console.tell_error(err.message, err.hint, err.shown)
    if os.environ.get("LVSLAB_DEBUG"):
        traceback.print_exc()
    return err.exit_code


def _mend(err: OSError) -> str:
    return "df -h /var/lib /var/cache /tmp" if err.errno == errno.ENOSPC else "lvslab doctor"


def _interrupted() -> int:
    console.tell_error("interrupted", "the same command again goes on; lvslab down takes the lab away")
    return INTERRUPTED


def _nobody_reads() -> int:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
