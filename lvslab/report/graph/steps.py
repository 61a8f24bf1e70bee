"""The way of a request in sentences, which stand below the picture."""

from collections.abc import Iterable, Iterator

from lvslab.model import Forwarding, Lab, VirtualService
from lvslab.report.graph.services import DEVICES, endpoint, holder_of
from lvslab.report.graph.view import CLIENT, GraphState
from lvslab.report.graph.ways import router_between


def steps_of(lab: Lab, state: GraphState | None) -> Iterator[str]:
    """Yield a sentence for each step: the request, how it is passed on, the reply."""
    asked: dict[str | None, list[str]] = {}
    for service in lab.services:
        asked.setdefault(holder_of(lab, service.address, state), []).append(endpoint(service))
    itself = "" if lab.virtual_services else " and answers itself"
    held = [f"{_any(where)}, which {holder or 'no node'} holds{itself}" for holder, where in asked.items()]
    by = _by(lab, CLIENT, next(iter(asked), None))
    yield f"The client asks the virtual address {', or '.join(held)}{by}."
    if lab.virtual_services:
        yield _picks(lab)
        yield _answers(lab)


def _picks(lab: Lab) -> str:
    """Say what a real server is picked for, and how packets come to it, in the words of ``ipvsadm -Ln``."""
    ways: dict[Forwarding, list[str]] = {}
    for service in lab.virtual_services:
        ways.setdefault(service.forwarding, []).append(_scheduler(service))
    how = ", ".join(f"{forwarding}, scheduler {_any(schedulers)}" for forwarding, schedulers in ways.items())
    itself = ", itself included," if lab.serving_directors else ""
    units = _any(f"each {_unit(service)}" for service in lab.virtual_services)
    return f"The director picks a real server{itself} for {units} and hands it the packets ({how})."


def _scheduler(service: VirtualService) -> str:
    persistent = f" persistent {service.persistence_timeout}" if service.persistence_timeout else ""
    return f"{service.scheduler}{persistent}{' ops' if service.ops else ''}"


def _unit(service: VirtualService) -> str:
    if service.persistence_timeout:
        return "client"
    return "datagram" if service.ops else "connection"


def _answers(lab: Lab) -> str:
    services = lab.virtual_services
    if all(service.forwarding is Forwarding.NAT for service in services):
        return "The reply goes back through the director, which puts the virtual address on it again."
    devices = _any(DEVICES[one.forwarding] for one in services if one.forwarding in DEVICES)
    by = _by(lab, services[0].real_servers[0].node, CLIENT)
    return f"The real server has the virtual address too, hidden on {devices}, and answers the client directly{by}."


def _any(words: Iterable[str]) -> str:
    """Write each word once: ``one``, ``one or two``, ``one, two or three``."""
    *others, last = dict.fromkeys(words)
    return f"{', '.join(others)} or {last}" if others else last


def _by(lab: Lab, source: str, target: str | None) -> str:
    router = router_between(lab, source, target) if target else None
    return f", by {router}" if router else ""
