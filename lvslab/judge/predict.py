"""What every fault should cost a cluster: windows with their reasoning, from its timers alone."""

import re
from collections.abc import Iterator, Mapping

from lvslab.errors import UsageError
from lvslab.judge import (
    predict_cut,
    predict_director,
    predict_impairment,
    predict_local,
    predict_server,
    predict_serving,
    predict_storage,
)
from lvslab.judge.prediction import Moment, Prediction, untold
from lvslab.judge.strike import NOTHING, Strike
from lvslab.judge.timing import Setup, setup_of

__all__ = ["Moment", "Prediction", "Setup", "Strike", "find", "of_strike", "predictions", "setup_of"]

NUMBER = r"\d{1,9}(\.\d{1,6})?"
PARAMETERS = {
    "delay": (NUMBER, "seconds"),
    "jitter": (NUMBER, "seconds"),
    "percent": (r"\d{1,2}(\.\d{1,4})?|100", "a percentage up to 100"),
    "rate": (r"[1-9]\d{0,8}(\.\d{1,3})?[kmg]?bit", "a rate such as 512kbit or 10mbit"),
    "weight": (r"\d{1,5}", "a whole number"),
}
"""The parameters of faults that predictions depend on, each with its form, and that in words."""

_BUSY = "how long a machine waits for a processor is no timer of anybody's, and every timer may run late"


def predictions(setup: Setup, arguments: Mapping[str, str] = NOTHING) -> tuple[Prediction, ...]:
    """Return what each fault should cost each VRRP instance or service; ``arguments`` are the faults' parameters."""
    return tuple(_every(setup, Strike(arguments=arguments)))


def of_strike(setup: Setup, strike: Strike) -> tuple[Prediction, ...]:
    """Return what one fault should cost."""
    if strike.cut is not None:
        return tuple(predict_cut.predictions(setup, strike.key, strike.cut))
    return tuple(each for each in _every(setup, strike) if each.fault == strike.key)


def find(setup: Setup, fault: str, arguments: Mapping[str, str] = NOTHING) -> tuple[Prediction, ...]:
    """Return the predictions of a fault, with or without its target; UsageError names the faults that there are.

    ``arguments`` are the fault's parameters, as far as they matter here; those that are not told have their defaults.
    """
    _check(arguments)
    every = predictions(setup, arguments)
    found = tuple(each for each in every if fault in (each.fault, each.fault.partition(" ")[0]))
    if not found:
        known = sorted({each.fault for each in every})
        raise UsageError(f"{setup.name}: nothing is predicted for {fault!r}", f"one of: {', '.join(known)}")
    return found


def _check(arguments: Mapping[str, str]) -> None:
    for name, text in arguments.items():
        if name not in PARAMETERS:
            raise UsageError(f"no prediction depends on {name!r}", f"one of: {', '.join(PARAMETERS)}")
        form, words = PARAMETERS[name]
        if not re.fullmatch(form, text):
            raise UsageError(f"{name}: found {text!r}, allowed: {words}", "lvslab fault list")


def _every(setup: Setup, strike: Strike) -> Iterator[Prediction]:
    for vrrp in setup.vrrp:
        yield from predict_director.predictions(vrrp)
    instances = {vrrp.name: vrrp for vrrp in setup.vrrp}
    for service in setup.services:
        yield from predict_server.predictions(service, strike)
        if not service.instance:
            yield from predict_director.without_vrrp(service.name)
        elif service.is_served_by_directors:
            yield from predict_serving.predictions(service, instances[service.instance], strike)
    for local in setup.local:
        yield from predict_local.predictions(local, instances.get(local.instance))
    if setup.storage:
        yield from predict_storage.predictions(setup.storage, setup.services)
    yield from _of_packets(setup, strike)


def _of_packets(setup: Setup, strike: Strike) -> Iterator[Prediction]:
    """Return what it costs each carried service that packets are lost, late or slow, or machines are."""
    for fault, cut in predict_cut.usual(setup).items():
        yield from predict_cut.predictions(setup, fault, cut)
    for carried in setup.carried:
        told = predict_impairment.predictions(carried, strike)
        serves = carried.service if carried.service and carried.service.is_served_by_directors else None
        yield from predict_serving.impaired(serves, told) if serves else told
        yield untold("host.load", carried.name, _BUSY, source="sched(7)")
