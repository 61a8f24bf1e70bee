"""The steps that a plan is made of, and the script that carries them out on a node."""

import difflib
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from lvslab.nodes.probe import MARK

LOCK = "/run/lvslab-provision.lock"
# To write PATH MODE UMASK TEXT [CHECK ...]. What the shell can do by itself it does: where a processor is emulated,
# each program that is started takes tens of milliseconds.
PUT = """\
put() {
  path=$1 new=$1.lvslab-new mode=$2 mask=$3 text=$4; shift 4
  folder=${path%/*}; [ -d "${folder:=/}" ] || mkdir -p -- "$folder" || return
  [ ! -e "$new" ] || rm -f -- "$new"
  umask "$mask"; printf %s "$text" > "$new"; s=$?; umask 022
  case $mode in *[1357]*) chmod "$mode" -- "$new" || s=$? ;; esac
  if [ $s = 0 ]; then { [ $# = 0 ] || "$@" "$new"; } && mv -f -- "$new" "$path"; s=$?; fi
  [ $s = 0 ] || rm -f -- "$new"
  return $s
}"""


@dataclass(frozen=True)
class Run:
    """Run a command; ``stdin`` is what it reads.

    After a step that ``changes_facts``, what was read of the node is no guide any more: it is read and planned anew.
    """

    what: str
    argv: tuple[str, ...]
    stdin: str = ""
    changes_facts: bool = False

    def shell(self) -> str:
        """Return the step as a line of shell, every word quoted."""
        command = shlex.join(self.argv)
        return f"printf %s {shlex.quote(self.stdin)} | {command}" if self.stdin else f"{command} </dev/null"

    def diff(self) -> str:
        """Return what would be run."""
        return f"$ {shlex.join(self.argv)}"


@dataclass(frozen=True)
class Write:
    """Write a file, whole or not at all; ``old`` is what stands there now (None: nothing).

    A ``secret`` is never open to anybody else, not even while it is written, and no diff shows it.

    ``check`` is a command that is given the new file's path before it takes the old one's place; when it
    fails, the old file stays.
    """

    path: str
    content: str
    old: str | None = None
    mode: int = 0o644
    check: tuple[str, ...] = ()
    secret: bool = False

    @property
    def what(self) -> str:
        """What the step does."""
        return f"write {self.path}"

    def shell(self) -> str:
        """Return the step as a line of shell, every word quoted."""
        return shlex.join(["put", self.path, f"{self.mode:o}", f"{0o777 & ~self.mode:o}", self.content, *self.check])

    def diff(self) -> str:
        """Return the change as a unified diff."""
        if self.secret:
            return f"# {self.path} is a secret"
        old = (self.old or "").splitlines(keepends=True)
        new = self.content.splitlines(keepends=True)
        before = self.path if self.old is not None else "/dev/null"
        return "".join(difflib.unified_diff(old, new, before, self.path)).rstrip("\n")


@dataclass(frozen=True)
class Wait:
    """Wait until a command succeeds, at most ``within`` seconds."""

    what: str
    argv: tuple[str, ...]
    within: int = 60

    def shell(self) -> str:
        """Return the step as a line of shell, every word quoted; it ends when whoever asked for it is gone."""
        return (
            f"( end=$(($(date +%s)+{self.within})); until {shlex.join(self.argv)} </dev/null; do"
            f' [ "$(date +%s)" -lt $end ] || {{ echo "not so after {self.within} s"; exit 1; }};'
            " [ -d /proc/$PPID ] || exit 1; sleep 0.2; done )"
        )

    def diff(self) -> str:
        """Return what would be waited for."""
        return f"# wait until: {shlex.join(self.argv)}"


Step = Run | Write | Wait


def script(steps: Sequence[Step]) -> str:
    """Return the script that carries out ``steps`` in order and stops at the first that fails.

    Before each step it prints ``@@lvslab begin NUMBER``; where one fails, ``@@lvslab fail NUMBER STATUS`` and the
    last ten lines of its output. Two scripts never run on a node at once.
    """
    lines = [
        # enabling a unit needs no detour by SysV's update-rc.d
        "export SYSTEMCTL_SKIP_SYSV=1 LC_ALL=C DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin",
        f"umask 022; exec 9>{LOCK}; flock 9",
        "out=$(mktemp); trap 'rm -f \"$out\"' EXIT",
        PUT,
        f'fail() {{ s=$?; echo "{MARK} fail $1 $s"; tail -n 10 "$out"; exit 1; }}',
    ]
    for number, step in enumerate(steps):
        lines.append(f'echo "{MARK} begin {number}"')
        # descriptor 9 is the lock: a daemon that a step starts must not inherit it
        lines.append(f'{{ {step.shell()}; }} >"$out" 2>&1 9>&- || fail {number}')
    return "\n".join(lines)
