"""The timers that a prediction needs, as plain values: from a lab, or from anything else that knows them."""

from dataclasses import dataclass, replace

from lvslab.judge.timing_local import LocalTiming, local_timing
from lvslab.model import Check, CheckType, Forwarding, Lab, Protocol, Scheduler, VirtualService, VrrpInstance

MISSED_ADVERTS = 3
"""How many intervals a backup waits (RFC 3768, section 6.1)."""


@dataclass(frozen=True)
class VrrpTiming:
    """The timers of one VRRP instance; ``priority`` is that of the backup which would take over, in seconds all."""

    name: str
    version: int
    advert_int: float
    priority: int | None
    """None where no backup is."""
    preempt: bool = True
    missed: int = MISSED_ADVERTS
    """How many intervals a backup waits; keepalived's down_timer_adverts."""
    assumed: str = ""
    """What was assumed of the priority, where it is not known."""
    preempt_delay: float = 0.0
    """How long a director of higher priority that is back waits before it takes the VIP, in seconds."""
    announces: bool = True
    """Whether a master that hears an advert of lower priority sends gratuitous ARP (garp_lower_prio_repeat)."""
    repeat_after: float = 5.0
    """How long after its first gratuitous ARP a new master sends more of them (garp_master_delay); 0 is never."""
    refresh: float = 0.0
    """Every how many seconds a master sends gratuitous ARP anew (garp_master_refresh); 0 is never."""
    yields_aloud: bool = False
    """Whether a master that gives up sends a last advert, so that the other hears it (higher_prio_send_advert)."""
    synced: bool = False
    """Whether the sync daemon tells the backup of connections (lvs_sync_daemon)."""
    carries_replies: bool = False
    """Whether replies pass the director, as they do with NAT."""

    @property
    def skew(self) -> float:
        """Skew_Time in seconds: RFC 3768, section 6.1 for version 2, RFC 9568, section 6.1 for version 3."""
        unit = 1.0 if self.version == 2 else self.advert_int
        return (256 - (self.priority or 0)) / 256 * unit

    @property
    def master_down(self) -> float:
        """Master_Down_Interval (version 3: Active_Down_Interval) in seconds, the same sections."""
        return self.missed * self.advert_int + self.skew

    @property
    def source(self) -> str:
        """The section that the arithmetic is from."""
        return "RFC 3768, section 6.1" if self.version == 2 else "RFC 9568, section 6.1"


@dataclass(frozen=True)
class CheckTiming:
    """The timers of keepalived's health check, in seconds (keepalived.conf(5))."""

    type: CheckType
    delay_loop: float
    connect_timeout: float
    retry: int
    delay_before_retry: float
    reads_body: bool = False
    """Whether it looks at the page itself, by a digest or for a weight."""

    def budget(self, attempt: float) -> float:
        """Return the seconds from the first failing attempt to the removal, when each takes ``attempt`` to fail."""
        return (self.retry + 1) * attempt + self.retry * self.delay_between(attempt)

    def delay_between(self, attempt: float) -> float:
        """Return the seconds between the end of an attempt of ``attempt`` seconds and the start of the next one.

        MISC_CHECK counts delay_before_retry from the start of a run (keepalived's check_misc.c), others from its end.
        """
        if self.type is CheckType.MISC_CHECK:
            return max(0.0, self.delay_before_retry - attempt)
        return self.delay_before_retry

    def window(self, attempt: float) -> tuple[float, float]:
        """Return how long a removal takes after a fault, at best and at worst.

        The fault comes at best right before a check, at worst right after one that went well.
        """
        budget = self.budget(attempt)
        return budget, self.delay_loop + budget

    @property
    def back(self) -> float:
        """The seconds until a server that answers again is added, at worst.

        A check that is under way may still run into its timeout, and the next one follows after delay_loop.
        """
        return self.connect_timeout + self.delay_loop


@dataclass(frozen=True)
class ServiceTiming:
    """What a prediction needs of a virtual service: its scheduler, its servers' weights, its check."""

    name: str
    instance: str
    """The VRRP instance that holds its address."""
    scheduler: Scheduler
    weights: dict[str, int]
    check: CheckTiming | None
    sorry_server: bool = False
    persistent: bool = False
    carries_replies: bool = False
    """Whether replies pass the director, as they do with NAT."""
    quorum: int = 1
    """The weight that has to be left, less the hysteresis, or the sorry server takes over."""
    inhibits: bool = False
    """Whether a server that fails gets weight 0 rather than being removed (inhibit_on_failure)."""
    is_udp: bool = False
    """Whether it is asked by datagrams, which no httpd answers and no storage."""
    directors: int = 0
    """How many of its servers are directors as well."""

    @property
    def is_served_by_directors(self) -> bool:
        """Whether several directors are real servers: one that balances, and others that answer what it sends."""
        return self.directors > 1

    @property
    def is_checked_as_asked(self) -> bool:
        """Whether what its check asks is what clients ask, rather than a daemon beside it; True without a check."""
        return not self.is_udp or self.check is None or self.check.type is CheckType.UDP_CHECK

    def share(self, servers: int = 1) -> tuple[float, float]:
        """Return the lowest and highest share of new connections that so many of the servers get."""
        if servers >= len(self.weights):
            return 1.0, 1.0
        if self.scheduler not in BY_WEIGHT or self.persistent:
            return 0.0, 1.0
        weights = self._effective()
        total = sum(weights)
        if not total:
            return 0.0, 0.0
        return sum(weights[:servers]) / total, sum(weights[-servers:]) / total

    def _effective(self) -> list[int]:
        if self.scheduler is Scheduler.RR:
            return sorted(min(weight, 1) for weight in self.weights.values())
        return sorted(self.weights.values())


@dataclass(frozen=True)
class StorageTiming:
    """What a prediction needs of shared storage: the server's grace period in seconds (nfs.conf(5))."""

    grace: float = 90.0
    spares_a_disk: bool = True
    """Whether the array goes on without one of its disks (md(4))."""


@dataclass(frozen=True)
class Setup:
    """All timers of a cluster."""

    name: str
    vrrp: tuple[VrrpTiming, ...]
    services: tuple[ServiceTiming, ...]
    storage: StorageTiming | None = None
    local: tuple[LocalTiming, ...] = ()
    """Of services that directors answer themselves."""

    @property
    def carried(self) -> tuple["Carried", ...]:
        """All that clients may ask for; where no service is known, the VRRP instances stand for themselves."""
        vrrp = {each.name: each for each in self.vrrp}
        virtual = [Carried(one.name, vrrp.get(one.instance), one, self.storage) for one in self.services]
        local = [Carried(one.name, vrrp.get(one.instance)) for one in self.local]
        return (*virtual, *local) or tuple(Carried(each.name, each) for each in self.vrrp)


@dataclass(frozen=True)
class Carried:
    """What a client asks for, with all that stands between: its VRRP instance, its real servers, their storage.

    ``service`` is None for what directors answer themselves, and for a VRRP instance of which no service is known.
    """

    name: str
    vrrp: VrrpTiming | None
    service: ServiceTiming | None = None
    storage: StorageTiming | None = None

    @property
    def servers(self) -> tuple[str, ...]:
        """The names of the real servers."""
        return tuple(self.service.weights) if self.service else ()

    @property
    def is_udp(self) -> bool:
        """Whether it is asked by datagrams."""
        return bool(self.service and self.service.is_udp)

    @property
    def carries_replies(self) -> bool:
        """Whether replies pass the director twice: NAT."""
        return bool(self.service and self.service.carries_replies)


BY_WEIGHT = {Scheduler.RR, Scheduler.WRR}
"""Schedulers whose shares follow from the weights alone, whatever the connections do."""

LAB_GRACE = 10.0
"""The grace-time in seconds that provisioning writes into nfs.conf."""


def setup_of(lab: Lab, holder: str | None = None) -> Setup:
    """Return the timers of a lab; ``holder`` is the director that holds the VIPs, where not as the priorities say."""
    carries = any(each.forwarding is Forwarding.NAT for each in lab.virtual_services)
    vrrp = ((vrrp_timing(each, holder), _is_synced(lab, each)) for each in lab.vrrp_instances)
    return Setup(
        name=lab.name,
        vrrp=tuple(replace(each, synced=synced, carries_replies=carries) for each, synced in vrrp),
        services=tuple(_service_timing(lab, each) for each in lab.virtual_services),
        storage=StorageTiming(LAB_GRACE, lab.storage.array.level > 0) if lab.storage else None,
        local=tuple(local_timing(lab, each) for each in lab.local_services),
    )


def _is_synced(lab: Lab, instance: VrrpInstance) -> bool:
    """Whether it is the master of an instance that tells the other of connections: there is one sync daemon."""
    sending = lab.sync_instance
    return sending is not None and sending.master == instance.master


def vrrp_timing(instance: VrrpInstance, holder: str | None = None) -> VrrpTiming:
    """Return the timers of a VRRP instance; its backup is the director with the highest priority after the master."""
    master = holder if holder in instance.priorities else instance.master
    others = [priority for name, priority in instance.priorities.items() if name != master]
    return VrrpTiming(
        instance.name,
        instance.version,
        float(instance.advert_int),
        max(others, default=None),
        not instance.nopreempt,
        preempt_delay=float(instance.preempt_delay or 0),
        yields_aloud=instance.higher_prio_send_advert,
    )


def check_timing(check: Check, delay_loop: float) -> CheckTiming:
    """Return the timers of a health check."""
    timeout, delay = float(check.connect_timeout), float(check.delay_before_retry)
    reads_body = check.digest is not None or (check.script is not None and check.dynamic)
    return CheckTiming(check.type, float(delay_loop), timeout, check.retry, delay, reads_body)


def _service_timing(lab: Lab, service: VirtualService) -> ServiceTiming:
    instance = next((one.name for one in lab.vrrp_instances if service.address in one.virtual_addresses), "")
    check = check_timing(service.check, service.delay_loop) if service.check else None
    weights = {server.node: server.weight for server in service.real_servers}
    return ServiceTiming(
        service.name,
        instance,
        service.scheduler,
        weights,
        check,
        # the directors' own gives a page, and answers no datagram
        sorry_server=service.sorry_server is not None and service.protocol is Protocol.TCP,
        persistent=service.persistence_timeout is not None,
        carries_replies=service.forwarding is Forwarding.NAT,
        quorum=(service.quorum or 1) - (service.hysteresis or 0),
        is_udp=service.protocol is Protocol.UDP,
        directors=len({*weights} & {node.name for node in lab.directors}),
    )
