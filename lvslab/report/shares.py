"""How connections were shared among real servers, as told by three witnesses that know nothing of each other."""

from collections.abc import Iterator
from dataclasses import dataclass

from lvslab.history.history import Span
from lvslab.judge.witnesses import Witness, access_logs, asked_at, client, counters, is_logged
from lvslab.model import AnyService, VirtualService
from lvslab.report.record import Record

NO_TABLE = Witness("ipvs", None)
"""What directors' tables tell of a service that is in none."""
NO_LOG = Witness("access log", None)
"""What web servers' logs tell of a service that they do not answer."""


@dataclass(frozen=True)
class Share:
    """A real server of a service in a phase of the run, counted by each witness; None where one saw nothing."""

    phase: str
    service: str
    server: str
    client: int | None
    """Good answers that came from it over a new connection."""
    director: int | None
    """New connections by the directors' IPVS counters."""
    log: int | None
    """Lines in its own access log, without health checks; None for a service by UDP."""


def shares(record: Record) -> tuple[Share, ...]:
    """Return the shares of each phase, services and servers in the lab file's order."""
    asked = {attempt.service for attempt in record.attempts}
    services = [service for service in record.lab.services if service.name in asked]
    return tuple(
        share for phase in record.phases for service in services for share in _of_phase(record, phase, service)
    )


def _of_phase(record: Record, phase: Span, service: AnyService) -> Iterator[Share]:
    heard = (
        client(record.history, service.name, phase),
        counters(record.history, service.name, phase) if isinstance(service, VirtualService) else NO_TABLE,
        access_logs(record.history, asked_at(record.lab, service), phase) if is_logged(service) else NO_LOG,
    )
    for server in record.lab.servers_of(service):
        yield Share(phase.name, service.name, server, *(_count(witness, server) for witness in heard))


def _count(witness: Witness, server: str) -> int | None:
    return None if witness.counts is None else witness.counts.get(server, 0)
