"""What a director's IPVS table is to hold, in the words of ipvsadm(8)."""

from ipaddress import IPv4Address, IPv6Address

from lvslab.model.lab import Lab
from lvslab.model.service import Forwarding, Protocol, VirtualService

FLAGS = {Forwarding.DR: "-g", Forwarding.TUN: "-i", Forwarding.NAT: "-m"}
PROTOCOLS = {Protocol.TCP: "-t", Protocol.UDP: "-u"}


def endpoint(address: IPv4Address | IPv6Address, port: int) -> str:
    """Return address and port as ipvsadm(8) prints them."""
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"


def rows_of(lab: Lab, service: VirtualService) -> dict[str, tuple[str, int]]:
    """Return forwarding method and weight of each real server of a service, by ``ip:port``."""
    return {
        endpoint(lab.real_server_address(service, server), service.port_of(server)): (
            service.forwarding.value,
            server.weight,
        )
        for server in service.real_servers
    }


def flags_of(service: VirtualService) -> str:
    """Return what ``ipvsadm -Ln`` prints after a service's scheduler: ``persistent 5``, or nothing."""
    if service.persistence_timeout is None:
        return ""
    mask = f" mask {service.netmask}" if service.netmask else ""
    return f"persistent {service.persistence_timeout}{mask}"


def rules(lab: Lab) -> str:
    """Return the lab's services as ``ipvsadm --save --numeric`` prints them and ``--restore`` reads them."""
    return "".join(f"{line}\n" for service in lab.virtual_services for line in _lines(lab, service))


def _lines(lab: Lab, service: VirtualService) -> list[str]:
    which = f"{PROTOCOLS[service.protocol]} {endpoint(service.address, service.port)}"
    flag = FLAGS[service.forwarding]
    servers = [f"-a {which} -r {row} {flag} -w {weight}" for row, (_, weight) in rows_of(lab, service).items()]
    kept = f" -p {service.persistence_timeout}" if service.persistence_timeout else ""
    mask = f" -M {service.netmask}" if service.persistence_timeout and service.netmask else ""
    return [f"-A {which} -s {service.scheduler.value}{kept}{mask}", *servers]
