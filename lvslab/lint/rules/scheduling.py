"""Rules on the flags of a virtual_server's scheduler."""

from collections.abc import Iterator

from lvslab.lint.finding import Severity
from lvslab.lint.rule import Seen, Sight, rule
from lvslab.model.keepalived.lvs import SCHEDULER
from lvslab.model.service import SchedulerFlag


@rule(
    "scheduler-flag-ignored",
    Severity.ERROR,
    *SCHEDULER,
    *SchedulerFlag,
    reason="keepalived takes sh-port and sh-fallback only below `lvs_sched sh`, mh-port and mh-fallback only below "
    "`lvs_sched mh`; elsewhere it goes on without them.",
    remedy="write the flag after the scheduler that it begins with, or leave it out",
    reference="keepalived.conf(5), virtual_server: sh-port",
)
def scheduler_flag_ignored(sight: Sight) -> Iterator[Seen]:
    """Find a flag of a scheduler that is another one, or stands below it."""
    for service in sight.configuration.virtual_servers:
        for flag, counts in service.scheduler_flags:
            if not counts:
                scheduler = SchedulerFlag(flag.keyword).scheduler
                message = f"{service.name}: found {flag.keyword}, which is not below lvs_sched {scheduler}"
                yield Seen(flag.line, message, (service,))


RULES = (scheduler_flag_ignored,)
