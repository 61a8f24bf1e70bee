"""A real server: it takes packets for a VIP that the director answers ARP for (DR, TUN), and keeps quiet about it.

In IPv6 it keeps quiet by itself: whoever is asked for an address by neighbour discovery looks for it on the interface
that the question came in by, and a VIP on lo is on no other (net/ipv6/ndisc.c of the kernel, ndisc_recv_ns). Nor does
a node ask with such an address as its own (ndisc_solicit).
"""

from ipaddress import ip_interface

from lvslab.model import Forwarding, Lab, Node, Role
from provision.base import now
from provision.role import Facts, Wants, sysctl, write
from provision.step import Run, Step

ARP_CONF = "/etc/sysctl.d/60-lvs-real-server.conf"
ARP_WHY = "Neither answer ARP for the VIP nor announce it: it belongs to the director (ip-sysctl)."
# The effective value is the larger of all's and the interface's. They must stand before the VIP does.
ARP = {
    "net.ipv4.conf.all.arp_ignore": "1",
    "net.ipv4.conf.all.arp_announce": "2",
    "net.ipv4.conf.lo.arp_ignore": "1",
    "net.ipv4.conf.lo.arp_announce": "2",
}
TUNNEL = "tunl0"
TUNNEL_CONF = "/etc/sysctl.d/60-lvs-tunnel.conf"
TUNNEL_WHY = "What comes out of the tunnel is from anywhere: no answer would go back by it (ip-sysctl, rp_filter)."
TUNNEL_SETTINGS = {
    "net.ipv4.conf.all.rp_filter": "0",
    f"net.ipv4.conf.{TUNNEL}.rp_filter": "0",
    f"net.ipv4.conf.{TUNNEL}.arp_ignore": "1",
    f"net.ipv4.conf.{TUNNEL}.arp_announce": "2",
}
MODULES = "/etc/modules-load.d/lvs-tunnel.conf"
VIP_FILES = {"lo": "/etc/systemd/network/05-vip.network", TUNNEL: "/etc/systemd/network/05-tunnel.network"}


def _vips(lab: Lab, node: Node, method: Forwarding) -> list[str]:
    """Return the VIPs that reach a node by a method, as ``address/32`` or ``/128``.

    The only director has them anyway. Of several each has them on lo for good, and the master on its network besides.
    """
    if node.role is Role.DIRECTOR and len(lab.directors) == 1:
        return []
    mine = [service.address for service in lab.services_of(node) if service.forwarding is method]
    return [f"{vip}/{vip.max_prefixlen}" for vip in dict.fromkeys(mine)]


def direct_vips(lab: Lab, node: Node) -> list[str]:
    """Return the VIPs that reach this node by direct routing, as ``address/32``."""
    return _vips(lab, node, Forwarding.DR)


def tunnel_vips(lab: Lab, node: Node) -> list[str]:
    """Return the VIPs that reach this node by a tunnel, as ``address/32``."""
    return _vips(lab, node, Forwarding.TUN)


def wants(lab: Lab, node: Node) -> Wants:
    """Return what is looked at."""
    tunnel = tuple(TUNNEL_SETTINGS) if tunnel_vips(lab, node) else ()
    files = (MODULES, TUNNEL_CONF) if tunnel else ()
    return Wants(files=(ARP_CONF, *VIP_FILES.values(), *files), sysctls=(*ARP, *tunnel))


def plan(lab: Lab, node: Node, facts: Facts) -> list[Step]:
    """Return the steps to a node that takes packets for its VIPs, and lets nobody else know."""
    direct, tunnelled = direct_vips(lab, node), tunnel_vips(lab, node)
    asked_by_arp = [vip for vip in (*direct, *tunnelled) if ip_interface(vip).version == 4]
    steps = sysctl(facts, ARP_CONF, ARP, ARP_WHY) if asked_by_arp else []
    steps += _addresses(facts, "lo", direct)
    steps += _tunnel(facts) if tunnelled else []
    return steps + _addresses(facts, TUNNEL, tunnelled)


def _tunnel(facts: Facts) -> list[Step]:
    """Return the steps to a device that takes IP in IP (RFC 2003) from anybody; the module makes it by itself."""
    steps = write(facts, MODULES, "ipip\n")
    if not any(face.name == TUNNEL for face in facts.interfaces):
        steps.append(Run("load ipip", ("modprobe", "ipip")))
    return steps + sysctl(facts, TUNNEL_CONF, TUNNEL_SETTINGS, TUNNEL_WHY)


def _addresses(facts: Facts, interface: str, vips: list[str]) -> list[Step]:
    """Return the steps to an interface with these VIPs, and with none that an earlier lab file gave it."""
    path = VIP_FILES[interface]
    steps = _without(facts, interface, vips)
    if vips:
        lines = "".join(f"Address={vip}\n" for vip in vips)
        steps += write(facts, path, f"[Match]\nName={interface}\n\n[Network]\n{lines}")
    elif path in facts.files:
        steps.append(Run(f"remove {path}", ("rm", path)))
    for vip in vips:
        if not facts.has_address(interface, vip):
            steps += now(interface, vip)
    return steps


def _without(facts: Facts, interface: str, vips: list[str]) -> list[Step]:
    """Return the steps that take VIPs away that networkd's file has and the lab no more; it is written later."""
    file = facts.files.get(VIP_FILES[interface])
    lines = file.content.splitlines() if file else []
    listed = [line.removeprefix("Address=") for line in lines if line.startswith("Address=")]
    return [
        Run(f"take {vip} from {interface}", ("ip", "address", "delete", vip, "dev", interface))
        for vip in listed
        if vip not in vips and facts.has_address(interface, vip)
    ]
