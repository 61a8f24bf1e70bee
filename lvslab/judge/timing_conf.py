"""The timers of a keepalived.conf(5) alone."""

from ipaddress import IPv4Address, IPv6Address

from lvslab.judge.timing import CheckTiming, ServiceTiming, Setup, VrrpTiming
from lvslab.model import CheckType, Scheduler
from lvslab.model.keepalived import Check, Configuration, Globals, RealServer, VirtualServer, VrrpInstance

SEES_ANSWERS = ("HTTP_GET", "SSL_GET", "SMTP_CHECK", "DNS_CHECK", "MISC_CHECK")
"""Checks that want an answer of the daemon itself, and not only a connection, which the kernel gives."""
GARP_DELAY = 5
"""keepalived's default of vrrp_garp_master_delay, in seconds."""
GARP_REPEAT = 5
"""keepalived's default of vrrp_garp_master_repeat."""


def setup_of_conf(configuration: Configuration, backup_priority: int | None = None) -> Setup:
    """Return the timers of a keepalived.conf(5).

    One file does not tell the other director's priority. ``backup_priority`` does; else that of the file where its
    state is BACKUP, and one less where it is MASTER.
    """
    instances = configuration.instances
    holders = {vip.address: one.name for one in instances for vip in one.virtual_addresses}
    return Setup(
        name=configuration.source,
        vrrp=tuple(_vrrp(configuration, one, backup_priority) for one in instances),
        services=tuple(_service(each, holders) for each in configuration.virtual_servers),
    )


def _vrrp(configuration: Configuration, instance: VrrpInstance, backup_priority: int | None) -> VrrpTiming:
    definitions = configuration.globals
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
        preempt_delay=instance.preempt_delay,
        announces=_lower_prio_repeat(definitions, instance) > 0,
        repeat_after=_repeat_after(definitions, instance),
        refresh=_refresh(definitions, instance),
        yields_aloud=_flag("higher_prio_send_advert", definitions, instance),
        synced=definitions.has("lvs_sync_daemon"),
        carries_replies=any(server.method == "NAT" for server in configuration.virtual_servers),
    )


def _flag(name: str, definitions: Globals, instance: VrrpInstance) -> bool:
    """Return a switch of an instance, or of all of them, where the name begins with ``vrrp_``."""
    return instance.flag(name) if instance.has(name) else definitions.flag(f"vrrp_{name}")


def _refresh(definitions: Globals, instance: VrrpInstance) -> float:
    """Return every how many seconds a master sends gratuitous ARP anew; 0 where it does not."""
    every = definitions.whole("vrrp_garp_master_refresh", default=0)
    return float(instance.whole("garp_master_refresh", default=every))


def _repeat_after(definitions: Globals, instance: VrrpInstance) -> float:
    """Return how long after its first gratuitous ARP a new master sends more of them, in seconds."""
    usual = 0 if definitions.flag("vrrp_min_garp") else GARP_DELAY
    delay = definitions.whole("vrrp_garp_master_delay", default=usual)
    return float(instance.whole("garp_master_delay", default=delay))


def _lower_prio_repeat(definitions: Globals, instance: VrrpInstance) -> int:
    """Return how many gratuitous ARP a master sends on hearing an advert of lower priority."""
    repeat = definitions.whole("vrrp_garp_master_repeat", default=GARP_REPEAT)
    repeat = definitions.whole("vrrp_garp_lower_prio_repeat", default=repeat)
    return instance.whole("garp_lower_prio_repeat", default=repeat)


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
        carries_replies=server.method == "NAT",
        quorum=server.quorum - server.whole("hysteresis", default=0),
        inhibits=any(real.inhibit_on_failure for real in server.real_servers),
        is_udp=server.protocol == "UDP" and server.fwmark is None,
    )


def _name(real: RealServer) -> str:
    return " ".join(real.statement.words)


def _slowest(checks: list[Check]) -> CheckTiming | None:
    """Return the timers of the check that notices last: real servers may differ."""
    if not checks:
        return None
    check = max(checks, key=lambda each: each.worst_detection)
    like = CheckType.HTTP_GET if check.kind in SEES_ANSWERS else CheckType.TCP_CHECK
    seen = CheckType(check.kind) if check.kind in set(CheckType) else like
    return CheckTiming(seen, check.delay_loop, check.connect_timeout, check.retry, check.delay_before_retry)
