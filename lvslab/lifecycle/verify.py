"""Whether a lab is what its file says: expectations over its status."""

import time
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address

from lvslab.errors import ExpectationError
from lvslab.host.state import State
from lvslab.lifecycle import status as status_of
from lvslab.lifecycle.served import request_mismatches
from lvslab.lifecycle.status import Status
from lvslab.model import Lab
from lvslab.model.marks import Mark, marks_of
from lvslab.model.table import entry_of, flags_of, rows_of, title_of, unmanaged_rows
from lvslab.nodes.remote import Remote
from lvslab.wait import Deadline
from provision.real_server import TUNNEL, direct_vips, tunnel_vips


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
        wanted = lab.may_hold(ip_address(vip.address))
        if vip.holder not in wanted:
            yield f"{vip.address}: {vip.reason or f'held by {vip.holder}'}, expected on {' or '.join(wanted)}"


def _tables(lab: Lab, seen: Status) -> Iterator[str]:
    for name, director in seen.ipvs.items():
        if director.services is None:
            yield f"{name}: no IPVS table: {director.reason}"
            continue
        yield from _marks(lab, name, director.marks)
        table = {(service.protocol, service.address): service for service in director.services}
        for service in lab.virtual_services:
            address = title_of(service)
            row = table.get(entry_of(service))
            if row is None:
                yield f"{name}: no virtual service {address} in the IPVS table"
                continue
            own = unmanaged_rows(lab, service)
            seen_rows = {server.address: (server.forwarding, server.weight) for server in row.real_servers}
            rows = {address: values for address, values in seen_rows.items() if address not in own}
            wanted = {address: values for address, values in rows_of(lab, service).items() if address not in own}
            if row.scheduler != service.scheduler.value:
                yield f"{name}: {address} is scheduled by {row.scheduler}, expected {service.scheduler.value}"
            if row.flags != flags_of(service):
                expected = flags_of(service) or "no flags"
                yield f"{name}: {address} has {row.flags or 'no flags'}, expected {expected}"
            if rows != wanted:
                yield f"{name}: {address} has real servers {_rows(rows)}, expected {_rows(wanted)}"


def _marks(lab: Lab, name: str, seen: tuple[Mark, ...]) -> Iterator[str]:
    for mark in marks_of(lab):
        if mark not in seen:
            yield f"{name}: nothing puts the mark {mark.value} on {mark.protocol} {mark.address} port {mark.port}"


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
            yield f"{name}: {lab.web_server_of(lab.node(name))} does not run"
        for vip in direct_vips(lab, lab.node(name)):
            if web.vips_on_lo is not None and vip not in web.vips_on_lo:
                yield f"{name}: {vip} is not on lo"
        for vip in tunnel_vips(lab, lab.node(name)):
            if web.reason is None and vip not in web.vips_on_tunnel:
                yield f"{name}: {vip} is not on {TUNNEL}"
        if lab.storage and web.reason is None and web.document_root is None:
            yield f"{name}: nothing is mounted on {lab.web.document_root}"


def wait_until_as_expected(
    lab: Lab,
    state: State,
    remotes: Mapping[str, Remote],
    within: float,
    progress: Callable[[str], None] = lambda line: None,
) -> Status:
    """Look until the lab is what its file says and return that status.

    The client asks first, which costs the nodes little; they are asked once it is answered as it should be.
    After ``within`` seconds, raises ExpectationError with a line for each thing that still is not.
    """
    deadline = Deadline(within)
    while True:
        wrong = request_mismatches(lab)
        if not wrong or deadline.has_passed:
            seen = status_of.current(lab, state, remotes)
            wrong = [*mismatches(lab, seen), *wrong]
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
