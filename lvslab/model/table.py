"""What a director's IPVS table is to hold, in the words of ipvsadm(8)."""

from ipaddress import IPv4Address, IPv6Address

from lvslab.model.lab import Lab
from lvslab.model.service import Forwarding, Protocol, SchedulerFlag, VirtualService

FLAGS = {Forwarding.DR: "-g", Forwarding.TUN: "-i", Forwarding.NAT: "-m"}
PROTOCOLS = {Protocol.TCP: "-t", Protocol.UDP: "-u"}


def endpoint(address: IPv4Address | IPv6Address, port: int) -> str:
    """Return address and port as ipvsadm(8) prints them."""
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"


def entry_of(service: VirtualService) -> tuple[str, str]:
    """Return what a service's line in ``ipvsadm -Ln`` begins with: ``TCP 192.168.18.41:80``, ``FWM 5``."""
    if service.fwmark:
        return "FWM", str(service.fwmark)
    return service.protocol.value.upper(), endpoint(service.address, service.port)


def title_of(service: VirtualService) -> str:
    """Return the service as messages call it: ``192.168.18.41:80``, ``FWM 5``."""
    protocol, address = entry_of(service)
    return f"{protocol} {address}" if service.fwmark else address


def option_of(service: VirtualService) -> str:
    """Return how ipvsadm(8) is told which service is meant: ``-t 192.168.18.41:80``, ``-f 5``."""
    _, address = entry_of(service)
    if service.fwmark:
        return f"-f {address} -6" if service.address.version == 6 else f"-f {address}"
    return f"{PROTOCOLS[service.protocol]} {address}"


def rows_of(lab: Lab, service: VirtualService) -> dict[str, tuple[str, int]]:
    """Return forwarding method and weight of each real server of a service, by ``ip:port``."""
    return {
        endpoint(lab.real_server_address(service, server), service.port_of(server)): (
            service.forwarding.value,
            server.weight,
        )
        for server in service.real_servers
    }


def unmanaged_rows(lab: Lab, service: VirtualService) -> dict[str, str]:
    """Return the real servers of a service that lvslab does not log in to, by their ``ip:port``.

    Whether they pass the check, and so are in the table, is up to whoever owns their boxes.
    """
    rows = zip(rows_of(lab, service), service.real_servers, strict=True)
    return {row: server.node for row, server in rows if not lab.node(server.node).is_managed}


def flags_of(service: VirtualService) -> str:
    """Return what ``ipvsadm -Ln`` prints after a service's scheduler: ``(sh-port) persistent 5 ops``, or nothing."""
    flags = f"({scheduler_flags_of(service)})" if service.scheduler_flags else ""
    mask = f" mask {service.netmask}" if service.netmask else ""
    kept = f"persistent {service.persistence_timeout}{mask}" if service.persistence_timeout else ""
    ops = "ops" if service.ops else ""
    return " ".join(word for word in (flags, kept, ops) if word)


def scheduler_flags_of(service: VirtualService) -> str:
    """Return a service's scheduler flags in ipvsadm's order, as its ``--sched-flags`` takes them."""
    return ",".join(flag.value for flag in SchedulerFlag if flag in service.scheduler_flags)


def rules(lab: Lab) -> str:
    """Return the lab's services as ``ipvsadm --save --numeric`` prints them and ``--restore`` reads them."""
    return "".join(f"{line}\n" for service in lab.virtual_services for line in _lines(lab, service))


def _lines(lab: Lab, service: VirtualService) -> list[str]:
    which = option_of(service)
    flag = FLAGS[service.forwarding]
    servers = [f"-a {which} -r {row} {flag} -w {weight}" for row, (_, weight) in rows_of(lab, service).items()]
    kept = f" -p {service.persistence_timeout}" if service.persistence_timeout else ""
    mask = f" -M {service.netmask}" if service.persistence_timeout and service.netmask else ""
    hashed = f" -b {scheduler_flags_of(service)}" if service.scheduler_flags else ""
    ops = " -o" if service.ops else ""
    return [f"-A {which} -s {service.scheduler.value}{kept}{mask}{ops}{hashed}", *servers]
