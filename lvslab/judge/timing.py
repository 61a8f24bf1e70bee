"""The timers that a prediction needs, as plain values: from a lab, or from anything else that knows them."""

from dataclasses import dataclass

from lvslab.model import Check, CheckType, Lab, Scheduler, VirtualService, VrrpInstance

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

    def budget(self, attempt: float) -> float:
        """Return the seconds from the first failing attempt to the removal, when each takes ``attempt`` to fail."""
        return (self.retry + 1) * attempt + self.retry * self.delay_before_retry

    def window(self, attempt: float) -> tuple[float, float]:
        """Return how long a removal takes after a fault, at best and at worst.

        The fault comes at best right before a check, at worst right after one that went well.
        """
        budget = self.budget(attempt)
        return budget, self.delay_loop + budget


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


@dataclass(frozen=True)
class Setup:
    """All timers of a cluster."""

    name: str
    vrrp: tuple[VrrpTiming, ...]
    services: tuple[ServiceTiming, ...]
    storage: StorageTiming | None = None


BY_WEIGHT = {Scheduler.RR, Scheduler.WRR}
"""Schedulers whose shares follow from the weights alone, whatever the connections do."""

LAB_GRACE = 10.0
"""The grace-time in seconds that provisioning writes into nfs.conf."""


def setup_of(lab: Lab) -> Setup:
    """Return the timers of a lab."""
    return Setup(
        name=lab.name,
        vrrp=tuple(vrrp_timing(each) for each in lab.vrrp_instances),
        services=tuple(_service_timing(lab, each) for each in lab.virtual_services),
        storage=StorageTiming(LAB_GRACE) if lab.storage else None,
    )


def vrrp_timing(instance: VrrpInstance) -> VrrpTiming:
    """Return the timers of a VRRP instance; its backup is the director with the second highest priority."""
    ranked = sorted(instance.priorities.values(), reverse=True)
    backup = ranked[1] if len(ranked) > 1 else None
    return VrrpTiming(instance.name, instance.version, float(instance.advert_int), backup, not instance.nopreempt)


def check_timing(check: Check, delay_loop: float) -> CheckTiming:
    """Return the timers of a health check."""
    timeout, delay = float(check.connect_timeout), float(check.delay_before_retry)
    return CheckTiming(check.type, float(delay_loop), timeout, check.retry, delay)


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
        sorry_server=service.sorry_server is not None,
        persistent=service.persistence_timeout is not None,
    )
