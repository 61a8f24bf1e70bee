"""What every fault should cost a cluster: windows with their reasoning, from its timers alone."""

from collections.abc import Iterator

from lvslab.errors import UsageError
from lvslab.judge import predict_director, predict_server
from lvslab.judge.prediction import Moment, Prediction
from lvslab.judge.timing import Setup, setup_of

__all__ = ["Moment", "Prediction", "Setup", "find", "predictions", "setup_of"]


def predictions(setup: Setup) -> tuple[Prediction, ...]:
    """Return what each fault should cost each VRRP instance or virtual service."""
    return tuple(_every(setup))


def find(setup: Setup, fault: str) -> tuple[Prediction, ...]:
    """Return the predictions of a fault, with or without its target; UsageError names the faults that there are."""
    every = predictions(setup)
    found = tuple(each for each in every if fault in (each.fault, each.fault.partition(" ")[0]))
    if not found:
        known = sorted({each.fault for each in every})
        raise UsageError(f"{setup.name}: nothing is predicted for {fault!r}", f"one of: {', '.join(known)}")
    return found


def _every(setup: Setup) -> Iterator[Prediction]:
    for vrrp in setup.vrrp:
        yield from predict_director.predictions(vrrp)
    for service in setup.services:
        yield from predict_server.predictions(service)
    if setup.storage:
        yield from predict_server.storage(setup.storage, setup.services)
