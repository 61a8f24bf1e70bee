"""Choose what runs the machines: KVM where it really runs a guest, otherwise QEMU's own emulation (TCG).

/dev/kvm may exist, open, and still not run a guest, as on a nested host that only runs paravirtual guests.
So the box's own kernel is booted under KVM for a few seconds; the answer is kept until the host changes.
"""

import contextlib
import json
import os
import select
import subprocess
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO

from lvslab.errors import UsageError
from lvslab.host.box import Box
from lvslab.host.command import check, find
from lvslab.host.paths import cache_home
from lvslab.wait import Deadline

QEMU = "qemu-system-x86_64"
DEVICE = Path("/dev/kvm")
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
SIGN_OF_LIFE = b"Linux version"
LIMIT = 5.0


class Accelerator(StrEnum):
    """What carries out a machine's instructions, in QEMU's own words."""

    KVM = "kvm"
    TCG = "tcg"


@dataclass(frozen=True)
class Choice:
    """An accelerator, and why it is that one."""

    accelerator: Accelerator
    reason: str


@dataclass(frozen=True)
class Host:
    """All that the answer depends on; a change in any of it asks for a new probe."""

    boot_id: str
    kernel: str
    qemu: str
    box: str


def choose(box: Box, forced: str | None = None) -> Choice:
    """Return the accelerator for machines made of ``box``; probes KVM for up to 5 s unless the answer is known.

    ``forced`` ("kvm" or "tcg") is taken without a look. Raises UsageError when it is neither, and HostError
    when QEMU is not installed.
    """
    if forced:
        return Choice(_named(forced), "forced")
    choice = known(box)
    if choice is None:
        choice = probe(box.kernel)
        _keep(describe_host(box), choice)
    return choice


def _named(word: str) -> Accelerator:
    try:
        return Accelerator(word)
    except ValueError as err:
        raise UsageError(f"accelerator {word!r}: expected kvm or tcg", "lvslab up --help") from err


def known(box: Box) -> Choice | None:
    """Return what can be said about ``box`` without booting anything, or None when that takes a probe."""
    obstacle = device_obstacle()
    if obstacle:
        return Choice(Accelerator.TCG, obstacle)
    try:
        return from_cache(cache_file().read_text(), describe_host(box))
    except OSError:
        return None


def device_obstacle(device: Path = DEVICE) -> str:
    """Return why ``device`` cannot be opened, or an empty string when it can."""
    try:
        os.close(os.open(device, os.O_RDWR | os.O_CLOEXEC))
    except OSError as err:
        return f"{device}: {err.strerror}"
    return ""


def cache_file() -> Path:
    """Return the file that keeps the last answer."""
    return cache_home() / "accelerator.json"


def describe_host(box: Box) -> Host:
    """Return the host as it is now, together with ``box``."""
    version = check([QEMU, "--version"], what="qemu", timeout=10).partition("\n")[0]
    return Host(BOOT_ID.read_text().strip(), os.uname().release, version, box.sha256)


def from_cache(text: str, host: Host) -> Choice | None:
    """Return the answer in ``text`` when it was found on ``host``; None when not, or when it is not readable."""
    try:
        data = json.loads(text)
        choice = Choice(Accelerator(data["accelerator"]), str(data["reason"]))
        return choice if data["host"] == asdict(host) else None
    except (ValueError, KeyError, TypeError):
        return None


def to_cache(choice: Choice, host: Host) -> str:
    """Return ``choice``, found on ``host``, as the text of the cache file."""
    return json.dumps({**asdict(choice), "host": asdict(host)}, indent=1) + "\n"


def _keep(host: Host, choice: Choice) -> None:
    new = cache_file().with_suffix(f".{os.getpid()}")
    # an answer that cannot be kept is only found anew the next time
    with contextlib.suppress(OSError):
        new.write_text(to_cache(choice, host))
        new.rename(cache_file())


def command(kernel: Path) -> list[str]:
    """Return the command that boots ``kernel`` under KVM and nothing else: no disk, no network, no screen."""
    return [
        *(find("prlimit"), "--core=0"),  # where KVM is broken, QEMU may well abort
        *(find("setpriv"), "--pdeathsig", "KILL"),  # no guest is left behind when lvslab itself is killed
        *(find(QEMU), "-nodefaults", "-no-user-config", "-no-reboot"),
        *("-machine", "q35,accel=kvm", "-cpu", "host", "-m", "128"),
        *("-display", "none", "-serial", "stdio"),
        *("-kernel", str(kernel), "-append", "console=ttyS0 earlyprintk=ttyS0 panic=-1"),
    ]


def probe(kernel: Path, limit: float = LIMIT) -> Choice:
    """Boot ``kernel`` under KVM and return KVM when it speaks within ``limit`` seconds, otherwise TCG."""
    with subprocess.Popen(
        command(kernel), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0
    ) as process:
        assert process.stdout is not None
        try:
            said, has_ended = listen(process.stdout, Deadline(limit))
        finally:
            process.kill()
    return judge(said.decode(errors="replace"), has_ended, limit)


def listen(console: IO[bytes], deadline: Deadline) -> tuple[bytes, bool]:
    """Read ``console``, unbuffered, until the kernel speaks, QEMU ends, or the deadline has passed.

    Returns what was said, and whether QEMU ended by itself.
    """
    said = b""
    while SIGN_OF_LIFE not in said:
        ready, _, _ = select.select([console], [], [], deadline.left)
        if not ready:
            return said, False
        piece = console.read(4096)
        if not piece:
            return said, True
        said += piece
    return said, False


def judge(said: str, has_ended: bool, limit: float) -> Choice:
    """Return the choice that follows from what QEMU and the guest said together, as one text."""
    # the loader in front of the kernel speaks even where the kernel then hangs: only the kernel itself counts
    if SIGN_OF_LIFE.decode() in said:
        return Choice(Accelerator.KVM, "the box's kernel runs under KVM")
    if has_ended:
        return Choice(Accelerator.TCG, f"QEMU ended under KVM: {complaint(said)}")
    return Choice(Accelerator.TCG, f"{DEVICE} opens, but the box's kernel said nothing under KVM for {limit:g} s")


def complaint(said: str) -> str:
    """Return the first line in which QEMU itself complains, without the program's name."""
    lines = [line.partition(": ")[2] for line in said.splitlines() if line.startswith(f"{QEMU}: ")]
    return lines[0] if lines else "it gave no reason"
