"""Services as a picture words them: where they listen, and who holds their address."""

from ipaddress import IPv4Address, IPv6Address

from lvslab.model import AnyService, Forwarding, Lab, Protocol
from lvslab.report.graph.view import GraphState

# where a real server has a VIP that it keeps quiet about
DEVICES = {Forwarding.DR: "lo", Forwarding.TUN: "tunl0"}


def holder_of(lab: Lab, vip: IPv4Address | IPv6Address, state: GraphState | None) -> str | None:
    """Return the node that holds a VIP: the one seen, or the master when nothing was looked at."""
    if state is not None:
        return state.holders.get(str(vip), state.holder)
    return lab.holder_of(vip)


def endpoint(service: AnyService) -> str:
    """Write where a service listens: ``192.168.18.41:80``; every port is ``192.168.18.41:*``, and UDP is named."""
    host = f"[{service.address}]" if service.address.version == 6 else str(service.address)
    ports = "+".join(map(str, service.ports)) if service.port else "*"
    return f"{host}:{ports} UDP" if service.protocol is Protocol.UDP else f"{host}:{ports}"
