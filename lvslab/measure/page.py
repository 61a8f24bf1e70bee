"""A page that is large enough for slow downloads: a file without blocks on every web root, removed afterwards."""

from contextlib import suppress
from types import TracebackType

from lvslab.errors import LabError
from lvslab.measure.samplers import Connect
from lvslab.model import Lab
from lvslab.nodes.remote import Remote
from lvslab.parallel import at_once

NAME = "lvslab-download.bin"
SIZE = 1 << 30
"""Bytes: at 40 kB/s more than seven hours, and none of them on the disk."""
LIMIT = 20.0


class Page:
    """The page, as a context manager: there inside, gone afterwards."""

    def __init__(self, lab: Lab, connect: Connect) -> None:
        self.url = f"/{NAME}"
        storage = lab.storage
        # one file behind all web servers where they share their storage
        names = [storage.node] if storage else [node.name for node in lab.web_servers]
        self._path = f"{storage.volume.mountpoint if storage else lab.web.document_root}/{NAME}"
        self._connect, self._names = connect, names

    def __enter__(self) -> "Page":
        at_once(self._make, self._names)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        # a node that is gone by now has lost the file or will not miss it: it holds no blocks
        with suppress(LabError):
            at_once(lambda name: self._run(name, f"rm -f {self._path}"), self._names)

    def _make(self, name: str) -> None:
        self._run(name, f"truncate --size={SIZE} {self._path} && chmod 644 {self._path}")

    def _run(self, name: str, script: str) -> None:
        remote: Remote = self._connect(name)
        try:
            remote.run(script, timeout=LIMIT)
        finally:
            remote.close()
