"""Whether a lab is what its file says: expectations over its status, and requests from its client."""

import http.client
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address

from lvslab.errors import ExpectationError
from lvslab.host import client
from lvslab.host.state import State
from lvslab.lifecycle import status as status_of
from lvslab.lifecycle.status import Status
from lvslab.model import Lab, Protocol, Scheduler, VirtualService
from lvslab.nodes.remote import Remote
from lvslab.wait import Deadline, wait_for
from provision.web import direct_vips

REQUESTS = 10


def mismatches(lab: Lab, seen: Status) -> list[str]:
    """Return what is not as the lab file says, a line each: object, what was seen, what was expected. Pure."""
    return [line for check in (_nodes, _vips, _tables, _storage, _web) for line in check(lab, seen)]


def _nodes(lab: Lab, seen: Status) -> Iterator[str]:
    for node in seen.nodes:
        if node.state != "running":
            yield f"{node.name}: the machine is {node.state}, expected running"
        elif node.reason:
            yield node.reason


def _vips(lab: Lab, seen: Status) -> Iterator[str]:
    for vip in seen.vips:
        wanted = next(each.master for each in lab.vrrp_instances if vip.address in map(str, each.virtual_addresses))
        if vip.holder != wanted:
            yield f"{vip.address}: {vip.reason or f'held by {vip.holder}'}, expected on {wanted}"


def endpoint(address: IPv4Address | IPv6Address, port: int) -> str:
    """Return address and port as ipvsadm(8) prints them."""
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"


def expected_rows(lab: Lab, service: VirtualService) -> dict[str, tuple[str, int]]:
    """Return forwarding method and weight of each real server of a service, by ``ip:port``."""
    return {
        endpoint(lab.real_server_address(service, server), service.port_of(server)): (
            service.forwarding.value,
            server.weight,
        )
        for server in service.real_servers
    }


def _tables(lab: Lab, seen: Status) -> Iterator[str]:
    for name, director in seen.ipvs.items():
        if director.services is None:
            yield f"{name}: no IPVS table: {director.reason}"
            continue
        table = {service.address: service for service in director.services}
        for service in lab.virtual_services:
            address = endpoint(service.address, service.port)
            row = table.get(address)
            if row is None:
                yield f"{name}: no virtual service {address} in the IPVS table"
                continue
            rows = {server.address: (server.forwarding, server.weight) for server in row.real_servers}
            wanted = expected_rows(lab, service)
            if row.scheduler != service.scheduler.value:
                yield f"{name}: {address} is scheduled by {row.scheduler}, expected {service.scheduler.value}"
            if rows != wanted:
                yield f"{name}: {address} has real servers {_rows(rows)}, expected {_rows(wanted)}"


def _rows(rows: Mapping[str, tuple[str, int]]) -> str:
    return ", ".join(f"{address} ({method} {weight})" for address, (method, weight) in sorted(rows.items())) or "none"


def _storage(lab: Lab, seen: Status) -> Iterator[str]:
    if lab.storage is None or seen.storage is None:
        return
    wanted, there = lab.storage.array, seen.storage.array
    node = lab.storage.node
    if there is None:
        yield f"{node}: {wanted.device} cannot be read: {seen.storage.reason}"
        return
    if there.level != f"raid{wanted.level}" or there.active != wanted.members or there.spare != wanted.spares:
        yield (
            f"{node}: {wanted.device} is {there.level} with {there.active} active and {there.spare} spare devices,"
            f" expected raid{wanted.level} with {wanted.members} and {wanted.spares}"
        )
    if not there.is_clean:
        yield f"{node}: {wanted.device} is {there.state}, expected clean"
    if not seen.storage.mounted:
        yield f"{node}: nothing is mounted on {lab.storage.volume.mountpoint}"
    if not seen.storage.export:
        yield f"{node}: {lab.storage.volume.mountpoint} is not exported"


def _web(lab: Lab, seen: Status) -> Iterator[str]:
    for name, web in seen.web.items():
        if web.httpd is False:
            yield f"{name}: {lab.web.server.value} does not run"
        for vip in direct_vips(lab, lab.node(name)):
            if web.vips_on_lo is not None and vip not in web.vips_on_lo:
                yield f"{name}: {vip} is not on lo"
        if lab.storage and web.reason is None and web.document_root is None:
            yield f"{name}: nothing is mounted on {lab.web.document_root}"


def request_mismatches(lab: Lab) -> list[str]:
    """Ask for each TCP service from the client, a new connection each time; return what is not as expected."""
    return client.inside(lambda: [line for service in lab.virtual_services for line in _ask(service)])


def _ask(service: VirtualService) -> Iterator[str]:
    if service.protocol is not Protocol.TCP:
        return
    address = endpoint(service.address, service.port)
    seen: Counter[str] = Counter()
    for _ in range(REQUESTS):
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
    if service.scheduler is Scheduler.RR and (set(seen) != wanted or max(seen.values()) - min(seen.values()) > 1):
        shares = ", ".join(f"{name} {count}" for name, count in sorted(seen.items()))
        yield f"{address}: {REQUESTS} requests went to {shares}, expected equal shares of {', '.join(sorted(wanted))}"


def wait_until_served(lab: Lab, within: float) -> None:
    """Return when every TCP service shares requests as expected; ExpectationError when not ``within`` seconds."""
    wrong: list[str] = []

    def served() -> bool:
        wrong[:] = request_mismatches(lab)
        return not wrong

    wait_for(
        served,
        within=within,
        what=f"{lab.name} is not served",
        seen=lambda: "; ".join(wrong),
        error=ExpectationError,
        hint="lvslab status",
    )


def wait_until_as_expected(
    lab: Lab,
    state: State,
    remotes: Mapping[str, Remote],
    within: float,
    progress: Callable[[str], None] = lambda line: None,
) -> Status:
    """Look until the lab is what its file says and return that status.

    After ``within`` seconds, raises ExpectationError with a line for each thing that still is not.
    """
    deadline = Deadline(within)
    while True:
        seen = status_of.current(lab, state, remotes)
        wrong = mismatches(lab, seen) or request_mismatches(lab)
        if not wrong:
            return seen
        progress(wrong[0])
        if deadline.has_passed:
            raise ExpectationError(
                f"{state.name}: {_count(wrong)} not as the lab file says, after {within:.0f} s",
                "lvslab status; lvslab logs",
                wrong,
            )
        time.sleep(0.2)


def _count(lines: list[str]) -> str:
    return "one thing is" if len(lines) == 1 else f"{len(lines)} things are"
