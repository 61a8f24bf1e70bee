"""The routers between a lab's networks: namespaces that forward, and no machines."""

from pathlib import Path

from lvslab.host import client, namespace
from lvslab.model import Lab, Router

IPV4, IPV6 = Path("/proc/sys/net/ipv4"), Path("/proc/sys/net/ipv6")


def make(lab: Lab) -> None:
    """Make the lab's routers, with an interface and an address in each of their networks; those there stay."""
    for router in lab.routers.values():
        if not namespace.exists(router.name):
            namespace.make(lab, router.name, router.addresses, router.gateway)
            namespace.inside(router.name, lambda router=router: _forward(router))  # type: ignore[misc]


def _forward(router: Router) -> None:
    """Have this namespace forward packets, and never tell a neighbour of a shorter way (ip-sysctl)."""
    (IPV4 / "ip_forward").write_text("1")
    if any(address.version == 6 for address in router.addresses.values()):
        (IPV6 / "conf/all/forwarding").write_text("1")
    # the effective value of either is the larger one of all's and the interface's
    for interface in ("all", *router.addresses):
        (IPV4 / "conf" / interface / "rp_filter").write_text(str(router.rp_filter))
        (IPV4 / "conf" / interface / "send_redirects").write_text("0")


def remove_all() -> None:
    """Take away every namespace that the lab has made: the client, and the routers of whichever lab it was."""
    for name in [path.name for path in namespace.FOLDER.iterdir()] if namespace.FOLDER.is_dir() else []:
        namespace.remove(name)


def forget_neighbours(lab: Lab) -> None:
    """Empty the ARP caches of client and routers: after a restore, nothing in them need be true."""
    for name in (client.NAME, *lab.routers):
        if namespace.exists(name):
            namespace.forget_neighbours(name)
