"""Rules on a virtual_server: its words, its forwarding, its servers and its quorum."""

from collections.abc import Iterator

from lvslab.lint.finding import Severity
from lvslab.lint.rule import Seen, Sight, at, rule
from lvslab.model.keepalived import RealServer, VirtualServer
from lvslab.model.keepalived.lvs import METHOD, METHODS, PROTOCOLS, SCHEDULER
from lvslab.model.service import Scheduler

SYNTAX = "keepalived.conf(5), virtual_server"


@rule(
    "scheduler-unknown",
    Severity.ERROR,
    *SCHEDULER,
    reason="keepalived ignores a scheduler that it does not know, and takes wlc.",
    remedy=f"write one of {' '.join(Scheduler)}",
    reference=f"{SYNTAX}: lvs_sched; ipvsadm(8)",
)
def scheduler_unknown(sight: Sight) -> Iterator[Seen]:
    """Find a scheduler that IPVS does not have."""
    for service in sight.configuration.virtual_servers:
        word = service.word(*SCHEDULER)
        if word is not None and word not in tuple(Scheduler) and "//" not in word:
            yield at(service, f"{service.name}: found the scheduler {word}, which is none; wlc counts", *SCHEDULER)


@rule(
    "scheduler-missing",
    Severity.WARNING,
    *SCHEDULER,
    reason="Without a scheduler keepalived takes wlc: the server with the fewest connections for its weight, not "
    "each in turn.",
    remedy="write `lvs_sched rr`, or what is meant",
    reference=f"{SYNTAX}: lvs_sched",
)
def scheduler_missing(sight: Sight) -> Iterator[Seen]:
    """Find a virtual server without a scheduler."""
    for service in sight.configuration.virtual_servers:
        if service.word(*SCHEDULER) is None:
            yield at(service, f"{service.name}: found no lvs_sched, so wlc counts")


@rule(
    "method-unknown",
    Severity.ERROR,
    *METHOD,
    reason="keepalived knows NAT, DR and TUN, in capitals; with anything else the service is NAT.",
    remedy="write `lvs_method NAT`, `lvs_method DR` or `lvs_method TUN`",
    reference=f"{SYNTAX}: lvs_method",
)
def method_unknown(sight: Sight) -> Iterator[Seen]:
    """Find a forwarding method that is none."""
    for service in sight.configuration.virtual_servers:
        for block in (service, *service.real_servers):
            word = block.word(*METHOD)
            if word is not None and word not in METHODS and "//" not in word:
                yield at(block, f"{service.name}: found the method {word}, expected NAT, DR or TUN", *METHOD)


@rule(
    "method-missing",
    Severity.WARNING,
    *METHOD,
    reason="Without a method the service is NAT, which needs the replies to come back through the director.",
    remedy="write `lvs_method NAT`, `lvs_method DR` or `lvs_method TUN`",
    reference=f"{SYNTAX}: lvs_method",
)
def method_missing(sight: Sight) -> Iterator[Seen]:
    """Find a virtual server without a forwarding method."""
    for service in sight.configuration.virtual_servers:
        own = [server.has(*METHOD) for server in service.real_servers]
        if not service.has(*METHOD) and not (own and all(own)):
            yield at(service, f"{service.name}: found no lvs_method, so it is NAT", also=service.real_servers)


@rule(
    "protocol-missing",
    Severity.ERROR,
    "protocol",
    reason="keepalived 2.2.7 takes UDP where no protocol is written: a web site gets no TCP service at all.",
    remedy="write `protocol TCP` (or UDP, SCTP)",
    reference=f"{SYNTAX}: protocol",
)
def protocol_missing(sight: Sight) -> Iterator[Seen]:
    """Find a virtual server without a protocol, which keepalived makes UDP."""
    for service in sight.configuration.virtual_servers:
        word = (service.word("protocol") or "").upper()
        if service.fwmark is None and word not in PROTOCOLS:
            yield at(service, f"{service.name}: found {word or 'no protocol'}, so it is UDP", "protocol")


@rule(
    "port-kept",
    Severity.ERROR,
    *METHOD,
    reason="With DR and TUN the packet reaches the real server as the client sent it, port included; keepalived "
    "puts the virtual server's port in place of the other.",
    remedy="write the same port on both, let the daemon listen on it, or use NAT",
    reference="ipvsadm(8), --gatewaying, --ipip",
)
def port_kept(sight: Sight) -> Iterator[Seen]:
    """Find a real server on another port with DR or TUN."""
    for service in sight.configuration.virtual_servers:
        for server in service.real_servers:
            if server.method != "NAT" and service.port and server.port not in (None, service.port):
                message = (
                    f"{service.name}: found {_shown(server)} with {server.method}, which leaves port {service.port}"
                )
                yield at(server, message, also=(service,))


@rule(
    "port-missing",
    Severity.ERROR,
    "persistence_timeout",
    reason="A service for every port has to be persistent, or one client's connections go to different servers; "
    "keepalived makes it so.",
    remedy="write the port, or `persistence_timeout SECONDS` for a service that joins all ports",
    reference=f"{SYNTAX}; ipvsadm(8), --tcp-service",
)
def port_missing(sight: Sight) -> Iterator[Seen]:
    """Find a virtual server without a port that is not persistent."""
    for service in sight.configuration.virtual_servers:
        if service.address is not None and service.port is None and not service.has("persistence_timeout"):
            yield at(service, f"{service.name}: found neither a port nor persistence_timeout")


@rule(
    "real-servers-missing",
    Severity.ERROR,
    "real_server",
    reason="keepalived leaves a virtual server without a real server out.",
    remedy="write `real_server ADDRESS PORT { ... }`",
    reference=f"{SYNTAX}: real_server",
)
def real_servers_missing(sight: Sight) -> Iterator[Seen]:
    """Find a virtual server without a real server."""
    for service in sight.configuration.virtual_servers:
        if not service.real_servers:
            yield at(service, f"{service.name}: found no real_server")


@rule(
    "real-server-twice",
    Severity.ERROR,
    "real_server",
    reason="IPVS has each destination once; keepalived leaves the second out, with its weight and its checks.",
    remedy="take one out, or give it its own address or port; weight says how much a server gets",
    reference=f"{SYNTAX}: real_server",
)
def real_server_twice(sight: Sight) -> Iterator[Seen]:
    """Find a real server twice in a virtual server."""
    for service in sight.configuration.virtual_servers:
        first: dict[object, RealServer] = {}
        for server in service.real_servers:
            before = first.setdefault((server.address, server.port), server)
            if before is not server:
                yield at(server, f"{service.name}: {_shown(server)} stands on line {before.line} already")


@rule(
    "virtual-server-twice",
    Severity.ERROR,
    "protocol",
    reason="IPVS has each service once, by address, port and protocol; of two, one gets the other's real servers.",
    remedy="join them, or mend the port or the protocol of one",
    reference=SYNTAX,
)
def virtual_server_twice(sight: Sight) -> Iterator[Seen]:
    """Find two virtual servers of one address, port and protocol."""
    first: dict[object, VirtualServer] = {}
    for service in sight.configuration.virtual_servers:
        before = first.setdefault((service.statement.words, service.protocol), service)
        if before is not service:
            yield at(service, f"{service.name}: stands on line {before.line} already", also=(before,))


@rule(
    "real-server-is-vip",
    Severity.ERROR,
    "real_server",
    reason="A packet that a director sends to the virtual address comes back to whoever holds it.",
    remedy="write the real server's own address",
    reference="ipvsadm(8), --real-server",
)
def real_server_is_vip(sight: Sight) -> Iterator[Seen]:
    """Find a real server with a virtual address."""
    conf = sight.configuration
    for service in conf.virtual_servers:
        for server in service.real_servers:
            if server.address is not None and server.address in {service.address, *conf.vips}:
                yield at(server, f"{service.name}: the real server {server.address} is a virtual address")


@rule(
    "real-server-family",
    Severity.ERROR,
    "real_server",
    *METHOD,
    reason="IPVS joins addresses of one family, except by a tunnel; keepalived leaves the other servers out.",
    remedy="write a real server of the virtual address's family, or TUN",
    reference=f"{SYNTAX}: Note on address families",
)
def real_server_family(sight: Sight) -> Iterator[Seen]:
    """Find a real server of another address family than its virtual server."""
    for service in sight.configuration.virtual_servers:
        for server in service.real_servers:
            if service.address is None or server.address is None or server.method == "TUN":
                continue
            if service.address.version != server.address.version:
                message = f"{service.name}: found {server.address}, expected an IPv{service.address.version} address"
                yield at(server, message, also=(service,))


@rule(
    "weights-zero",
    Severity.WARNING,
    "real_server",
    "weight",
    reason="Weight 0 gives a server no new connections; with nothing else every client is refused.",
    remedy="give one server a weight of 1 at least",
    reference="ipvsadm(8), --weight",
)
def weights_zero(sight: Sight) -> Iterator[Seen]:
    """Find a virtual server whose real servers all have weight 0."""
    for service in sight.configuration.virtual_servers:
        if service.real_servers and service.total_weight == 0:
            message = f"{service.name}: found weight 0 on every real server"
            yield at(service, message, also=service.real_servers)


@rule(
    "quorum-too-large",
    Severity.ERROR,
    "quorum",
    "weight",
    "real_server",
    reason="The quorum is a sum of weights; what the servers cannot reach together keepalived lowers to their sum, "
    "and then every server has to be alive.",
    remedy="write a quorum below the sum of the weights",
    reference=f"{SYNTAX}: quorum",
)
def quorum_too_large(sight: Sight) -> Iterator[Seen]:
    """Find a quorum that all real servers together do not reach."""
    for service in sight.configuration.virtual_servers:
        if service.real_servers and service.has("quorum") and service.quorum > service.total_weight:
            message = f"{service.name}: found quorum {service.quorum}, the weights add up to {service.total_weight}"
            yield at(service, message, "quorum", also=service.real_servers)


@rule(
    "hysteresis-too-large",
    Severity.ERROR,
    "quorum",
    "hysteresis",
    reason="The quorum is lost at quorum - hysteresis, which has to be 1 at least; otherwise keepalived sets the "
    "hysteresis to 0.",
    remedy="write a hysteresis below the quorum",
    reference=f"{SYNTAX}: hysteresis",
)
def hysteresis_too_large(sight: Sight) -> Iterator[Seen]:
    """Find a hysteresis that is no smaller than the quorum."""
    for service in sight.configuration.virtual_servers:
        if service.hysteresis and service.hysteresis >= service.quorum:
            message = f"{service.name}: found hysteresis {service.hysteresis} with quorum {service.quorum}"
            yield at(service, message, "hysteresis")


@rule(
    "sorry-server-vip",
    Severity.NOTE,
    "sorry_server",
    *METHOD,
    reason="With DR and TUN the sorry server gets packets for the virtual address and drops them unless it has it, "
    "like every real server.",
    remedy="put the virtual address on the sorry server's lo too, or write `sorry_server_lvs_method NAT`",
    reference=f"{SYNTAX}: sorry_server, sorry_server_lvs_method",
)
def sorry_server_vip(sight: Sight) -> Iterator[Seen]:
    """Find a sorry server that needs the virtual address, with DR or TUN."""
    for service in sight.configuration.virtual_servers:
        sorry = service.sorry_server
        if sorry and sorry.method != "NAT" and sorry.address and not sorry.address.is_loopback:
            message = (
                f"{service.name}: the sorry server {sorry.address} needs the virtual address with {sorry.method}"
            )
            yield Seen(sorry.line, message, (service,))


@rule(
    "vip-not-held",
    Severity.WARNING,
    "virtual_ipaddress",
    "virtual_ipaddress_excluded",
    "static_ipaddress",
    reason="keepalived makes the IPVS service whoever holds the address; if no instance does, the address is on no "
    "director or stays where it is when a director dies.",
    remedy="write the address into the virtual_ipaddress of an instance",
    reference="keepalived.conf(5), vrrp_instance: virtual_ipaddress",
    whole_file=True,
)
def vip_not_held(sight: Sight) -> Iterator[Seen]:
    """Find a virtual server whose address no VRRP instance holds."""
    conf = sight.configuration
    held = {*conf.vips, *conf.static_addresses}
    for service in conf.virtual_servers:
        if conf.instances and service.address is not None and service.address not in held:
            message = f"{service.name}: found no vrrp_instance that holds {service.address}"
            yield at(service, message, also=(conf, *conf.instances))


@rule(
    "group-unknown",
    Severity.ERROR,
    "virtual_server_group",
    reason="Without the group's addresses there is no service.",
    remedy="define `virtual_server_group NAME { ... }`, or mend the name",
    reference="keepalived.conf(5), virtual_server_group",
    whole_file=True,
)
def group_unknown(sight: Sight) -> Iterator[Seen]:
    """Find a virtual server of a group that is not defined."""
    names = {group.name for group in sight.configuration.groups}
    for service in sight.configuration.virtual_servers:
        if service.group is not None and service.group not in names:
            yield at(service, f"{service.name}: there is no virtual_server_group {service.group}")


@rule(
    "nat-same-network",
    Severity.NOTE,
    *METHOD,
    reason="With NAT a reply has to pass the director, which puts the virtual address back in. A client in the real "
    "servers' own subnet gets it directly, from an address that it never asked, and resets.",
    remedy="keep clients out of the real servers' subnet, or use DR",
    reference="LVS-HOWTO, LVS-NAT on one network",
)
def nat_same_network(sight: Sight) -> Iterator[Seen]:
    """Find NAT with the virtual address in the real servers' subnet."""
    conf = sight.configuration
    subnets = {vip.address: vip.subnet for one in conf.instances for vip in one.addresses}
    for service in conf.virtual_servers:
        subnet = subnets.get(service.address) if service.address else None
        near = [one for one in service.real_servers if one.method == "NAT" and subnet and one.address in subnet]
        if near:
            message = f"{service.name}: found NAT with its real servers in the virtual address's subnet {subnet}"
            yield at(service, message, *METHOD, also=(near[0],))


@rule(
    "persistence-hides-scheduler",
    Severity.NOTE,
    "persistence_timeout",
    reason="A persistent service schedules clients, not connections: each stays with its first server until the time "
    "is over after its last connection. A test from one client sees one server, whatever the scheduler.",
    remedy="test from several source addresses, or without persistence_timeout",
    reference="ipvsadm(8), --persistent",
)
def persistence_hides_scheduler(sight: Sight) -> Iterator[Seen]:
    """Find persistence, which keeps a client on one server."""
    for service in sight.configuration.virtual_servers:
        if service.persistence_timeout and service.scheduler in ("rr", "wrr") and len(service.real_servers) > 1:
            kept = f"{service.persistence_timeout} s"
            message = f"{service.name}: a client stays with its server for {kept}, {service.scheduler} or not"
            yield at(service, message, "persistence_timeout")


def _shown(server: RealServer) -> str:
    return f"{server.address or '?'} {server.port or ''}".strip()


RULES = (
    scheduler_unknown,
    scheduler_missing,
    method_unknown,
    method_missing,
    protocol_missing,
    port_kept,
    port_missing,
    real_servers_missing,
    real_server_twice,
    virtual_server_twice,
    real_server_is_vip,
    real_server_family,
    weights_zero,
    quorum_too_large,
    hysteresis_too_large,
    sorry_server_vip,
    vip_not_held,
    group_unknown,
    nat_same_network,
    persistence_hides_scheduler,
)
