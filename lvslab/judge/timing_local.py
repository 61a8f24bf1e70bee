"""The timers of services that directors answer themselves: the scripts by which one finds out that it cannot."""

from dataclasses import dataclass

from lvslab.model import Lab, LocalService, OwnScript, VrrpInstance, VrrpScript


@dataclass(frozen=True)
class ScriptTiming:
    """The timers of a tracked script in seconds (keepalived.conf(5), vrrp_script), and what its failure leads to."""

    name: str
    interval: float
    limit: float
    """How long a run may take."""
    fall: int
    revives: bool
    """Whether it starts a web server that does not run."""
    weight: int
    outvoted: bool
    """Whether the weight puts the failing master behind the backup."""

    @property
    def noticed(self) -> tuple[float, float]:
        """How long it takes until as many runs as ``fall`` says have failed, at best and at worst."""
        return (self.fall - 1) * self.interval, self.fall * self.interval + self.limit


@dataclass(frozen=True)
class LocalTiming:
    """What a prediction needs of a service that directors answer themselves."""

    name: str
    instance: str
    """The VRRP instance that holds its address; empty where a director has it for good."""
    scripts: tuple[ScriptTiming, ...] = ()


def local_timing(lab: Lab, service: LocalService) -> LocalTiming:
    """Return the timers of a service that directors answer themselves."""
    instance = next((one for one in lab.vrrp_instances if service.address in one.virtual_addresses), None)
    if instance is None:
        return LocalTiming(service.name, "")
    tracked = (script for script in lab.vrrp_scripts if script.name in instance.track_scripts and script.script)
    return LocalTiming(service.name, instance.name, tuple(_script(script, instance) for script in tracked))


def _script(script: VrrpScript, instance: VrrpInstance) -> ScriptTiming:
    ranked = sorted(instance.priorities.values(), reverse=True)
    apart = ranked[0] - ranked[1] if len(ranked) > 1 else abs(script.weight)
    return ScriptTiming(
        script.name,
        float(script.interval),
        float(script.limit),
        script.fall,
        script.script is OwnScript.REVIVE_WEB,
        script.weight,
        abs(script.weight) > apart,
    )
