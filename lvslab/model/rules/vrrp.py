"""Rules on VRRP instances: who may take part, and what each version of the protocol can say."""

from collections.abc import Iterator

from lvslab.model.lab import Lab
from lvslab.model.mistake import Mistake
from lvslab.model.node import Role
from lvslab.model.rules.because import because
from lvslab.model.rules.words import outside, repeated, unknown, wrong_node
from lvslab.model.vrrp import VrrpInstance

MOST_WHOLE_SECONDS = 255
MOST_CENTISECONDS = 4095


def names_are_unique(lab: Lab) -> Iterator[Mistake]:
    """Each instance has a name of its own."""
    named = [(("vrrp_instances", i, "name"), one.name) for i, one in enumerate(lab.vrrp_instances)]
    yield from repeated(named, "the name")


def networks_are_known(lab: Lab) -> Iterator[Mistake]:
    """An instance runs on a network of the lab."""
    for index, instance in enumerate(lab.vrrp_instances):
        if instance.network not in lab.networks:
            message = unknown("network", instance.network, lab.networks)
            yield Mistake(("vrrp_instances", index, "network"), message)


@because(
    "lab-vrid-twice",
    "virtual_router_id",
    "network",
    finds="two instances with one virtual_router_id on one network",
    reason="Two instances on one network are told apart by their numbers alone: keepalived refuses the second, or "
    "each hears the other's adverts.",
    remedy="give each instance on a network a virtual_router_id of its own",
    reference="keepalived.conf(5), vrrp_instance: virtual_router_id; RFC 5798 section 5.2.3",
)
def router_ids_are_unique_on_a_network(lab: Lab) -> Iterator[Mistake]:
    """Two instances on one network differ in their virtual router id."""
    for network in lab.networks:
        ids = [
            (("vrrp_instances", index, "virtual_router_id"), instance.virtual_router_id)
            for index, instance in enumerate(lab.vrrp_instances)
            if instance.network == network
        ]
        yield from repeated(ids, f"on network {network} the id")


def virtual_addresses_fit_their_network(lab: Lab) -> Iterator[Mistake]:
    """A VIP is a host's address in the network of its instance."""
    for index, instance in enumerate(lab.vrrp_instances):
        network = lab.networks.get(instance.network)
        for number, address in enumerate(instance.virtual_addresses):
            wrong = outside(address, network.subnet, instance.network) if network else None
            if wrong:
                yield Mistake(("vrrp_instances", index, "virtual_addresses", number), wrong)


def routers_are_directors_on_the_network(lab: Lab) -> Iterator[Mistake]:
    """Whoever has a priority is a director with an address on the instance's network."""
    for index, instance in enumerate(lab.vrrp_instances):
        for name in instance.priorities:
            wrong = wrong_node(lab, name, Role.DIRECTOR) or _not_on_network(lab, name, instance)
            if wrong:
                yield Mistake(("vrrp_instances", index, "priorities", name), wrong)


@because(
    "lab-priority-twice",
    "priorities",
    finds="two directors of an instance with the same priority",
    reason="With equal priorities the director with the higher address wins, which nobody wrote down; and two that "
    "start at once are both master until they have heard each other.",
    remedy="give each director a priority of its own; to keep the addresses where they are, write `nopreempt: true`",
    reference="keepalived.conf(5), vrrp_instance: priority; RFC 5798 section 6.4.3",
)
def priorities_are_unique(lab: Lab) -> Iterator[Mistake]:
    """Two routers of an instance differ in priority, so that it is clear who becomes master."""
    for index, instance in enumerate(lab.vrrp_instances):
        path = ("vrrp_instances", index, "priorities")
        yield from repeated([((*path, name), number) for name, number in instance.priorities.items()], "priority")


def sync_groups_fit(lab: Lab) -> Iterator[Mistake]:
    """A sync group is of known instances with the same directors, and an instance is in one group only."""
    known = {instance.name: instance for instance in lab.vrrp_instances}
    members = [
        (("vrrp_sync_groups", index, "instances", number), name)
        for index, group in enumerate(lab.vrrp_sync_groups)
        for number, name in enumerate(group.instances)
    ]
    yield from repeated(members, "the instance")
    for path, name in members:
        first = known.get(lab.vrrp_sync_groups[path[1]].instances[0])
        if name not in known:
            yield Mistake(path, unknown("instance", name, known))
        elif first and known[name].priorities.keys() != first.priorities.keys():
            yield Mistake(path, f"{name} has other directors than {first.name}, allowed: the same in a group")


def sync_daemon_follows_an_instance(lab: Lab) -> Iterator[Mistake]:
    """The sync daemon is on the network of a VRRP instance, whose master is the one that sends."""
    if lab.sync_daemon and lab.sync_instance is None:
        allowed = ", ".join(dict.fromkeys(one.network for one in lab.vrrp_instances)) or "none, for there is no VRRP"
        message = f"found {lab.sync_daemon.network}, allowed: the network of a VRRP instance ({allowed})"
        yield Mistake(("sync_daemon", "network"), message)


def sync_daemon_speaks_ipv4(lab: Lab) -> Iterator[Mistake]:
    """The daemon's messages go to 224.0.0.81, from an address of IPv4."""
    network = lab.networks.get(lab.sync_daemon.network) if lab.sync_daemon else None
    if network and network.subnet.version == 6:
        yield Mistake(("sync_daemon", "network"), f"found {network.name}, allowed: an IPv4 network")


def timeouts_are_keepaliveds(lab: Lab) -> Iterator[Mistake]:
    """It is keepalived that sets the timeouts of IPVS."""
    if lab.lvs_timeouts and not lab.vrrp_instances:
        yield Mistake(("lvs_timeouts",), "found, allowed: only with VRRP, for it is keepalived that sets them")


def failures_are_noticed_by_keepalived(lab: Lab) -> Iterator[Mistake]:
    """It is keepalived that checks real servers and runs scripts."""
    if lab.detection_budget and not lab.vrrp_instances:
        message = f"found {lab.detection_budget}, allowed: only with VRRP, for it is keepalived that notices"
        yield Mistake(("detection_budget",), message)


@because(
    "lab-preempt-delay-ignored",
    "nopreempt",
    "preempt_delay",
    finds="a preempt_delay beside nopreempt, where it has no effect",
    reason="preempt_delay is for how long a director waits before it takes the addresses back; with nopreempt it "
    "never takes them back, and keepalived clears the delay.",
    remedy="write one of nopreempt and preempt_delay",
    reference="keepalived.conf(5), vrrp_instance: preempt_delay",
)
def delays_are_of_preemption(lab: Lab) -> Iterator[Mistake]:
    """Whoever does not take the VIPs back does not wait for it either."""
    for index, instance in enumerate(lab.vrrp_instances):
        if instance.nopreempt and instance.preempt_delay is not None:
            message = f"found {instance.preempt_delay}, allowed: only without nopreempt"
            yield Mistake(("vrrp_instances", index, "preempt_delay"), message)


@because(
    "lab-advert-fraction",
    "advert_int",
    "version",
    finds="an interval that version 2 cannot send: fractions of a second, or more than 255 s",
    reason="VRRP version 2 has a byte of whole seconds for the interval: keepalived rounds, so the failover would "
    "take seconds where the file promises less.",
    remedy="write `version: 3`, which has no auth_pass; or whole seconds, 255 at most",
    reference="RFC 3768 section 5.3.7; RFC 5798 section 5.2.7",
)
def version_2_has_whole_seconds(lab: Lab) -> Iterator[Mistake]:
    """Version 2 sends the interval in whole seconds, in a byte."""
    for index, instance in enumerate(lab.vrrp_instances):
        seconds = instance.advert_int
        if instance.version == 2 and (seconds != int(seconds) or seconds > MOST_WHOLE_SECONDS):
            message = f"found {seconds}, allowed: whole seconds from 1 to {MOST_WHOLE_SECONDS} in version 2"
            yield Mistake(("vrrp_instances", index, "advert_int"), message)


@because(
    "lab-advert-too-long",
    "advert_int",
    "version",
    finds="an interval that version 3 cannot send",
    reason="VRRP version 3 has twelve bits of hundredths of a second for the interval: nothing finer is sent, and "
    "keepalived takes 40.95 s for all that is longer.",
    remedy="write at most 40.95, with two decimals; a failover takes three intervals, so rather less than that",
    reference="RFC 5798 section 5.2.7",
)
def version_3_has_hundredths(lab: Lab) -> Iterator[Mistake]:
    """Version 3 sends the interval in hundredths of a second, in twelve bits."""
    for index, instance in enumerate(lab.vrrp_instances):
        seconds = instance.advert_int
        centiseconds = round(seconds * 100, 6)
        if instance.version == 3 and (centiseconds != int(centiseconds) or centiseconds > MOST_CENTISECONDS):
            message = f"found {seconds}, allowed: 0.01 to 40.95 s in steps of 0.01 in version 3"
            yield Mistake(("vrrp_instances", index, "advert_int"), message)


@because(
    "lab-auth-ignored",
    "auth_pass",
    "version",
    finds="a password in version 3",
    reason="VRRP version 3 has no authentication: keepalived would ignore the password, and adverts would be as open "
    "as without. In version 2 it goes over the network in clear text, and keeps out mistakes rather than attackers.",
    remedy="take auth_pass out, or write `version: 2`; `unicast: true` limits who is sent adverts",
    reference="RFC 5798 section 9; keepalived.conf(5), vrrp_instance: authentication",
)
def version_knows_password(lab: Lab) -> Iterator[Mistake]:
    """Only version 2 has passwords (RFC 5798 section 1.4 took them out)."""
    for index, instance in enumerate(lab.vrrp_instances):
        if instance.version == 3 and instance.auth_pass is not None:
            yield Mistake(("vrrp_instances", index, "auth_pass"), "found a password, allowed: none in version 3")


@because(
    "lab-vip-family",
    "virtual_addresses",
    "version",
    finds="a virtual address of IPv6 in version 2, or addresses of both families in one instance",
    reason="VRRP version 2 is for IPv4 only, and an advert of version 3 carries addresses of one family; keepalived "
    "leaves the others out, and nobody holds them.",
    remedy="write an instance of its own for each family, that of IPv6 with `version: 3`",
    reference="RFC 3768 section 1; RFC 5798 section 5.2.9",
)
def version_knows_address(lab: Lab) -> Iterator[Mistake]:
    """Version 2 is for IPv4 only, and an instance of version 3 has addresses of one family."""
    for index, instance in enumerate(lab.vrrp_instances):
        family = 4 if instance.version == 2 else instance.virtual_addresses[0].version
        for number, address in enumerate(instance.virtual_addresses):
            if address.version != family:
                message = f"found {address}, allowed: IPv{family} addresses in this instance"
                yield Mistake(("vrrp_instances", index, "virtual_addresses", number), message)


def unicast_is_towards_somebody(lab: Lab) -> Iterator[Mistake]:
    """Adverts by unicast go to another director, and are no multicast."""
    for index, instance in enumerate(lab.vrrp_instances):
        if instance.unicast and len(instance.priorities) < 2:
            message = "found true, allowed: only with two directors or more, for adverts go from one to the others"
            yield Mistake(("vrrp_instances", index, "unicast"), message)
        if instance.unicast and instance.mcast_src_ip:
            message = "found true, allowed: only without unicast, whose source is always written down"
            yield Mistake(("vrrp_instances", index, "mcast_src_ip"), message)


def _not_on_network(lab: Lab, name: str, instance: VrrpInstance) -> str | None:
    if instance.network in lab.nodes[name].addresses or instance.network not in lab.networks:
        return None
    return f"{name} has no address on network {instance.network}, where the instance runs"


RULES = (
    names_are_unique,
    networks_are_known,
    router_ids_are_unique_on_a_network,
    virtual_addresses_fit_their_network,
    routers_are_directors_on_the_network,
    priorities_are_unique,
    sync_groups_fit,
    sync_daemon_follows_an_instance,
    sync_daemon_speaks_ipv4,
    timeouts_are_keepaliveds,
    failures_are_noticed_by_keepalived,
    delays_are_of_preemption,
    version_2_has_whole_seconds,
    version_3_has_hundredths,
    version_knows_password,
    version_knows_address,
    unicast_is_towards_somebody,
)
