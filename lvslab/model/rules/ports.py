"""Rules on services of more than one port: all ports of an address, or some that a firewall mark joins."""

from collections.abc import Iterator

from lvslab.model.lab import Lab
from lvslab.model.mistake import Mistake
from lvslab.model.rules.because import because
from lvslab.model.rules.words import repeated
from lvslab.model.storage import TLS_PORT


@because(
    "lab-port-missing",
    "port",
    "persistence_timeout",
    finds="a service of every port that is not persistent",
    reason="A service of every port is for protocols whose connections belong together, such as FTP's: without "
    "persistence one client's go to different servers. ipvsadm refuses it, and keepalived makes it persistent.",
    remedy="write the port, or `persistence_timeout: SECONDS`",
    reference="ipvsadm(8), --tcp-service, --persistent",
)
def every_port_is_persistent(lab: Lab) -> Iterator[Mistake]:
    """A service of every port is persistent, or one client's connections would go to different servers."""
    for index, service in enumerate(lab.virtual_services):
        if service.port == 0 and service.persistence_timeout is None:
            message = "found 0, every port, allowed: only with persistence_timeout"
            yield Mistake(("virtual_services", index, "port"), message)


def marks_are_unique(lab: Lab) -> Iterator[Mistake]:
    """Each firewall mark stands for one service."""
    marks = [(("virtual_services", i, "fwmark"), one.fwmark) for i, one in enumerate(lab.virtual_services)]
    yield from repeated([(path, mark) for path, mark in marks if mark], "the firewall mark")


def marks_are_of_ports(lab: Lab) -> Iterator[Mistake]:
    """A firewall mark is for ports that are told; only by a mark is there more than one."""
    for index, service in enumerate(lab.virtual_services):
        path = ("virtual_services", index)
        if service.fwmark and service.port == 0:
            yield Mistake((*path, "port"), "found 0, every port, allowed with fwmark: the ports that are marked")
        if service.joined_ports and not service.fwmark:
            yield Mistake((*path, "joined_ports"), "found, allowed: only with fwmark, which joins them")


def many_ports_stay_as_they_are(lab: Lab) -> Iterator[Mistake]:
    """A real server is reached on the port that the client has connected to, where that may be several."""
    for index, service in enumerate(lab.virtual_services):
        for number, server in enumerate(service.real_servers):
            if server.port and (service.fwmark or service.port == 0):
                path = ("virtual_services", index, "real_servers", number, "port")
                yield Mistake(path, f"found {server.port}, allowed: none, for the service has several ports")


def checks_know_their_port(lab: Lab) -> Iterator[Mistake]:
    """A check opens one port, which a service of every port does not have."""
    for index, service in enumerate(lab.virtual_services):
        if service.port == 0 and service.check and service.check.port is None:
            path = ("virtual_services", index, "check")
            yield Mistake(path, "port: is missing, allowed: the port to check, for the service is every port")


def sorry_servers_have_one_port(lab: Lab) -> Iterator[Mistake]:
    """A sorry server answers on one port."""
    for index, service in enumerate(lab.virtual_services):
        if service.sorry_server and (service.fwmark or service.port == 0):
            path = ("virtual_services", index, "sorry_server")
            yield Mistake(path, "found, allowed: only for a service of one address and port")


def pages_are_told_from_tls(lab: Lab) -> Iterator[Mistake]:
    """HTTP and HTTPS are on different ports."""
    if lab.web.tls and lab.web.port == TLS_PORT:
        yield Mistake(("web", "port"), f"found {TLS_PORT}, allowed with tls: another, for HTTPS is on that one")


RULES = (
    every_port_is_persistent,
    marks_are_unique,
    marks_are_of_ports,
    many_ports_stay_as_they_are,
    checks_know_their_port,
    sorry_servers_have_one_port,
    pages_are_told_from_tls,
)
