"""A client that never stops asking: one request after the other, and what became of each."""

import http.client
import threading
import time
from dataclasses import dataclass
from types import TracebackType

from pyroute2 import netns

from lvslab.host import client

EVERY = 0.1
# a SYN that is lost is sent again after one second, and a busy host may stand still for one or two
PATIENCE = 5.0


@dataclass(frozen=True)
class Answer:
    """What a client got: the status, the X-Real-Server header and the body."""

    status: int
    server: str
    body: str


@dataclass(frozen=True)
class Try:
    """A request: when it began (monotonic), who answered, and what went wrong where nobody did."""

    began: float
    server: str
    error: str


class Asking:
    """Ask for a page every 100 ms, over a new connection each time, as long as the ``with`` block lasts."""

    def __init__(self, address: str, port: int) -> None:
        self._where = address, port
        self._tries: list[Try] = []
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)

    def __enter__(self) -> "Asking":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()

    def since(self, moment: float) -> list[Try]:
        """Return the tries that began after a moment of the monotonic clock."""
        return [each for each in list(self._tries) if each.began > moment]

    def _ask(self) -> None:
        netns.setns(client.NAME)
        while not self._end.wait(EVERY):
            self._tries.append(self._one())

    def _one(self) -> Try:
        began = time.monotonic()
        try:
            status, server, _ = client.get(*self._where, timeout=PATIENCE)
        except (OSError, http.client.HTTPException) as err:
            return Try(began, "", str(err) or type(err).__name__)
        return Try(began, server, "" if status == 200 else f"status {status}")
