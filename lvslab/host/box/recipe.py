"""The recipe of the box: the package list and the files that turn packages into a box."""

import hashlib
import re
from pathlib import Path

SUITE = "bookworm"
# No file of the box is younger than this, whenever it is built: the same packages give the same bytes.
EPOCH = 1_793_491_200  # 2026-11-01
FOLDER = Path(__file__).parent / "recipe"
GRUB = FOLDER / "root" / "boot" / "grub" / "grub.cfg"


def packages(text: str) -> tuple[str, ...]:
    """Return the package names in the text of packages.txt, without comments and blank lines."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return tuple(line for line in lines if line)


def files() -> list[Path]:
    """Return all that the box depends on: the recipe's files and the code that carries it out."""
    code = [Path(__file__), Path(__file__).with_name("image.py")]
    return sorted(path for path in FOLDER.rglob("*") if path.is_file()) + code


def kernel_arguments(grub: str = "") -> str:
    """Return what GRUB's configuration, the box's unless told, gives to the kernel."""
    [arguments] = re.findall(r"^linux \S+ (.+)$", grub or GRUB.read_text(), re.MULTILINE)
    return str(arguments)


def digest() -> str:
    """Return the recipe's name: twelve hex digits that change whenever the box would."""
    total = hashlib.sha256()
    for path in files():
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()[:12]
