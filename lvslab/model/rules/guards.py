"""Rules on what guards a service: sorry servers, the quorum, persistence."""

from collections.abc import Iterator

from lvslab.model.lab import Lab
from lvslab.model.mistake import Mistake
from lvslab.model.rules.because import because
from lvslab.model.rules.words import absolute


def sorry_servers_are_the_directors_own(lab: Lab) -> Iterator[Mistake]:
    """A sorry server is the director itself, by its loopback, on the service's port: packets reach it unchanged."""
    for index, service in enumerate(lab.virtual_services):
        sorry, path = service.sorry_server, ("virtual_services", index, "sorry_server")
        if sorry is None:
            continue
        if not sorry.address.is_loopback or sorry.address.version != service.address.version:
            loopback = "127.0.0.1" if service.address.version == 4 else "::1"
            yield Mistake((*path, "address"), f"found {sorry.address}, allowed: {loopback}, the director's own")
        if sorry.port != service.port:
            yield Mistake((*path, "port"), f"found {sorry.port}, allowed: {service.port}, the service's")


def somebody_notices(lab: Lab) -> Iterator[Mistake]:
    """Quorum and sorry server are keepalived's, and count on a check that takes real servers out."""
    for index, service in enumerate(lab.virtual_services):
        for key in ("sorry_server", "quorum", "hysteresis", "quorum_up", "quorum_down"):
            if getattr(service, key) and (service.check is None or not lab.vrrp_instances):
                message = "found, allowed: only with VRRP and a check, for else nobody notices that it is needed"
                yield Mistake(("virtual_services", index, key), message)


@because(
    "lab-quorum-too-large",
    "quorum",
    "hysteresis",
    "weight",
    finds="a quorum that all real servers together do not reach, or cannot lose and have back by the hysteresis",
    reason="The quorum is reached when the weights that are left are the quorum and the hysteresis together, and "
    "lost when they are below the one less the other: what is out of reach never comes, or is never lost.",
    remedy="write a quorum of at most the real servers' weights together, and a smaller hysteresis",
    reference="keepalived.conf(5), virtual_server: quorum, hysteresis",
)
def quorums_can_be_reached(lab: Lab) -> Iterator[Mistake]:
    """The quorum is no more than the weight of all real servers, and the hysteresis leaves room on both sides."""
    for index, service in enumerate(lab.virtual_services):
        whole = sum(server.weight for server in service.real_servers)
        quorum, hysteresis, path = service.quorum or 1, service.hysteresis or 0, ("virtual_services", index)
        if service.quorum and quorum > whole:
            message = f"found {quorum}, allowed: at most {whole}, the weight of all real servers"
            yield Mistake((*path, "quorum"), message)
        elif hysteresis and hysteresis > min(quorum - 1, whole - quorum):
            most = f"less than the quorum, {quorum}, and with it at most {whole}, the weight of all real servers"
            yield Mistake((*path, "hysteresis"), f"found {hysteresis}, allowed: {most}")


def quorums_run_programs(lab: Lab) -> Iterator[Mistake]:
    """What is run on a change of the quorum has an absolute path."""
    for index, service in enumerate(lab.virtual_services):
        for key in ("quorum_up", "quorum_down"):
            yield from absolute(getattr(service, key), ("virtual_services", index, key))


def granularity_is_of_persistence(lab: Lab) -> Iterator[Mistake]:
    """Only a persistent service puts clients together, and their addresses have so many bits."""
    for index, service in enumerate(lab.virtual_services):
        bits, path = service.persistence_granularity, ("virtual_services", index, "persistence_granularity")
        if bits and service.persistence_timeout is None:
            yield Mistake(path, f"found {bits}, allowed: only with persistence_timeout")
        most = service.address.max_prefixlen
        if bits and bits > most:
            message = f"found {bits}, allowed: at most {most}, the bits of an IPv{service.address.version} address"
            yield Mistake(path, message)


RULES = (
    sorry_servers_are_the_directors_own,
    somebody_notices,
    quorums_can_be_reached,
    quorums_run_programs,
    granularity_is_of_persistence,
)
