"""What all judges look at: a run's history, its lab and its drill, and what follows from them."""

from dataclasses import dataclass
from functools import cached_property

from lvslab.history import Advert, Arp, Attempt, DirectorSample, History
from lvslab.judge.doubt import Doubt, doubt
from lvslab.judge.outages import Outage, Ruler, outages, ruler
from lvslab.judge.situation import Cost, costs
from lvslab.judge.timing import Setup, VrrpTiming, setup_of
from lvslab.model import Drill, Lab, VrrpInstance


@dataclass(frozen=True)
class Sight:
    """A run as judges see it."""

    history: History
    lab: Lab
    drill: Drill

    @cached_property
    def _costs(self) -> dict[str, tuple[Cost, ...]]:
        return {}

    @cached_property
    def setup(self) -> Setup:
        """The lab's timers."""
        return setup_of(self.lab)

    @cached_property
    def asked(self) -> tuple[str, ...]:
        """The services that the prober asked."""
        return tuple(sorted({each.service for each in self.history.attempts}))

    @cached_property
    def rule(self) -> Ruler:
        """What the prober could tell."""
        return ruler(self.history)

    @cached_property
    def outages(self) -> tuple[Outage, ...]:
        """The outages of every service, by the prober."""
        return outages(self.history.attempts)

    @cached_property
    def doubt(self) -> Doubt:
        """When the lab itself was slow."""
        return doubt(self.history, [node.name for node in self.lab.directors])

    @cached_property
    def requests(self) -> tuple[Attempt, ...]:
        """The attempts of all streams."""
        return self.history.of(Attempt)

    @cached_property
    def samples(self) -> tuple[DirectorSample, ...]:
        """The directors' samples, without those that failed."""
        return tuple(each for each in self.history.of(DirectorSample) if not each.error)

    @cached_property
    def vips(self) -> frozenset[str]:
        """The virtual addresses as text."""
        return frozenset(str(vip) for vip in self.lab.vips)

    @cached_property
    def captured(self) -> bool:
        """Whether packets were captured at all."""
        return any(isinstance(event, Advert | Arp) for event in self.history.events)

    def costs(self, service: str) -> tuple[Cost, ...]:
        """Return the moments of the run's faults with what is predicted for a service."""
        if service not in self._costs:
            self._costs[service] = self._costs_of(service)
        return self._costs[service]

    def _costs_of(self, service: str) -> tuple[Cost, ...]:
        return costs(self.history, self.lab, self.setup, service)

    def instance_of(self, cost: Cost) -> VrrpInstance | None:
        """Return the VRRP instance that a moment is about: the one told, or that of the service that is asked."""
        subject = cost.prediction.subject if cost.prediction else ""
        carried = next((each for each in self.setup.carried if each.name == subject), None)
        name = carried.vrrp.name if carried and carried.vrrp else subject
        return next((each for each in self.lab.vrrp_instances if each.name == name), None)

    def adverts(self, cost: Cost) -> tuple[Advert, ...]:
        """Return the adverts of that VRRP instance: a director speaks for each of them, from another interface."""
        own = self.instance_of(cost)
        router = (own.network, own.virtual_router_id) if own else None
        return tuple(each for each in self.history.of(Advert) if (each.network, each.virtual_router_id) == router)

    def timing(self, virtual_router_id: int, network: str, master: str | None = None) -> VrrpTiming | None:
        """Return the timers of the VRRP instance that an advert belongs to; its master, where not as planned."""
        for instance, timing in zip(self.lab.vrrp_instances, setup_of(self.lab, master).vrrp, strict=True):
            if (instance.virtual_router_id, instance.network) == (virtual_router_id, network):
                return timing
        return None
