"""What locust does for lvslab: users that ask the virtual service's page, each request into the run's history.

lvslab starts it (`lvslab load`, or a drill with load) and tells it by the environment variable LVSLAB_LOAD what to
ask. It works by hand as well: `locust -f loadtests/locustfile.py --host http://ADDRESS`.
"""

import itertools
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import gevent
from locust import LoadTestShape, User, constant, events, task
from locust.env import Environment
from locust.runners import WorkerRunner

sys.path.insert(0, str(Path(__file__).parent))
from requester import Requester
from shapes import USUALLY, users_at

from lvslab.measure.clock import Clock
from lvslab.measure.exchange import Target
from lvslab.measure.recorder import Recorder

# as Python has it unless a parent ignores SIGINT, which whatever a script starts in the background inherits
signal.signal(signal.SIGINT, signal.default_int_handler)
ASKED: dict[str, Any] = json.loads(os.environ.get("LVSLAB_LOAD", "{}"))
CLOCK = Clock(**ASKED["clock"]) if ASKED else Clock()
SOURCES = itertools.cycle(ASKED.get("sources") or [""])
RECORDERS: list[Recorder] = []


@events.init.add_listener
def begin(environment: Environment, **_: object) -> None:
    """Open the history, in each process of locust's for itself, and tell of the load from the first of them."""
    if ASKED:
        RECORDERS.append(Recorder(Path(ASKED["history"])))
        if not isinstance(environment.runner, WorkerRunner):
            gevent.spawn(tell, environment)


def tell(environment: Environment) -> None:
    """Say once a second how many requests there were, for as long as somebody listens."""
    before = 0
    try:
        while True:
            print("@lvslab", json.dumps({"requests": max(0, environment.stats.num_requests - before)}), flush=True)
            before = environment.stats.num_requests
            gevent.sleep(1)
    except BrokenPipeError:
        # whoever started the load was killed: it must not go on without them
        os.kill(os.getpid(), signal.SIGTERM)


@events.quitting.add_listener
def end(environment: Environment, **_: object) -> None:
    """Write out what is left."""
    for recorder in RECORDERS:
        recorder.close()
    RECORDERS.clear()


def target(host: str | None) -> Target:
    """Return what is asked: what lvslab says, or a host's first page."""
    if ASKED:
        return Target(**ASKED["target"])
    where = urlsplit(host or "")
    return Target("", where.hostname or "", where.port or 80, where.path or "/")


class Visitor(User):
    """A user who asks for the page again and again, over a new connection each time unless told to keep it."""

    wait_time = constant(ASKED.get("pause", 0.0))

    def on_start(self) -> None:
        """Take the next of the client's addresses."""
        asked = target(self.host)
        self.path = asked.path
        self.requester = Requester(asked, CLOCK, next(SOURCES), ASKED.get("keep_alive", False))

    def on_stop(self) -> None:
        """Let the connection go."""
        self.requester.close()

    @task
    def page(self) -> None:
        """Ask once."""
        attempt, size = self.requester.ask()
        for recorder in RECORDERS:
            recorder.add(attempt)
        self.environment.events.request.fire(
            request_type="GET",
            name=self.path,
            response_time=(CLOCK.now() - attempt.sent) / 1e6,
            response_length=size,
            exception=ConnectionError(attempt.error) if attempt.error else None,
            context={},
        )


if ASKED.get("shape", "steady") != "steady":

    class Shape(LoadTestShape):
        """The shape that was asked for."""

        def tick(self) -> tuple[int, float]:
            """Return how many users there shall be, and how many of them may begin in a second."""
            wanted = users_at(ASKED["shape"], ASKED["users"], ASKED["seconds"] or USUALLY, self.get_run_time())
            return wanted, float(max(1, wanted))
