"""Rules on VRRP instances: who may take part, and what each version of the protocol can say."""

from collections.abc import Iterator

from lvslab.model.lab import Lab
from lvslab.model.mistake import Mistake
from lvslab.model.node import Role
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


def delays_are_of_preemption(lab: Lab) -> Iterator[Mistake]:
    """Whoever does not take the VIPs back does not wait for it either."""
    for index, instance in enumerate(lab.vrrp_instances):
        if instance.nopreempt and instance.preempt_delay is not None:
            message = f"found {instance.preempt_delay}, allowed: only without nopreempt"
            yield Mistake(("vrrp_instances", index, "preempt_delay"), message)


def version_knows_interval(lab: Lab) -> Iterator[Mistake]:
    """The interval can be sent: whole seconds in version 2, hundredths of a second in version 3."""
    for index, instance in enumerate(lab.vrrp_instances):
        wrong = _wrong_interval(instance)
        if wrong:
            yield Mistake(("vrrp_instances", index, "advert_int"), wrong)


def version_knows_password(lab: Lab) -> Iterator[Mistake]:
    """Only version 2 has passwords (RFC 5798 section 1.4 took them out)."""
    for index, instance in enumerate(lab.vrrp_instances):
        if instance.version == 3 and instance.auth_pass is not None:
            yield Mistake(("vrrp_instances", index, "auth_pass"), "found a password, allowed: none in version 3")


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


def _wrong_interval(instance: VrrpInstance) -> str | None:
    seconds = instance.advert_int
    centiseconds = round(seconds * 100, 6)
    if instance.version == 2 and (seconds != int(seconds) or seconds > MOST_WHOLE_SECONDS):
        return f"found {seconds}, allowed: whole seconds from 1 to {MOST_WHOLE_SECONDS} in version 2"
    if instance.version == 3 and (centiseconds != int(centiseconds) or centiseconds > MOST_CENTISECONDS):
        return f"found {seconds}, allowed: 0.01 to 40.95 s in steps of 0.01 in version 3"
    return None


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
    version_knows_interval,
    version_knows_password,
    version_knows_address,
    unicast_is_towards_somebody,
)
