"""Whether a lab's services answer its client, and share requests as the lab file says."""

import http.client
from collections import Counter
from collections.abc import Iterator

from lvslab.errors import ExpectationError
from lvslab.host import client
from lvslab.model import Lab, Protocol, Scheduler, VirtualService
from lvslab.model.table import endpoint
from lvslab.wait import wait_for

REQUESTS = 10


def request_mismatches(lab: Lab, requests: int = REQUESTS) -> list[str]:
    """Ask for each TCP service from the client, a new connection each time; return what is not as expected."""
    return client.inside(lambda: [line for service in lab.virtual_services for line in _ask(service, requests)])


def _ask(service: VirtualService, requests: int) -> Iterator[str]:
    if service.protocol is not Protocol.TCP:
        return
    address = endpoint(service.address, service.port)
    seen: Counter[str] = Counter()
    for _ in range(requests):
        try:
            code, server, _body = client.get(str(service.address), service.port)
        except (OSError, http.client.HTTPException) as err:
            yield f"{address}: no answer to the client: {str(err) or type(err).__name__}"
            return
        if code != 200:
            yield f"{address}: {server or 'somebody'} answers {code}, expected 200"
            return
        seen[server] += 1
    wanted = {server.node for server in service.real_servers if server.weight}
    if service.persistence_timeout:
        return
    if service.scheduler is Scheduler.RR and (set(seen) != wanted or max(seen.values()) - min(seen.values()) > 1):
        shares = ", ".join(f"{name} {count}" for name, count in sorted(seen.items()))
        yield f"{address}: {requests} requests went to {shares}, expected equal shares of {', '.join(sorted(wanted))}"


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
