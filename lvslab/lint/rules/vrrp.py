"""Rules on a vrrp_instance: its state, its priority, its adverts and its addresses."""

from collections.abc import Iterator

from lvslab.lint.finding import Severity
from lvslab.lint.rule import Seen, Sight, at, rule
from lvslab.model.keepalived import VirtualAddress, VrrpInstance

RFC_OWNER = "RFC 5798 section 5.2.4"
MOST_PASSWORD = 8
HASTY = 0.2
"""Adverts less than so many seconds apart have a director master for moments."""


@rule(
    "nopreempt-master",
    Severity.ERROR,
    "state",
    "nopreempt",
    reason="nopreempt works only from the initial state BACKUP; with MASTER keepalived clears it, and the router "
    "takes the addresses back as soon as it returns.",
    remedy="write `state BACKUP` on every router of this instance; the priorities decide who starts as master",
    reference="keepalived.conf(5), vrrp_instance: nopreempt",
)
def nopreempt_master(sight: Sight) -> Iterator[Seen]:
    """Find nopreempt beside state MASTER."""
    for one in sight.configuration.instances:
        if one.nopreempt and one.state == "MASTER":
            yield at(one, f"{one.name}: found nopreempt with state MASTER, where it is ignored", "nopreempt")


@rule(
    "preempt-delay-ignored",
    Severity.ERROR,
    "state",
    "nopreempt",
    "preempt_delay",
    reason="A delay before preemption needs a router that starts as BACKUP and that does preempt; otherwise "
    "keepalived clears it.",
    remedy="write `state BACKUP`, and one of nopreempt and preempt_delay",
    reference="keepalived.conf(5), vrrp_instance: preempt_delay",
)
def preempt_delay_ignored(sight: Sight) -> Iterator[Seen]:
    """Find a preempt_delay that has no effect, beside state MASTER or nopreempt."""
    for one in sight.configuration.instances:
        cause = "state MASTER" if one.state == "MASTER" else "nopreempt" if one.nopreempt else ""
        if one.preempt_delay and cause:
            yield at(one, f"{one.name}: found preempt_delay with {cause}, where it is ignored", "preempt_delay")


@rule(
    "state-unknown",
    Severity.ERROR,
    "state",
    reason="keepalived knows MASTER and BACKUP, in capitals, and takes every other word for BACKUP; of two it takes "
    "the first.",
    remedy="write `state MASTER` or `state BACKUP`, once",
    reference="keepalived.conf(5), vrrp_instance: state",
)
def state_unknown(sight: Sight) -> Iterator[Seen]:
    """Find a state that is neither MASTER nor BACKUP."""
    for one in sight.configuration.instances:
        for each in one.every("state"):
            word = each.words[0] if each.words else "nothing"
            if word not in ("MASTER", "BACKUP"):
                yield Seen(each.line, f"{one.name}: found state {word}, expected MASTER or BACKUP", (one,))


@rule(
    "vrid-missing",
    Severity.ERROR,
    "virtual_router_id",
    reason="The number tells the routers of one group from others on the wire; without it keepalived drops the "
    "instance and nobody holds its addresses.",
    remedy="write `virtual_router_id N`, 1 to 255, the same on every router of this instance",
    reference="keepalived.conf(5), vrrp_instance: virtual_router_id; RFC 5798 section 5.2.3",
)
def vrid_missing(sight: Sight) -> Iterator[Seen]:
    """Find an instance without a virtual_router_id."""
    for one in sight.configuration.instances:
        if not one.has("virtual_router_id"):
            yield at(one, f"{one.name}: found no virtual_router_id, expected a number from 1 to 255")


@rule(
    "vrid-twice",
    Severity.ERROR,
    "virtual_router_id",
    "interface",
    "unicast_peer",
    "mcast_dst_ip",
    "virtual_ipaddress",
    reason="Two instances on one interface are told apart by their numbers alone: keepalived refuses the second, or "
    "each hears the other's adverts.",
    remedy="give each instance on an interface a virtual_router_id of its own",
    reference="keepalived.conf(5), vrrp_instance: virtual_router_id",
)
def vrid_twice(sight: Sight) -> Iterator[Seen]:
    """Find two instances with one virtual_router_id on one interface."""
    instances = sight.configuration.instances
    for number, one in enumerate(instances):
        for other in instances[:number]:
            if one.virtual_router_id and _hear_each_other(one, other):
                taken = f"virtual_router_id {one.virtual_router_id} is taken by {other.name} on {one.interface}"
                message = f"{one.name}: {taken}"
                yield at(one, message, "virtual_router_id", also=(other,))


def _hear_each_other(one: VrrpInstance, other: VrrpInstance) -> bool:
    same = (one.virtual_router_id, one.interface, one.family, one.mcast_dst_ip)
    if same != (other.virtual_router_id, other.interface, other.family, other.mcast_dst_ip):
        return False
    if one.unicast_peers or other.unicast_peers:
        return bool(set(one.unicast_peers) & set(other.unicast_peers))
    return True


@rule(
    "interface-missing",
    Severity.ERROR,
    "interface",
    "unicast_peer",
    reason="Adverts are sent on an interface; without one keepalived drops the instance, unless it talks to unicast "
    "peers only.",
    remedy="write `interface NAME`, as `ip link` names it",
    reference="keepalived.conf(5), vrrp_instance: interface",
)
def interface_missing(sight: Sight) -> Iterator[Seen]:
    """Find an instance without an interface."""
    for one in sight.configuration.instances:
        if one.interface is None and not one.unicast_peers:
            yield at(one, f"{one.name}: found no interface, expected the one that adverts are sent on")


@rule(
    "master-without-priority",
    Severity.ERROR,
    "state",
    "priority",
    reason="With `state MASTER` and no priority keepalived takes 255, the address owner's: tracked scripts with a "
    "weight and nopreempt no longer count, and it wins against everybody.",
    remedy="write `priority N`, 1 to 254, another one on each router",
    reference=f"keepalived.conf(5), vrrp_instance: priority; {RFC_OWNER}",
)
def master_without_priority(sight: Sight) -> Iterator[Seen]:
    """Find state MASTER without a priority, which keepalived makes 255."""
    for one in sight.configuration.instances:
        if one.state == "MASTER" and not one.has("priority"):
            yield at(one, f"{one.name}: found state MASTER and no priority, which makes it 255", "state")


@rule(
    "priority-owner",
    Severity.WARNING,
    "priority",
    reason="255 says that the addresses are the router's own. It becomes master at once and always, its scripts' "
    "weights are ignored, and nopreempt is cleared.",
    remedy="write a priority from 1 to 254, unless the interface has the virtual address as its own",
    reference=f"keepalived.conf(5), vrrp_instance: priority; {RFC_OWNER}",
)
def priority_owner(sight: Sight) -> Iterator[Seen]:
    """Find priority 255, which is for the owner of the addresses."""
    for one in sight.configuration.instances:
        if one.has("priority") and one.priority == 255:
            yield at(one, f"{one.name}: found priority 255, which is for the owner of the addresses", "priority")


@rule(
    "advert-fraction",
    Severity.ERROR,
    "advert_int",
    "version",
    "virtual_ipaddress",
    reason="VRRP version 2 has a byte of whole seconds for the interval: keepalived rounds, so the failover takes "
    "seconds where the file promises less.",
    remedy="write `version 3` in the instance or `vrrp_version 3` in global_defs, on every router; or whole seconds",
    reference="RFC 3768 section 5.3.7; RFC 5798 section 5.2.7",
    whole_file=True,
)
def advert_fraction(sight: Sight) -> Iterator[Seen]:
    """Find fractions of a second in version 2."""
    for one in sight.configuration.instances:
        if one.version == 2 and one.advert_int != int(one.advert_int):
            message = f"{one.name}: found advert_int {one.advert_int:g} in version 2, sent as {one.interval:g}"
            yield at(one, message, "advert_int")


@rule(
    "advert-too-long",
    Severity.ERROR,
    "advert_int",
    "version",
    "virtual_ipaddress",
    reason="VRRP version 3 has twelve bits of hundredths of a second for the interval: keepalived takes 40.95 s for "
    "all that is longer.",
    remedy="write at most 40.95; a failover takes three intervals, so rather less than that",
    reference="RFC 5798 section 5.2.7",
    whole_file=True,
)
def advert_too_long(sight: Sight) -> Iterator[Seen]:
    """Find an interval that version 3 cannot send."""
    for one in sight.configuration.instances:
        if one.version == 3 and one.advert_int > 40.95:
            yield at(
                one, f"{one.name}: found advert_int {one.advert_int:g}, at most 40.95 in version 3", "advert_int"
            )


@rule(
    "sync-daemon-hasty",
    Severity.WARNING,
    "advert_int",
    "version",
    "lvs_sync_daemon",
    reason="At such intervals a machine that stands still for a moment has another take over and give up at once. "
    "That one starts the master's sync daemon and ends it before it has run, and keepalived 2.2.7 was seen to wait "
    "for the kernel's answer to that for ever: it hears no adverts any more, and keeps addresses that it has lost.",
    remedy="write `advert_int 1` in the instance that the sync daemon follows, or do without lvs_sync_daemon",
    reference="keepalived.conf(5), lvs_sync_daemon; keepalived issue 1337",
)
def sync_daemon_hasty(sight: Sight) -> Iterator[Seen]:
    """Find a sync daemon that follows an instance with adverts a few hundredths of a second apart."""
    settings = sight.configuration.globals
    daemon = settings.last("lvs_sync_daemon")
    for one in sight.configuration.instances:
        if daemon and one.name in daemon.words and one.interval < HASTY:
            message = f"{one.name}: found advert_int {one.advert_int:g}, and lvs_sync_daemon follows the instance"
            yield at(one, message, "advert_int", also=(settings,))


@rule(
    "auth-ignored",
    Severity.WARNING,
    "authentication",
    "version",
    "virtual_ipaddress",
    "strict_mode",
    reason="VRRP version 3 has no authentication, nor has strict mode; keepalived ignores the block, and adverts are "
    "as open as without.",
    remedy="take the authentication block out; limit who may send adverts by the firewall, or by unicast_peer",
    reference="RFC 5798 section 9; keepalived.conf(5), vrrp_strict",
    whole_file=True,
)
def auth_ignored(sight: Sight) -> Iterator[Seen]:
    """Find a password in version 3 or in strict mode."""
    for one in sight.configuration.instances:
        where = "version 3" if one.version == 3 else "strict mode" if one.strict else ""
        if where and one.has("authentication"):
            yield at(one, f"{one.name}: found authentication in {where}, which has none", "authentication")


@rule(
    "auth-pass-long",
    Severity.WARNING,
    "authentication",
    reason="The packet has room for eight characters; keepalived cuts the rest off, so two passwords that differ "
    "behind the eighth are the same.",
    remedy="write at most eight characters; whoever listens on the network can read them anyway",
    reference="keepalived.conf(5), vrrp_instance: auth_pass; RFC 2338 section 5.3.10",
)
def auth_pass_long(sight: Sight) -> Iterator[Seen]:
    """Find a password of more than eight characters."""
    for one in sight.configuration.instances:
        for each in one.items("authentication"):
            if each.keyword == "auth_pass" and each.words and len(each.words[0]) > MOST_PASSWORD:
                length = len(each.words[0])
                yield Seen(
                    each.line, f"{one.name}: found an auth_pass of {length} characters, of which 8 count", (one,)
                )


@rule(
    "strict-mode",
    Severity.WARNING,
    "vrrp_strict",
    "strict_mode",
    "accept",
    reason="Strict mode forbids what the RFC does not have, and drops every packet to a virtual address that the "
    "router does not own: the VIP answers neither ping nor clients, while adverts look well.",
    remedy="take vrrp_strict out where the address is to be used, or add `accept` to the instance",
    reference="keepalived.conf(5), vrrp_strict, no_accept; RFC 5798 section 6.1, Accept_Mode",
)
def strict_mode(sight: Sight) -> Iterator[Seen]:
    """Find vrrp_strict with addresses that clients ask."""
    conf = sight.configuration
    served = {service.address for service in conf.virtual_servers}
    for one in conf.instances:
        held = {vip.address for vip in one.addresses}
        if one.strict and one.priority != 255 and not one.has("accept") and served & held:
            yield at(one, f"{one.name}: strict mode drops what clients send to its addresses", "strict_mode")


@rule(
    "vip-missing",
    Severity.WARNING,
    "virtual_ipaddress",
    reason="An instance without an address elects a master that holds nothing.",
    remedy="write the address into `virtual_ipaddress { ... }`",
    reference="keepalived.conf(5), vrrp_instance: virtual_ipaddress",
)
def vip_missing(sight: Sight) -> Iterator[Seen]:
    """Find an instance without a virtual address."""
    for one in sight.configuration.instances:
        if not one.virtual_addresses:
            yield at(one, f"{one.name}: found no virtual_ipaddress, expected one at least", "virtual_ipaddress")


@rule(
    "vip-family",
    Severity.ERROR,
    "virtual_ipaddress",
    reason="An advert carries addresses of one family; keepalived leaves the others out, and nobody holds them.",
    remedy="move them to virtual_ipaddress_excluded, or to an instance of their own",
    reference="keepalived.conf(5), vrrp_instance: virtual_ipaddress_excluded; RFC 5798 section 5.2.9",
)
def vip_family(sight: Sight) -> Iterator[Seen]:
    """Find IPv4 and IPv6 addresses in one virtual_ipaddress."""
    for one in sight.configuration.instances:
        for vip in one.virtual_addresses:
            if vip.address.version != one.family:
                message = f"{one.name}: {vip.address} is ignored among IPv{one.family} addresses"
                yield Seen(vip.line, message, (one,))


@rule(
    "vip-unreadable",
    Severity.ERROR,
    "virtual_ipaddress",
    "virtual_ipaddress_excluded",
    reason="keepalived leaves out what is no address, and takes a host's prefix for one that cannot be.",
    remedy="write ADDRESS or ADDRESS/PREFIX, an entry on each line",
    reference="keepalived.conf(5), vrrp_instance: virtual_ipaddress",
)
def vip_unreadable(sight: Sight) -> Iterator[Seen]:
    """Find a virtual address that is none, or whose prefix is none."""
    for one in sight.configuration.instances:
        for each in one.items("virtual_ipaddress", "virtual_ipaddress_excluded"):
            vip, written = VirtualAddress.of(each), "/" in each.keyword
            if "//" not in each.keyword and (vip is None or (written and vip.subnet is None)):
                yield Seen(each.line, f"{one.name}: found {each.keyword}, expected ADDRESS or ADDRESS/PREFIX", (one,))


@rule(
    "vip-in-two-instances",
    Severity.ERROR,
    "virtual_ipaddress",
    "virtual_ipaddress_excluded",
    reason="Two instances elect their masters independently: on the day they differ, two routers hold the address.",
    remedy="keep the address in one instance; for a group that moves together use vrrp_sync_group",
    reference="keepalived.conf(5), vrrp_sync_group",
)
def vip_in_two_instances(sight: Sight) -> Iterator[Seen]:
    """Find a virtual address in two instances."""
    first: dict[object, VrrpInstance] = {}
    for one in sight.configuration.instances:
        for vip in one.addresses:
            other = first.setdefault(vip.address, one)
            if other is not one:
                yield Seen(vip.line, f"{one.name}: {vip.address} is in {other.name} as well", (one, other))


RULES = (
    nopreempt_master,
    preempt_delay_ignored,
    state_unknown,
    vrid_missing,
    vrid_twice,
    interface_missing,
    master_without_priority,
    priority_owner,
    advert_fraction,
    advert_too_long,
    sync_daemon_hasty,
    auth_ignored,
    auth_pass_long,
    strict_mode,
    vip_missing,
    vip_family,
    vip_unreadable,
    vip_in_two_instances,
)
