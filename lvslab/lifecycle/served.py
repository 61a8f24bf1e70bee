"""Whether a lab's services answer its client, and share requests as the lab file says."""

import http.client
import socket
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from lvslab.errors import ExpectationError
from lvslab.host import client
from lvslab.model import AnyService, Lab, LocalService, Protocol, Scheduler, VirtualService
from lvslab.model.table import endpoint
from lvslab.wait import wait_for

REQUESTS = 10
ROUNDS = 2
"""How many requests for each server tell whether they take turns."""
OK = 200
STICKY = {Scheduler.LBLC, Scheduler.LBLCR, Scheduler.DH, Scheduler.SH, Scheduler.MH}
"""The schedulers that send one client to one server, which may be anyone's (ipvsadm(8), --scheduler)."""
Getter = Callable[[str, int], tuple[int, str, str]]
"""What asks an address and port, and returns status, the server's name and the body."""


def request_mismatches(lab: Lab, requests: int = REQUESTS) -> list[str]:
    """Ask for each service from the client, a new connection or port each time; return what is not as expected.

    Where something else than pages is served, a connection is opened and no more; by UDP, nothing is asked then.
    """
    return client.inside(lambda: [line for service in lab.services for line in _asked(lab, service, requests)])


def _asked(lab: Lab, service: AnyService, requests: int) -> Iterator[str]:
    datagrams, page = lab.datagram_port(service), lab.page_port(service)
    if datagrams:
        yield from _ask(lab, service, datagrams, requests, _datagram)
    if service.protocol is not Protocol.TCP:
        return
    if page:
        yield from _ask(lab, service, page, requests, client.get)
    for port in service.ports:
        if port not in (0, page):
            yield from _knock(lab, service, port)


def _knock(lab: Lab, service: AnyService, port: int) -> Iterator[str]:
    """Open a connection to something else than a page, such as HTTPS or ssh, and say no more."""
    own = _unmanaged(lab, service)
    if own >= {*lab.servers_of(service)}:
        return
    # somebody answers, if not who is asked first
    for left in reversed(range(len(own) + 1)):
        try:
            socket.create_connection((str(service.address), port), timeout=client.LIMIT).close()
        except OSError as err:
            if not left:
                yield f"{endpoint(service.address, port)}: no answer to the client: {str(err) or type(err).__name__}"
        else:
            return


def _datagram(address: str, port: int) -> tuple[int, str, str]:
    """Ask by a datagram from a new port; return it as if it were a page."""
    (name,) = client.ask(address, port)
    return OK, name, ""


def _ask(lab: Lab, service: AnyService, port: int, requests: int, get: Getter) -> Iterator[str]:
    address = endpoint(service.address, port)
    seen: Counter[str] = Counter()
    own = _unmanaged(lab, service)
    # a server that is not configured yet makes the client wait
    requests = min(requests, ROUNDS * len(lab.servers_of(service))) if own else requests
    for _ in range(requests):
        try:
            code, server, _body = get(str(service.address), port)
        except (OSError, http.client.HTTPException) as err:
            if own:
                continue
            yield f"{address}: no answer to the client: {str(err) or type(err).__name__}"
            return
        if server in own or (own and server not in lab.nodes):
            continue
        if code != OK:
            yield f"{address}: {server or 'somebody'} answers {code}, expected 200"
            return
        seen[server] += 1
    expected = _alone(lab, service, seen) if isinstance(service, LocalService) else _equal(service, seen, own)
    if expected:
        shares = ", ".join(f"{name} {count}" for name, count in sorted(seen.items())) or "nobody"
        yield f"{address}: {requests} requests went to {shares}, expected {expected}"


def _unmanaged(lab: Lab, service: AnyService) -> frozenset[str]:
    """Return the servers with boxes of the user's own; what they answer, and whether, is not expected of the lab."""
    return frozenset(name for name in lab.servers_of(service) if not lab.node(name).is_managed)


def unanswered(lab: Lab) -> list[str]:
    """Ask the services that have servers with boxes of the user's own; return which are not always answered."""
    asked = [service for service in lab.virtual_services if _unmanaged(lab, service) and lab.page_port(service)]
    if not asked:
        return []
    return client.inside(lambda: [line for service in asked for line in _count_silence(lab, service)])


def _count_silence(lab: Lab, service: VirtualService) -> Iterator[str]:
    port, requests = lab.page_port(service) or service.port, len(service.real_servers)
    silent = sum(_is_silent(service, port) for _ in range(requests))
    if silent:
        yield f"{endpoint(service.address, port)}: {silent} of {requests} requests of the client were not answered"


def _is_silent(service: VirtualService, port: int) -> bool:
    try:
        client.get(str(service.address), port)
    except (OSError, http.client.HTTPException):
        return True
    return False


def _equal(service: VirtualService, seen: Mapping[str, int], own: frozenset[str]) -> str:
    """Return what was expected of a service's real servers where it is not so; of ``own`` nothing is."""
    wanted = {server.node for server in service.real_servers if server.weight} - own
    if service.persistence_timeout or service.scheduler in STICKY:
        return ""
    if service.scheduler is not Scheduler.RR:
        return "" if seen or not wanted else f"an answer of {', '.join(sorted(wanted))}"
    is_so = set(seen) == wanted and (not wanted or max(seen.values()) - min(seen.values()) <= 1)
    return "" if is_so else f"equal shares of {', '.join(sorted(wanted))}"


def _alone(lab: Lab, service: LocalService, seen: Mapping[str, int]) -> str:
    """Return what was expected of the directors that answer a service themselves where it is not so."""
    wanted = lab.may_hold(service.address)
    return "" if len(seen) == 1 and set(seen) <= set(wanted) else f"all of them on {' or '.join(wanted)}"


def wait_until_served(lab: Lab, within: float, requests: int = REQUESTS) -> None:
    """Return when every TCP service shares its requests as expected; ExpectationError after ``within`` seconds."""
    wrong: list[str] = []

    def served() -> bool:
        wrong[:] = request_mismatches(lab, requests)
        return not wrong

    wait_for(
        served,
        within=within,
        what=f"{lab.name} is not served",
        seen=lambda: "; ".join(wrong),
        error=ExpectationError,
        hint="lvslab status",
    )
