"""Rules on schedulers: which of them the nodes' kernel has, and which flags they know."""

from collections.abc import Iterator

from lvslab.model.lab import Lab
from lvslab.model.mistake import Mistake
from lvslab.model.rules.because import because
from lvslab.model.rules.words import repeated
from lvslab.model.service import Scheduler

NOT_BUILT = (Scheduler.TWOS,)
"""What Debian 12 builds its kernel without (CONFIG_IP_VS_TWOS is not set)."""


def nodes_have_the_scheduler(lab: Lab) -> Iterator[Mistake]:
    """A scheduler is a module of the nodes' kernel."""
    for index, service in enumerate(lab.virtual_services):
        if service.scheduler in NOT_BUILT:
            message = f"found {service.scheduler}, which the nodes' kernel is built without, allowed: any other"
            yield Mistake(("virtual_services", index, "scheduler"), message)


@because(
    "lab-scheduler-flag-ignored",
    "scheduler",
    "scheduler_flags",
    finds="a flag of a scheduler that is another one, or a flag twice",
    reason="Only sh and mh have flags, and each its own: keepalived leaves out those of another scheduler, and the "
    "service works differently than it reads.",
    remedy="write the flags of the scheduler that the service has, each once",
    reference="keepalived.conf(5), virtual_server: sh-port; ipvsadm(8), --sched-flags",
)
def flags_are_the_schedulers(lab: Lab) -> Iterator[Mistake]:
    """A flag is one scheduler's, and is given once; keepalived leaves out another's."""
    for index, service in enumerate(lab.virtual_services):
        flags = [
            (("virtual_services", index, "scheduler_flags", number), flag)
            for number, flag in enumerate(service.scheduler_flags)
        ]
        yield from repeated(flags, "the flag")
        for path, flag in flags:
            if flag.scheduler is not service.scheduler:
                yield Mistake(path, f"found {flag}, allowed: only with scheduler {flag.scheduler}")


RULES = (
    nodes_have_the_scheduler,
    flags_are_the_schedulers,
)
