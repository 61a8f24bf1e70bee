"""Rules on services by UDP."""

from collections.abc import Iterator

from lvslab.model.lab import Lab
from lvslab.model.mistake import Mistake
from lvslab.model.rules.because import because
from lvslab.model.service import CheckType, Protocol


@because(
    "lab-ops-not-udp",
    "ops",
    "protocol",
    finds="one-packet scheduling of a service that is not by UDP",
    reason="One-packet scheduling picks a real server for every packet by itself; those of a TCP connection would go "
    "to servers that do not know it.",
    remedy="take ops out, or write `protocol: udp`",
    reference="ipvsadm(8), --ops",
)
def datagrams_are_scheduled_by_themselves(lab: Lab) -> Iterator[Mistake]:
    """One-packet scheduling is for UDP: all packets of a TCP connection are one server's."""
    for index, service in enumerate(lab.virtual_services):
        if service.ops and service.protocol is not Protocol.UDP:
            message = f"found true, allowed: only with protocol udp, and this is {service.protocol}"
            yield Mistake(("virtual_services", index, "ops"), message)


def datagrams_are_checked_by_datagrams(lab: Lab) -> Iterator[Mistake]:
    """UDP_CHECK asks a service by UDP."""
    for index, service in enumerate(lab.virtual_services):
        if service.check and service.check.type is CheckType.UDP_CHECK and service.protocol is not Protocol.UDP:
            message = f"found UDP_CHECK, allowed: only with protocol udp, and this is {service.protocol}"
            yield Mistake(("virtual_services", index, "check", "type"), message)


RULES = (datagrams_are_scheduled_by_themselves, datagrams_are_checked_by_datagrams)
