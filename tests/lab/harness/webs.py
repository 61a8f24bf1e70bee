"""Web servers asked by the client directly: what they answer, how fast, and the wait until they are well."""

import http.client
import time

from lvslab.host import client
from lvslab.pytest_plugin import LabUnderTest
from lvslab.wait import wait_for

PATIENCE = 5.0
# who is not found is asked for three times, a second apart, before a client gives up and begins anew
WELL_AGAIN = 30.0


def answer(lab: LabUnderTest, node: str, within: float = PATIENCE) -> tuple[str, float]:
    """Return what the client gets from a web server itself, as ``status body`` or the error, and how long it took."""
    began = time.monotonic()
    try:
        status, _, body = client.inside(lambda: client.get(lab.address(node), 80, timeout=within))
        said = f"{status} {body}"
    except (OSError, http.client.HTTPException) as err:
        said = type(err).__name__
    return said, time.monotonic() - began


def is_well(lab: LabUnderTest, node: str) -> bool:
    """Whether the client gets the page from a web server itself."""
    return answer(lab, node)[0].startswith("200 <!doctype html>")


def wait_until_well(lab: LabUnderTest, *nodes: str, within: float = WELL_AGAIN) -> None:
    """Return when the client gets the page from each of some web servers itself."""
    for node in nodes:
        wait_for(lambda node=node: is_well(lab, node), within=within, what=f"{node} is not well")


def wait_until_fast(lab: LabUnderTest, node: str, limit: float) -> None:
    """Return when a web server has given the client its page in less than ``limit`` seconds."""
    seen: list[tuple[str, float]] = []

    def fast() -> bool:
        seen[:] = [answer(lab, node)]
        return seen[0][0].startswith("200") and seen[0][1] < limit

    wait_for(fast, within=WELL_AGAIN, what=f"{node} is slow", seen=lambda: str(seen))
