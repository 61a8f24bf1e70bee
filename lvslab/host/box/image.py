"""Make the disk image of the box: packages to a root file system, that to a bootable qcow2.

Needs no loop device and no mount: mke2fs(8) fills the file system from a folder, and GRUB's core image is
laid in the gap before the first partition.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from lvslab.errors import BoxError, HostError
from lvslab.host.box import recipe
from lvslab.host.command import NO_SPACE, check, find
from lvslab.host.isolation import die_with_parent

GRUB_MODULES = ["biosdisk", "part_msdos", "ext2", "linux", "normal", "configfile"]
GRUB_FOLDER = Path("/usr/lib/grub/i386-pc")
DISK_SIZE = 4 * 1024**3
FIRST_SECTOR = 2048
OFFSET = FIRST_SECTOR * 512
UUID = "6c767364-0000-4000-8000-000000000001"
HASH_SEED = "6c767364-0000-4000-8000-000000000002"
ENVIRONMENT = {
    "SOURCE_DATE_EPOCH": str(recipe.EPOCH),
    "E2FSPROGS_FAKE_TIME": str(recipe.EPOCH),
    "LC_ALL": "C.UTF-8",
}

Progress = Callable[[str], None]


def make_root(target: Path, package_list: Path, progress: Progress) -> None:
    """Install the recipe's packages into the folder ``target`` and run customize.sh on it.

    Writes ``name=version`` lines to ``package_list``. Raises BoxError with mmdebstrap's last lines.
    """
    include = ",".join(recipe.packages((recipe.FOLDER / "packages.txt").read_text()))
    argv = [
        # its mounts are seen nowhere else, and all of it ends when this process does, however that ends
        *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"),
        "mmdebstrap",
        "--mode=root",
        "--variant=minbase",
        "--format=directory",
        f"--include={include}",
        '--aptopt=APT::Install-Recommends "false"',
        '--aptopt=Acquire::Retries "3"',
        *(f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in ("man", "doc", "locale")),
        f'--customize-hook=sh {recipe.FOLDER / "customize.sh"} "$1"',
        recipe.SUITE,
        str(target),
    ]
    _stream(argv, {"LVSLAB_PACKAGES": str(package_list)}, progress)
    # its owner depends on whether apt could drop its privileges in this folder; apt makes it anew
    shutil.rmtree(target / "var/lib/apt/lists/partial", ignore_errors=True)


def _stream(argv: list[str], extra: dict[str, str], progress: Progress) -> None:
    env = {**os.environ, **ENVIRONMENT, **extra}
    said: list[str] = []
    with subprocess.Popen(
        [find(argv[0]), *argv[1:]],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        preexec_fn=die_with_parent,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line.rstrip())
            if line.startswith("I: "):
                progress(line[3:].rstrip())
    if process.returncode != 0 and any(NO_SPACE in line for line in said):
        raise HostError("the box: the disk is full", "df -h /var/cache /tmp", said[-3:])
    if process.returncode != 0:
        raise BoxError(
            f"the box: mmdebstrap ended with exit status {process.returncode}",
            "df -h /var/cache /tmp; apt-get update",
            said[-10:],
        )


def make_disk(root: Path, raw: Path) -> None:
    """Lay out ``raw`` as a disk of 4 GiB that boots by itself, with ``root`` as its only file system."""
    clamp_times(root)
    with raw.open("wb") as disk:
        disk.truncate(DISK_SIZE)
    table = f"label: dos\nlabel-id: 0x1f51ab00\nstart={FIRST_SECTOR}, type=83, bootable\n"
    _run(["sfdisk", "--quiet", str(raw)], stdin=table)
    kib = (DISK_SIZE - OFFSET) // 1024
    options = f"offset={OFFSET},hash_seed={HASH_SEED},lazy_itable_init=0,root_owner=0:0"
    names = ["-L", "root", "-U", UUID]
    _run(["mke2fs", "-q", "-t", "ext4", *names, "-d", str(root), "-E", options, str(raw), f"{kib}k"])
    fix_times(raw)
    install_grub(raw)


def clamp_times(root: Path) -> None:
    """Make no file below ``root`` younger than the recipe's epoch; files that packages brought keep their times."""
    for path in (root, *root.rglob("*")):
        if path.lstat().st_mtime > recipe.EPOCH:
            os.utime(path, (recipe.EPOCH, recipe.EPOCH), follow_symlinks=False)


def fix_times(raw: Path) -> None:
    """Set access and change time of every inode: mke2fs takes them from the folder, where none can choose them."""
    device = f"{raw}?offset={OFFSET}"
    head = _run(["dumpe2fs", "-h", device])
    fields = dict(line.split(":", 1) for line in head.splitlines() if ":" in line)
    used = int(fields["Inode count"]) - int(fields["Free inodes"])
    commands = "".join(
        f"sif <{inode}> {field} @{recipe.EPOCH}\n" for inode in range(11, used + 1) for field in ("atime", "ctime")
    )
    _run(["debugfs", "-w", "-f", "-", device], stdin=commands)


def install_grub(raw: Path) -> None:
    """Put GRUB's boot sector and core image before the first partition of ``raw``."""
    early, core = raw.with_suffix(".cfg"), raw.with_suffix(".core")
    early.write_text("set root=(hd0,msdos1)\nconfigfile /boot/grub/grub.cfg\n")
    prefix = ["-p", "(hd0,msdos1)/boot/grub", "-c", str(early)]
    _run(["grub-mkimage", "-O", "i386-pc", "-o", str(core), *prefix, *GRUB_MODULES])
    with raw.open("r+b") as disk:
        disk.write((GRUB_FOLDER / "boot.img").read_bytes()[:440])
        disk.seek(512)
        disk.write(core.read_bytes())
    early.unlink()
    core.unlink()


def convert(raw: Path, image: Path) -> None:
    """Write ``raw`` as the qcow2 file ``image`` and remove ``raw``."""
    _run(["qemu-img", "convert", "-O", "qcow2", str(raw), str(image)])
    raw.unlink()


def _run(argv: list[str], stdin: str | None = None) -> str:
    return check(argv, what="the box", error=BoxError, stdin=stdin, env={**os.environ, **ENVIRONMENT})
