"""The keeper: the one process that holds a lab's namespaces open, and PID 1 of all that runs in them.

Run as ``python -m lvslab.host.keeper NAME SOURCE=TARGET ...``. It makes a mount, a network and a PID
namespace, prints the keeper's PID as the host sees it, and waits for a line on its standard input before it
settles down; when the other end closes without a word, it ends and nothing is left. To kill the keeper is to
kill every process of the lab (pid_namespaces(7)); the other namespaces go with the last of them.
"""

import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path

CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000
CLONE_NEWPID = 0x20000000
TITLE = "lvslab-keeper"

_libc = ctypes.CDLL(None, use_errno=True)


def unshare(flags: int) -> None:
    """Leave the namespaces in ``flags`` for new ones (unshare(2)); raises OSError."""
    if _libc.unshare(flags) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def set_name(name: str) -> None:
    """Set what ps shows as this process's command name (PR_SET_NAME, at most 15 bytes)."""
    _libc.prctl(15, name.encode(), 0, 0, 0)


def mount(*arguments: str) -> None:
    """Run mount(8)."""
    subprocess.run(["/bin/mount", *arguments], check=True, stdin=subprocess.DEVNULL)


def furnish(binds: list[str]) -> None:
    """Give the new namespaces their own /proc, /sys, /run and loopback, and the lab's folders."""
    mount("--make-rprivate", "/")
    # the sources may lie below a folder that the mounts to come would hide: bind them first
    for bind in binds:
        source, _, target = bind.partition("=")
        mount("--bind", source, target)
    mount("-t", "proc", "-o", "nosuid,nodev,noexec", "proc", "/proc")
    mount("-t", "sysfs", "-o", "nosuid,nodev,noexec", "sysfs", "/sys")
    mount("-t", "tmpfs", "-o", "mode=0755", "tmpfs", "/run")
    Path("/run/lock").mkdir(mode=0o1777)
    Path("/run/netns").mkdir()
    subprocess.run(["/sbin/ip", "link", "set", "lo", "up"], check=True)


def keep() -> None:
    """Reap what the lab's processes leave behind, for ever."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    while True:
        signal.sigwait({signal.SIGCHLD})
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            continue


def main(arguments: list[str]) -> None:
    """Become the keeper."""
    name, binds = arguments[0], arguments[1:]
    os.setsid()
    unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID)
    child = os.fork()
    if child:
        print(child, flush=True)
        os._exit(0)
    set_name(f"{TITLE}"[:15])
    furnish(binds)
    print("ready", flush=True)
    if not sys.stdin.readline():
        os._exit(1)
    null = os.open("/dev/null", os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.chdir("/")
    _ = name  # stands in the command line, for whoever looks at ps
    keep()


if __name__ == "__main__":
    main(sys.argv[1:])
