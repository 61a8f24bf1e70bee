"""All kinds of faults there are, and the orders that can be made of them. Pure."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from lvslab.errors import UsageError
from lvslab.faults.kind import Kind
from lvslab.faults.kinds import clock, disk, impairment, load, node, process, slow, traffic, web, weight
from lvslab.faults.order import Order
from lvslab.faults.targets import Scene
from lvslab.model import Lab
from lvslab.model.base import closest_first, did_you_mean

HINT = "lvslab fault list"
_EVERY: tuple[Kind, ...] = (
    node.PowerOff(),
    node.Reset(),
    node.Pause(),
    node.LinkDown(),
    process.Stop(),
    process.Kill(),
    process.Freeze(),
    process.Reload(),
    process.Restart(),
    weight.Weight(),
    traffic.Partition(),
    traffic.OneWay(),
    traffic.Block(),
    impairment.Delay(),
    impairment.Jitter(),
    impairment.Loss(),
    impairment.Rate(),
    disk.Fail(),
    disk.Pull(),
    disk.Slow(),
    disk.Full(),
    slow.Slow(),
    web.Error(),
    web.WrongBody(),
    clock.Step(),
    load.HostLoad(),
)
_KINDS = MappingProxyType({kind.name: kind for kind in _EVERY})


def kinds() -> Mapping[str, Kind]:
    """Return every kind of fault by its name."""
    return _KINDS


def kind(name: str) -> Kind:
    """Return the kind of this name; UsageError with the names that are like it."""
    if name in _KINDS:
        return _KINDS[name]
    known = closest_first(name, _KINDS)
    raise UsageError(f"there is no fault {name!r}; faults are {', '.join(known)}", did_you_mean(name, known) or HINT)


def check_names(name: str, arguments: Mapping[str, str]) -> Kind:
    """Return the kind of a fault; UsageError where there is none, or where it has no such parameter."""
    wanted = kind(name)
    known = [parameter.name for parameter in wanted.parameters]
    for given in arguments:
        if given not in known:
            words = f"its parameters are {', '.join(known)}" if known else "it has no parameters"
            raise UsageError(f"{name} has no parameter {given!r}; {words}", did_you_mean(given, known) or HINT)
    return wanted


def order(
    lab: Lab, name: str, on: Sequence[str] = (), arguments: Mapping[str, str] | None = None, holder: str | None = None
) -> Order:
    """Return the order for a fault, its targets named and its arguments complete.

    ``on`` are nodes' names or words such as master or real-servers; ``holder`` is who holds the VIP, where that is
    not the director with the highest priority. Raises UsageError for what does not fit the kind or the lab.
    """
    given = arguments or {}
    wanted = check_names(name, given)
    targets = _targets(Scene(lab, holder), wanted, on)
    made = Order(name, targets, _arguments(Scene(lab, holder, targets), wanted, given))
    wanted.check(lab, made)
    return made


def _targets(scene: Scene, kind: Kind, on: Sequence[str]) -> tuple[str, ...]:
    takes = kind.takes
    words = on or ([takes.default] if takes.default else [])
    if takes.most == 0:
        if on:
            raise UsageError(f"{kind.name} takes no target: it befalls the host", HINT)
        return ()
    found = scene.nodes(words)
    if not found:
        raise UsageError(f"{kind.name} needs a target: {takes.words}", f"--on {next(iter(scene.lab.nodes))}")
    if len(found) > takes.most:
        raise UsageError(f"{kind.name} takes {takes.most} target, not {len(found)}: {', '.join(found)}", HINT)
    for name in found:
        node = scene.lab.node(name)
        serves = takes.serving and node in scene.lab.web_servers
        if takes.roles and node.role not in takes.roles and not serves:
            raise UsageError(f"{kind.name} takes {takes.words}; {name} has role {node.role}", HINT)
        if kind.inside and not node.is_managed:
            message = f"{kind.name} works inside a node; {name} has a box of your own: lvslab does not log in to it"
            raise UsageError(message, f"lvslab fault inject node.power-off --on {name}")
    return found


def _arguments(scene: Scene, kind: Kind, given: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for parameter in kind.parameters:
        text = given.get(parameter.name, parameter.default)
        if text is None:
            hint = f"-p {parameter.name}={parameter.form}"
            raise UsageError(f"{kind.name} needs {parameter.name}: {parameter.meaning}", hint)
        try:
            found[parameter.name] = parameter.read(text, scene)
        except ValueError as err:
            raise UsageError(f"{kind.name}: {parameter.name}: found {text!r}, allowed: {err}", HINT) from err
    return found
