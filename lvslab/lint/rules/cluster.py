"""Rules on the routers of one cluster: what their files have to have in common, and in what they have to differ."""

from collections.abc import Iterable, Iterator

from lvslab.lint.finding import Severity
from lvslab.lint.rule import Seen, Sight, at, rule
from lvslab.lint.rules.tracking import tracked
from lvslab.model.keepalived import Configuration, SyncGroup, VirtualServer, VrrpInstance
from lvslab.model.service import SchedulerFlag

LEAST, MOST = 1, 254


def pairs(sight: Sight, peers: Iterable[Configuration]) -> Iterator[tuple[VrrpInstance, VrrpInstance, Configuration]]:
    """Yield each instance with that of a peer that has the same virtual_router_id and family, and the peer."""
    for peer in peers:
        for one in sight.configuration.instances:
            for other in peer.instances:
                same = (one.virtual_router_id, one.family) == (other.virtual_router_id, other.family)
                if same and one.virtual_router_id:
                    yield one, other, peer


@rule(
    "priority-twice",
    Severity.ERROR,
    "priority",
    "virtual_router_id",
    reason="With equal priorities the router with the higher address wins, which nobody wrote down; to keep the "
    "address where it is, there is nopreempt.",
    remedy="give each router a priority of its own",
    reference="keepalived.conf(5), vrrp_instance: priority; RFC 5798 section 6.4.3",
)
def priority_twice(sight: Sight) -> Iterator[Seen]:
    """Find two routers of an instance with the same priority."""
    for one, other, peer in pairs(sight, sight.before):
        if one.priority == other.priority:
            message = (
                f"{one.name}: found priority {one.priority}, which {peer.source}:{other.line_of('priority')} has too"
            )
            yield at(one, message, "priority", also=(other,))


@rule(
    "masters-twice",
    Severity.WARNING,
    "state",
    "virtual_router_id",
    reason="Every router with state MASTER takes the addresses as it starts, and that of lower priority gives them "
    "back: two holders for a moment, at every start.",
    remedy="write `state BACKUP` on all but the one of the highest priority",
    reference="keepalived.conf(5), vrrp_instance: state",
)
def masters_twice(sight: Sight) -> Iterator[Seen]:
    """Find two routers of an instance with state MASTER."""
    for one, other, peer in pairs(sight, sight.before):
        if one.state == other.state == "MASTER":
            message = f"{one.name}: found state MASTER, which {peer.source}:{other.line_of('state')} has too"
            yield at(one, message, "state", also=(other,))


@rule(
    "master-of-lower-priority",
    Severity.WARNING,
    "state",
    "priority",
    "virtual_router_id",
    reason="The router with state MASTER takes the addresses as it starts and loses them to the other's higher "
    "priority: two changes instead of none.",
    remedy="give the router with state MASTER the highest priority",
    reference="keepalived.conf(5), vrrp_instance: priority",
)
def master_of_lower_priority(sight: Sight) -> Iterator[Seen]:
    """Find state MASTER on a router of lower priority than one with state BACKUP."""
    for one, other, peer in pairs(sight, sight.others):
        if one.state == "MASTER" and other.state == "BACKUP" and one.priority < other.priority:
            message = (
                f"{one.name}: found state MASTER with priority {one.priority}, {peer.source} has {other.priority}"
            )
            yield at(one, message, "state", also=(other,))


@rule(
    "version-differs",
    Severity.ERROR,
    "version",
    "virtual_router_id",
    "virtual_ipaddress",
    reason="A router drops adverts of another version: each side hears nobody and becomes master.",
    remedy="write the same version on every router",
    reference="RFC 5798 section 7.1",
    whole_file=True,
)
def version_differs(sight: Sight) -> Iterator[Seen]:
    """Find routers of an instance with different versions of VRRP."""
    for one, other, peer in pairs(sight, sight.before):
        if one.version != other.version:
            message = f"{one.name}: found version {one.version}, {peer.source} has {other.version}"
            yield at(one, message, "version", also=(other,))


@rule(
    "advert-differs",
    Severity.ERROR,
    "advert_int",
    "virtual_router_id",
    reason="In version 2 a router drops adverts of another interval, so both become master; in version 3 the backup "
    "goes by the master's, and the takeover is not what its own file says.",
    remedy="write the same advert_int on every router",
    reference="RFC 3768 section 7.1; RFC 5798 section 6.4.2",
)
def advert_differs(sight: Sight) -> Iterator[Seen]:
    """Find routers of an instance with different advert_int."""
    for one, other, peer in pairs(sight, sight.before):
        if one.interval != other.interval:
            message = f"{one.name}: found advert_int {one.interval:g}, {peer.source} has {other.interval:g}"
            yield at(one, message, "advert_int", also=(other,))


@rule(
    "auth-differs",
    Severity.ERROR,
    "authentication",
    "virtual_router_id",
    reason="A router drops adverts with another password: each side hears nobody and becomes master.",
    remedy="write the same auth_type and auth_pass on every router; only the first eight characters count",
    reference="RFC 2338 section 7.1; keepalived.conf(5), vrrp_instance: auth_pass",
)
def auth_differs(sight: Sight) -> Iterator[Seen]:
    """Find routers of an instance with different passwords."""
    for one, other, peer in pairs(sight, sight.before):
        if one.version == other.version == 2 and _secret(one) != _secret(other):
            yield at(
                one, f"{one.name}: found an authentication other than {peer.source}", "authentication", also=(other,)
            )


def _secret(one: VrrpInstance) -> tuple[str | None, str]:
    return one.auth_type, (one.auth_pass or "")[:8]


@rule(
    "vips-differ",
    Severity.ERROR,
    "virtual_ipaddress",
    "virtual_router_id",
    reason="An advert lists the addresses, and keepalived drops one whose list is not its own: both become master. "
    "What only one file has is on no router after a failover.",
    remedy="write the same virtual_ipaddress on every router",
    reference="RFC 5798 section 7.1; keepalived.conf(5), skip_check_adv_addr",
)
def vips_differ(sight: Sight) -> Iterator[Seen]:
    """Find routers of an instance with different virtual addresses."""
    for one, other, peer in pairs(sight, sight.before):
        mine, theirs = ({vip.address for vip in each.virtual_addresses} for each in (one, other))
        if mine != theirs:
            odd = ", ".join(sorted(map(str, mine ^ theirs)))
            message = f"{one.name}: found other virtual addresses than {peer.source}: {odd}"
            yield at(one, message, "virtual_ipaddress", also=(other,))


@rule(
    "weight-too-small",
    Severity.WARNING,
    "priority",
    "track_script",
    "weight",
    "virtual_router_id",
    reason="A weight moves the addresses only if it changes the order of priorities: what is left of the master's "
    "has to be below the backup's, its own scripts' weights counted in.",
    remedy="make the weight larger than the difference of the priorities, or take it out (weight 0 means FAULT)",
    reference="keepalived.conf(5), vrrp_script: weight",
)
def weight_too_small(sight: Sight) -> Iterator[Seen]:
    """Find a script's weight that leaves the failing master in front."""
    conf = sight.configuration
    for one in conf.instances:
        rivals = [(peer, other) for mine, other, peer in pairs(sight, sight.others) if mine is one]
        best = max((_healthy(peer, other) for peer, other in rivals), default=_as_told(sight, one))
        healthy = _healthy(conf, one)
        if best is None or healthy <= best:
            continue
        for script, weight, line in tracked(sight, one):
            left = _clipped(healthy - abs(weight))
            if weight and left > best:
                message = f"{one.name}: with {script.name} failed {left} is left, which still beats {best}"
                yield Seen(line, message, (one, script, *(other for _, other in rivals)))


def _healthy(conf: Configuration, one: VrrpInstance) -> int:
    return _clipped(one.priority + _gain(conf, one))


def _as_told(sight: Sight, one: VrrpInstance) -> int | None:
    """Return what a router has whose file is not there: its priority as told, and the same scripts, all well."""
    told = sight.backup_priority
    return None if told is None else _clipped(told + _gain(sight.configuration, one))


def _gain(conf: Configuration, one: VrrpInstance) -> int:
    return sum(weight for _, weight, _ in tracked(Sight(conf), one) if weight > 0)


def _clipped(priority: int) -> int:
    return min(MOST, max(LEAST, priority))


@rule(
    "nopreempt-one-side",
    Severity.WARNING,
    "nopreempt",
    "priority",
    "virtual_router_id",
    reason="nopreempt keeps the router that has it from taking over; on the router of lower priority alone it does "
    "nothing, for the other takes the addresses back.",
    remedy="write nopreempt, and state BACKUP, on every router of the instance",
    reference="keepalived.conf(5), vrrp_instance: nopreempt",
)
def nopreempt_one_side(sight: Sight) -> Iterator[Seen]:
    """Find nopreempt on the router of lower priority only."""
    for one, other, peer in pairs(sight, sight.others):
        if one.nopreempt and not other.nopreempt and other.priority > one.priority:
            message = f"{one.name}: found nopreempt here, and not in {peer.source}, whose priority is higher"
            yield at(one, message, "nopreempt", also=(other,))


@rule(
    "unicast-one-side",
    Severity.ERROR,
    "unicast_peer",
    "unicast_src_ip",
    "virtual_router_id",
    reason="Adverts go to the addresses in the list and nowhere else: who is not in the other's list hears nobody "
    "and becomes master.",
    remedy="write every other router's unicast_src_ip into unicast_peer, on every router",
    reference="keepalived.conf(5), vrrp_instance: unicast_peer",
)
def unicast_one_side(sight: Sight) -> Iterator[Seen]:
    """Find a unicast peer that is not told of."""
    for one, other, peer in pairs(sight, sight.others):
        if bool(one.unicast_peers) != bool(other.unicast_peers):
            if one.unicast_peers:
                yield at(
                    one,
                    f"{one.name}: found unicast here, and multicast in {peer.source}",
                    "unicast_peer",
                    also=(other,),
                )
        elif one.unicast_peers and other.unicast_src_ip and other.unicast_src_ip not in one.unicast_peers:
            message = f"{one.name}: {other.unicast_src_ip} ({peer.source}) is not among its unicast peers"
            yield at(one, message, "unicast_peer", also=(other,))


@rule(
    "sync-order",
    Severity.ERROR,
    "group",
    "priority",
    "virtual_router_id",
    reason="Where one router leads in one instance of a group and the other in another, each pulls the group to "
    "itself: elections without end.",
    remedy="let one router have the higher priority in every instance of the group",
    reference="keepalived.conf(5), vrrp_sync_group: Important",
)
def sync_order(sight: Sight) -> Iterator[Seen]:
    """Find a sync group whose instances have their higher priorities on different routers."""
    for group in sight.configuration.sync_groups:
        for peer in sight.before:
            leads = _leads(sight, group, peer)
            if len({lead for lead, _, _ in leads}) > 1:
                blocks = tuple(block for _, one, other in leads for block in (one, other))
                message = f"{group.name}: found priorities above and below those of {peer.source} in one group"
                yield at(group, message, "group", also=blocks)


def _leads(sight: Sight, group: SyncGroup, peer: Configuration) -> list[tuple[bool, VrrpInstance, VrrpInstance]]:
    names = {member.name for member in group.members}
    return [
        (one.priority > other.priority, one, other)
        for one, other, _ in pairs(sight, (peer,))
        if one.name in names and one.priority != other.priority
    ]


@rule(
    "services-differ",
    Severity.WARNING,
    "real_server",
    "lvs_sched",
    "lb_algo",
    *SchedulerFlag,
    "lvs_method",
    "lb_kind",
    reason="After a failover the other director's table counts: what is missing or different there changes at the "
    "worst moment.",
    remedy="write the same virtual servers on every director",
    reference="keepalived.conf(5), virtual_server",
    whole_file=True,
)
def services_differ(sight: Sight) -> Iterator[Seen]:
    """Find directors whose virtual servers differ."""
    mine = {service.statement.words: service for service in sight.configuration.virtual_servers}
    for peer in sight.before:
        theirs = {service.statement.words: service for service in peer.virtual_servers}
        for words, service in mine.items():
            other = theirs.get(words)
            if other is None or _table(service) != _table(other):
                what = "is not in" if other is None else "differs from"
                also = (other, *other.real_servers) if other else ()
                yield at(service, f"{service.name}: {what} {peer.source}", also=(*service.real_servers, *also))
        for words, service in theirs.items():
            if words not in mine:
                yield Seen(1, f"{service.name}: stands in {peer.source}:{service.line} only", (sight.configuration,))


def _table(service: VirtualServer) -> tuple[object, ...]:
    servers = frozenset((one.address, one.port, one.weight, one.method) for one in service.real_servers)
    flags = frozenset(flag.keyword for flag, counts in service.scheduler_flags if counts)
    return service.protocol, service.scheduler, flags, service.method, service.persistence_timeout, servers


@rule(
    "sync-daemon-differs",
    Severity.ERROR,
    "lvs_sync_daemon",
    reason="The backup takes connections over only from messages of its own sync id, which follows the "
    "virtual_router_id of the instance unless it is written.",
    remedy="write the same `lvs_sync_daemon INTERFACE INSTANCE id N` on every director",
    reference="keepalived.conf(5), lvs_sync_daemon; ipvsadm(8), --syncid",
    whole_file=True,
)
def sync_daemon_differs(sight: Sight) -> Iterator[Seen]:
    """Find directors of which one syncs no connections, or under another id."""
    mine = _sync_id(sight.configuration)
    for peer in sight.before:
        theirs = _sync_id(peer)
        if mine != theirs:
            message = f"lvs_sync_daemon: found {_shown(mine)}, {peer.source} has {_shown(theirs)}"
            both = (sight.configuration.globals, peer.globals)
            yield at(sight.configuration.globals, message, "lvs_sync_daemon", also=both)


def _sync_id(conf: Configuration) -> int | None:
    found = conf.globals.last("lvs_sync_daemon")
    if found is None:
        return None
    words = found.words
    if "id" in words[:-1] and words[words.index("id") + 1].isdigit():
        return int(words[words.index("id") + 1])
    named = next((one for one in conf.instances if one.name in words), None)
    return (named.virtual_router_id or 0) if named else 0


def _shown(sync_id: int | None) -> str:
    return "no sync daemon" if sync_id is None else f"sync id {sync_id}"


RULES = (
    priority_twice,
    masters_twice,
    master_of_lower_priority,
    version_differs,
    advert_differs,
    auth_differs,
    vips_differ,
    weight_too_small,
    nopreempt_one_side,
    unicast_one_side,
    sync_order,
    services_differ,
    sync_daemon_differs,
)
