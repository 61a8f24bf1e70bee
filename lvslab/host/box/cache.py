"""The cache of built boxes: one folder a recipe, written whole or not at all."""

import fcntl
import hashlib
import json
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lvslab.errors import BoxError, HostError
from lvslab.host.box import image, recipe
from lvslab.host.paths import cache_home

NAME = "lvslab/debian12"
VERSION = "1.0.0"
NEEDED_SPACE = 4 * 1024**3
VAGRANTFILE = "# The box says nothing of its own; the lab's Vagrantfile says it all.\n"


@dataclass(frozen=True)
class Box:
    """A built box in the cache."""

    folder: Path
    sha256: str
    size: int
    packages: tuple[str, ...]

    @property
    def disk(self) -> Path:
        """The disk image, qcow2."""
        return self.folder / "box.img"

    @property
    def kernel(self) -> Path:
        """The box's kernel, outside the image too: the accelerator's probe and the lab's machines boot it."""
        return self.folder / "vmlinuz"

    @property
    def initrd(self) -> Path:
        """The initramfs that goes with the kernel."""
        return self.folder / "initrd.img"


def folder() -> Path:
    """Return where the box of today's recipe belongs."""
    return cache_home() / f"box-{recipe.digest()}"


def cached() -> Box | None:
    """Return the box of today's recipe, or None when it has not been built.

    Raises BoxError when what is there is not what was built.
    """
    manifest = folder() / "manifest.json"
    if not manifest.exists():
        return None
    box = _read(manifest)
    seen = box.disk.stat().st_size if box.disk.exists() else 0
    if seen != box.size:
        raise BoxError(
            f"{box.disk}: {seen} bytes, expected {box.size}: the box was cut short",
            "lvslab box remove && lvslab box build",
        )
    return box


def _read(manifest: Path) -> Box:
    try:
        data = json.loads(manifest.read_text())
        return Box(manifest.parent, data["sha256"], data["size"], tuple(data["packages"]))
    except (ValueError, KeyError) as err:
        raise BoxError(f"{manifest}: not readable as a manifest", "lvslab box remove") from err


def build(progress: Callable[[str], None], again: bool = False) -> Box:
    """Return the cached box, building it first when there is none (or ``again``); about a minute.

    Raises HostError without space or root, BoxError when a step of the build fails.
    """
    with _only_builder():
        box = None if again else cached()
        return box or _build(progress)


def _build(progress: Callable[[str], None]) -> Box:
    home = cache_home()
    free = shutil.disk_usage(home).free
    if free < NEEDED_SPACE:
        raise HostError(
            f"{home}: {free / 1024**3:.1f} GiB free, the box needs {NEEDED_SPACE / 1024**3:.0f} GiB to be built",
            f"df -h {home}",
        )
    work = home / "building"
    try:
        made = build_in(work, progress)
        # boxes of older recipes too: a lab that was made of one has links of its own to it
        for old in home.glob("box-*"):
            shutil.rmtree(old)
        made.rename(folder())
    except OSError as err:
        raise HostError(f"the box: {err.strerror}: {err.filename}", f"df -h {home}") from err
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return _read(folder() / "manifest.json")


def build_in(work: Path, progress: Callable[[str], None]) -> Path:
    """Build the box below ``work`` and return the folder that holds it."""
    shutil.rmtree(work, ignore_errors=True)
    root, result = work / "root", work / "box"
    result.mkdir(parents=True)
    # the root file system's owner is taken from this folder, whatever the umask is
    root.mkdir(mode=0o755)
    package_list = work / "packages"
    image.make_root(root, package_list, progress)
    progress("making the disk image")
    for name in ("vmlinuz", "initrd.img"):
        shutil.copyfile(max((root / "boot").glob(f"{name}-*")), result / name)
    image.make_disk(root, work / "disk.raw")
    image.convert(work / "disk.raw", result / "box.img")
    _describe(result, package_list.read_text().split())
    return result


def _describe(result: Path, packages: list[str]) -> None:
    disk = result / "box.img"
    with disk.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    metadata = {"provider": "libvirt", "format": "qcow2", "virtual_size": image.DISK_SIZE // 1024**3}
    (result / "metadata.json").write_text(json.dumps(metadata) + "\n")
    (result / "Vagrantfile").write_text(VAGRANTFILE)
    manifest = {
        "recipe": recipe.digest(),
        "suite": recipe.SUITE,
        "sha256": sha256,
        "size": disk.stat().st_size,
        "packages": packages,
    }
    (result / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    os.sync()


@contextmanager
def _only_builder() -> Iterator[None]:
    home = cache_home()
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = (home / "lock").open("w")
    except PermissionError as err:
        raise HostError(f"{home}: not writable", "sudo lvslab box build") from err
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def export(box: Box, target: Path) -> None:
    """Write ``box`` as a .box file (a gzipped tar), as ``vagrant box add`` takes it."""
    with tarfile.open(target, "w:gz", compresslevel=1) as archive:
        for name in ("metadata.json", "Vagrantfile", "box.img"):
            archive.add(box.folder / name, arcname=name)


def remove() -> bool:
    """Remove every cached box and what else is cached; return whether there was anything."""
    home = cache_home()
    if not home.exists():
        return False
    shutil.rmtree(home)
    return True
