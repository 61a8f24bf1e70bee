"""One place where errors become text: an exit code, a message and a hint, and never a traceback."""

import os
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from lvslab.cli import files
from lvslab.cli.main import MODULES, cli
from lvslab.errors import ExpectationError, LabError
from tests.unit.cli.conftest import Ended, Lvslab, commands_of

PROGRAM = [sys.executable, "-c", "from lvslab.cli import main; main()"]


def commands(group: click.Group, words: tuple[str, ...] = ()) -> dict[tuple[str, ...], click.Command]:
    """Return every verb by the words that call it."""
    found: dict[tuple[str, ...], click.Command] = {words: group}
    for name, command in commands_of(group):
        if isinstance(command, click.Group):
            found |= commands(command, (*words, name))
        else:
            found[(*words, name)] = command
    return found


EVERY = commands(cli)


def test_every_command_of_a_module_is_a_verb() -> None:
    """Modules are loaded by their verbs, so one that is not listed could not be called."""
    for name, verbs in MODULES.items():
        assert {each.name for each in import_module(f"lvslab.cli.{name}").COMMANDS} == set(verbs)


def is_told(ended: Ended, code: int, *texts: str) -> bool:
    """Whether an error is told in a few lines with these texts in it."""
    assert ended.code == code, ended
    assert "Traceback" not in ended.err
    assert ended.out == ""
    for text in texts:
        assert text in ended.err
    return ended.err.count("rror: ") == 1


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_every_verb_says_what_it_does(words: tuple[str, ...]) -> None:
    """--help works everywhere, and every option and verb has its sentence."""
    result = CliRunner().invoke(cli, [*words, "--help"])
    assert (result.exit_code, result.exception) == (0, None)
    command = EVERY[words]
    assert command.help and command.help.strip().endswith((".", "`", "```"))
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{parameter.name} of {words} has no help"


@pytest.mark.parametrize("words", [words for words in EVERY if words], ids=" ".join)
def test_short_help_fits_a_line(words: tuple[str, ...]) -> None:
    """The list of verbs can be read at a glance: no sentence of it is cut."""
    assert not EVERY[words].get_short_help_str(limit=200).endswith("...")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["box", "nonsense"], "No such command 'nonsense'"),
        (["up", "--nonsense"], "No such option"),
        (["validate"], "Missing argument"),
        (["graph", "--format", "png"], "is not one of"),
        (["up", "--accelerator", "magic"], "is not one of"),
        (["resolve", "lvs-rd"], "no such file, expected a lab file"),
        (["resolve", "lvs-rd"], "did you mean"),
        (["resolve", "/nowhere/x.yml"], "/nowhere/x.yml: no such file"),
        (["graph", "no-such-lab"], "no such file"),
        (["graph", "-o", "/nowhere/x.svg"], "/nowhere/x.svg: No such file or directory"),
        (["graph", "--live", "other"], "no lab named other"),
        (["down", "../etc"], "'../etc' is no name for a lab"),
        (["up", "--name", "A B"], "'A B' is no name for a lab"),
        (["status"], "no lab named lvs-dr; no lab is here"),
        (["status", "--name", "other"], "no lab named other"),
        (["ssh", "web1"], "no lab named lvs-dr"),
        (["exec", "web1", "--", "true"], "no lab named lvs-dr"),
        (["exec", "web1"], "Missing argument"),
        (["client", "--", "true"], "no lab named lvs-dr"),
        (["logs", "web9"], "no lab named lvs-dr"),
        (["reset"], "no lab named lvs-dr"),
        (["snapshot"], "no lab named lvs-dr"),
        (["provision", "--dry-run"], "no lab named lvs-dr"),
        (["provision", "--ssh-config", "/nowhere"], "does not exist"),
        (["verify", "--within", "soon"], "is not a valid float"),
        (["vagrant", "--", "status"], "no lab named lvs-dr"),
    ],
)
def test_wrong_words_end_with_2_and_one_error(
    lvslab: Lvslab, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    """What was wrong is named, and nothing was done."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert is_told(lvslab(*words), 2, said)


@pytest.mark.parametrize(
    "words",
    [
        ["up"],
        ["up", "labs/lvs-dr.yml"],
        ["down"],
        ["reset"],
        ["snapshot"],
        ["provision"],
        ["verify"],
        ["status"],
        ["ssh", "web1"],
        ["exec", "web1", "true"],
        ["client", "true"],
        ["logs"],
        ["vagrant", "status"],
        ["box", "build"],
        ["box", "remove"],
    ],
    ids=" ".join,
)
def test_without_root_a_verb_that_needs_it_ends_with_4(
    lvslab: Lvslab, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    """The hint is the same command with sudo."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.chdir(Path(__file__).parents[3])
    assert is_told(lvslab(*words), 4, "this needs root", f"sudo lvslab {words[0]}")


def test_a_box_that_is_not_there_ends_with_4(lvslab: Lvslab) -> None:
    """The hint builds it."""
    assert is_told(lvslab("box", "show"), 4, "no box has been built", "lvslab box build")


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (ExpectationError("web1: apache2 does not run", "lvslab status", ["first", "second"]), 1, "    second\n"),
        (LabError("[red]x[/] is shown as it is"), 4, "error: [red]x[/] is shown as it is\n"),
        (OSError(28, "No space left on device", "/var/lib/x"), 4, "error: /var/lib/x: No space left on device\n"),
        (OSError(28, "No space left on device", "/var/lib/x"), 4, "try: df -h"),
        (KeyboardInterrupt(), 130, "error: interrupted\n"),
        (click.Abort(), 130, "error: interrupted\n"),
    ],
)
def test_every_error_has_its_code_and_its_text(
    lvslab: Lvslab, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, said: str
) -> None:
    """Message, details and hint; brackets are no colours."""

    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(files.labs, "callback", fail)
    assert is_told(lvslab("labs"), code, said)


def test_a_traceback_only_with_debug(lvslab: Lvslab) -> None:
    """Whoever asks for it sees where an error comes from, below the error itself."""
    ended = lvslab("--debug", "resolve", "no-such-lab")
    assert ended.code == 2
    assert ended.err.startswith("error: ") and "Traceback" in ended.err
    assert "Traceback" not in lvslab("resolve", "no-such-lab").err


def test_several_labs_have_to_be_told_apart(lvslab: Lvslab, folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a name, a verb works on the only lab there is, and on none of several."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    (folders / "labs" / "one").mkdir(parents=True)
    assert is_told(lvslab("status"), 2, "no lab named one")
    (folders / "labs" / "two").mkdir()
    assert is_told(lvslab("status"), 2, "several labs are here: one, two", "--name NAME")
    monkeypatch.setenv("LVSLAB_NAME", "two")
    assert is_told(lvslab("status"), 2, "no lab named two")


def test_down_of_what_is_not_there_is_fine(lvslab: Lvslab, folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lab is gone either way; nothing is left behind."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    ended = lvslab("down", "never-was")
    assert (ended.code, ended.err) == (0, "never-was: there was nothing\n")
    assert not (folders / "labs").exists()


def run(*words: str, **options: object) -> "subprocess.CompletedProcess[str]":
    """Run the program as a process of its own."""
    return subprocess.run([*PROGRAM, *words], capture_output=True, text=True, timeout=60, **options)  # type: ignore[call-overload,no-any-return]


def test_a_stranger_is_told_that_root_is_needed() -> None:
    """As a real user without rights: exit code 4, two lines, no traceback."""
    nobody = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    done = run("up", **nobody)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == ("error: this needs root, to make namespaces and machines\n  try: sudo lvslab up lvs-dr\n")


def test_a_reader_that_goes_away_is_no_error() -> None:
    """`lvslab graph | head -1` ends in silence."""
    with subprocess.Popen(
        [*PROGRAM, "graph", "--format", "svg"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (0, b"")


def test_a_terminated_program_says_so(lvslab: Lvslab, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGTERM ends it with the code that shells give."""

    def fail(**_: object) -> None:
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(files.labs, "callback", fail)
    assert lvslab("labs").code == 128 + signal.SIGTERM
