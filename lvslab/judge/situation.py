"""What a fault of a run was, in a prediction's words: ``node.power-off master``, ``process.stop httpd``."""

from dataclasses import dataclass, replace

from lvslab.history import DirectorSample, History
from lvslab.history.history import FaultSpan
from lvslab.judge.prediction import Moment, Prediction
from lvslab.judge.timing import Setup
from lvslab.model import Lab, Role

SAMPLE_AGE = 5_000_000_000
"""How old a director's last sample may be to say who held the VIP, in ns."""
DAEMONS = ("keepalived", "httpd", "nfsd", "rpcbind")

OWN = {Role.DIRECTOR: "keepalived", Role.WEB: "httpd", Role.NFS: "nfsd"}


@dataclass(frozen=True)
class Cost:
    """A moment of a fault with what is predicted for one service; times in ns."""

    span: FaultSpan
    moment: Moment
    start: int
    """When the injection or the healing began."""
    done: int
    """When it had ended: from then on the fault bites, or no longer does."""
    until: int
    """When the next fault of the run began or was healed; the run's end."""
    key: str
    prediction: Prediction | None

    @property
    def label(self) -> str:
        """The moment in words."""
        return self.key if self.moment is Moment.INJECT else f"{self.key} healed"


def costs(history: History, lab: Lab, setup: Setup, service: str, every: tuple[Prediction, ...]) -> tuple[Cost, ...]:
    """Return every moment of the run's faults with what is predicted for a service, in order of time."""
    instance = next((each.instance for each in setup.services if each.name == service), "")
    subjects = {service, instance}
    found = [cost for span in history.faults for cost in _of_span(history, lab, span, subjects, every)]
    ordered = sorted(found, key=lambda cost: cost.start)
    ends = [*(later.start for later in ordered[1:]), history.end + 1]
    return tuple(replace(cost, until=max(end, cost.start)) for cost, end in zip(ordered, ends, strict=False))


def key_of(history: History, lab: Lab, span: FaultSpan) -> str:
    """Return a fault in the words of predictions: its name, and on what."""
    fault = span.fault
    kind = fault.name.partition(".")[0]
    if kind == "node":
        return f"{fault.name} {_role(history, lab, span)}".strip()
    words = set(fault.arguments.values())
    if kind == "process":
        daemon = next((each for each in DAEMONS if each in words), "") or _own_daemon(lab, span)
        if daemon == "keepalived" and _role(history, lab, span) == "backup":
            return f"{fault.name} keepalived on backup"
        everywhere = daemon == "httpd" and set(fault.target) >= {each.name for each in lab.real_servers}
        return f"{fault.name} {daemon}{' everywhere' if everywhere else ''}".strip()
    if fault.name == "network.block":
        return f"{fault.name} {fault.arguments.get('protocol', '')}".strip()
    return fault.name


def holder_before(history: History, lab: Lab, t: int) -> str:
    """Return the director that held a VIP at a moment: by the samples before it, else by the lab file."""
    vips = {str(vip) for vip in lab.vips}
    samples = [each for each in history.of(DirectorSample) if t - SAMPLE_AGE <= each.t < t and vips & set(each.holds)]
    if samples:
        return samples[-1].node
    return lab.vrrp_instances[0].master if lab.vrrp_instances else ""


def _own_daemon(lab: Lab, span: FaultSpan) -> str:
    """Return the daemon that the targets are for."""
    roles = {lab.nodes[name].role for name in span.fault.target if name in lab.nodes}
    return next((daemon for role, daemon in OWN.items() if role in roles), "")


def _role(history: History, lab: Lab, span: FaultSpan) -> str:
    roles = {lab.nodes[name].role for name in span.fault.target if name in lab.nodes}
    if Role.DIRECTOR in roles:
        return "master" if holder_before(history, lab, span.start) in span.fault.target else "backup"
    if Role.NFS in roles:
        return "storage"
    return "real-server" if roles else ""


def _of_span(
    history: History, lab: Lab, span: FaultSpan, subjects: set[str], every: tuple[Prediction, ...]
) -> list[Cost]:
    key = key_of(history, lab, span)
    fitting = {each.moment: each for each in every if each.fault == key and each.subject in subjects}
    inject = Cost(span, Moment.INJECT, span.start, span.injected or span.start, 0, key, fitting.get(Moment.INJECT))
    # an end that nothing is predicted for is no moment of its own: the fault's own prediction goes on to count
    if span.healing is None or Moment.HEAL not in fitting:
        return [inject]
    return [inject, Cost(span, Moment.HEAL, span.healing, span.end, 0, key, fitting.get(Moment.HEAL))]
