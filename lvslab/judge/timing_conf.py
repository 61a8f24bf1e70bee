"""The timers of a keepalived.conf(5) alone."""

from ipaddress import IPv4Address, IPv6Address

from lvslab.judge.timing import CheckTiming, ServiceTiming, Setup, VrrpTiming
from lvslab.model import CheckType, Scheduler
from lvslab.model.keepalived import Check, Configuration, RealServer, VirtualServer, VrrpInstance

SEES_ANSWERS = ("HTTP_GET", "SSL_GET", "SMTP_CHECK", "DNS_CHECK", "MISC_CHECK")
"""Checks that want an answer of the daemon itself, and not only a connection, which the kernel gives."""


def setup_of_conf(configuration: Configuration, backup_priority: int | None = None) -> Setup:
    """Return the timers of a keepalived.conf(5).

    One file does not tell the other director's priority. ``backup_priority`` does; else that of the file where its
    state is BACKUP, and one less where it is MASTER.
    """
    instances = configuration.instances
    holders = {vip.address: one.name for one in instances for vip in one.virtual_addresses}
    return Setup(
        name=configuration.source,
        vrrp=tuple(_vrrp(one, backup_priority) for one in instances),
        services=tuple(_service(each, holders) for each in configuration.virtual_servers),
    )


def _vrrp(instance: VrrpInstance, backup_priority: int | None) -> VrrpTiming:
    priority, assumed = instance.priority, ", this file's"
    if instance.state == "MASTER":
        priority, assumed = instance.priority - 1, ", taken to be one less than this master's"
    if backup_priority is not None:
        priority, assumed = backup_priority, ", as told"
    return VrrpTiming(
        instance.name,
        instance.version,
        instance.advert_int,
        priority,
        # keepalived ignores nopreempt with state MASTER (keepalived.conf(5))
        preempt=not (instance.nopreempt and instance.state == "BACKUP"),
        missed=instance.down_timer_adverts,
        assumed=assumed,
    )


def _service(server: VirtualServer, holders: dict[IPv4Address | IPv6Address, str]) -> ServiceTiming:
    checks = [check for real in server.real_servers for check in real.checks]
    return ServiceTiming(
        server.name,
        holders.get(server.address, "") if server.address else "",
        Scheduler(server.scheduler),
        {_name(real): real.weight for real in server.real_servers},
        _slowest(checks),
        sorry_server=server.sorry_server is not None,
        persistent=server.persistence_timeout is not None,
    )


def _name(real: RealServer) -> str:
    return " ".join(real.statement.words)


def _slowest(checks: list[Check]) -> CheckTiming | None:
    """Return the timers of the check that notices last: real servers may differ."""
    if not checks:
        return None
    check = max(checks, key=lambda each: each.worst_detection)
    seen = CheckType.HTTP_GET if check.kind in SEES_ANSWERS else CheckType.TCP_CHECK
    return CheckTiming(seen, check.delay_loop, check.connect_timeout, check.retry, check.delay_before_retry)
