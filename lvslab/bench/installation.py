"""ansible-core for the bench: in an environment of its own in the cache, made when it is first needed.

It is no part of lvslab; `lvslab box remove` takes it away with the rest of the cache.
"""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from lvslab.errors import HostError
from lvslab.host.command import check
from lvslab.host.paths import cache_home

WANTED = "ansible-core==2.17.*"
LIMIT = 600
# ansible-playbook --version would leave a folder in the user's home
VERSION = "from importlib.metadata import version; print(version('ansible-core'))"


def folder() -> Path:
    """Return where the environment stands."""
    return cache_home() / "bench-ansible-core-2.17"


def program() -> Path:
    """Return the path of ansible-playbook."""
    return folder() / "bin" / "ansible-playbook"


def install(progress: Callable[[str], None]) -> str:
    """Have ansible-core installed and return its version; HostError when that cannot be."""
    done = folder() / "done"
    if not done.exists():
        progress(f"installing {WANTED}")
        shutil.rmtree(folder(), ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(folder())])
        _run(
            [str(folder() / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", "--no-input", WANTED]
        )
        done.touch()
    return _run([str(folder() / "bin" / "python"), "-c", VERSION]).strip()


def _run(argv: list[str]) -> str:
    return check(argv, what=WANTED, error=HostError, hint="lvslab bench --only up-cold", timeout=LIMIT)
