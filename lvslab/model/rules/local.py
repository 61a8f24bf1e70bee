"""Rules on services that directors answer themselves."""

from collections.abc import Iterator

from lvslab.model.lab import Lab
from lvslab.model.mistake import Mistake


def ports_are_the_web_servers(lab: Lab) -> Iterator[Mistake]:
    """It is the web server that answers, on the port that it listens on."""
    for index, service in enumerate(lab.local_services):
        if service.port != lab.web.port:
            message = f"found {service.port}, allowed: {lab.web.port}, which the web server listens on"
            yield Mistake(("local_services", index, "port"), message)


def directors_serve_or_are_sorry(lab: Lab) -> Iterator[Mistake]:
    """A director's web server gives its pages, or says that nobody else is there to."""
    if not lab.sorry_ports:
        return
    message = "found, allowed: only without a sorry_server, which would be the same web server"
    if lab.local_services:
        yield Mistake(("local_services",), message)
    for index, service in enumerate(lab.virtual_services):
        for number, server in enumerate(service.real_servers):
            if server.node in {node.name for node in lab.serving_directors}:
                found = f"found a director, {message.removeprefix('found, ')}"
                yield Mistake(("virtual_services", index, "real_servers", number, "node"), found)


RULES = (ports_are_the_web_servers, directors_serve_or_are_sorry)
