"""The state of a lab, read from all nodes at once; what cannot be read is None, with the reason."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from lvslab.errors import LabError
from lvslab.faults import Active, Ledger
from lvslab.host import machines
from lvslab.host.state import State
from lvslab.model import Lab, Node, Role
from lvslab.model.marks import Mark, marks_of
from lvslab.nodes.facts import director, marks, storage, system
from lvslab.nodes.facts.director import Service
from lvslab.nodes.probe import NOTHING, Probe, Reading, Readings, read
from lvslab.nodes.remote import Remote
from lvslab.parallel import at_once
from provision.real_server import TUNNEL

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class NodeStatus:
    """A node: its machine's state, and why it could not be read where it could not.

    One with a ``box`` of the user's own is not read at all, which takes no reason.
    """

    name: str
    role: str
    state: str
    addresses: dict[str, str]
    reason: str | None = None
    box: str | None = None


@dataclass(frozen=True)
class VipStatus:
    """A virtual address and who holds it: a director's name, or None with the reason."""

    address: str
    port: int | None
    holder: str | None
    holders: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True)
class DirectorStatus:
    """A director's IPVS table, its VRRP states, and the firewall marks that it puts on packets."""

    services: tuple[Service, ...] | None
    vrrp: dict[str, str] | None = None
    reason: str | None = None
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class StorageStatus:
    """The array, the volume and the export; each None where it is not there or cannot be read."""

    array: storage.Array | None
    volume: str | None
    volume_bytes: int | None
    mounted: bool | None
    export: str | None
    reason: str | None = None


@dataclass(frozen=True)
class WebStatus:
    """A web server: whether httpd runs, and what its document root is mounted from."""

    httpd: bool | None
    document_root: str | None
    vips_on_lo: tuple[str, ...] | None
    reason: str | None = None
    vips_on_tunnel: tuple[str, ...] = ()


@dataclass(frozen=True)
class FaultStatus:
    """An active fault: what it is, whether it is in effect or was cut short, and for how many seconds it is there."""

    id: int
    name: str
    targets: tuple[str, ...]
    arguments: dict[str, str]
    in_effect: bool
    seconds: float

    @classmethod
    def of(cls, active: Active) -> "FaultStatus":
        """Return the status of an active fault, now."""
        age = (time.monotonic_ns() - active.began) / 1e9
        order = active.order
        return cls(active.id, order.name, order.targets, order.arguments, active.bit is not None, round(age, 1))


@dataclass(frozen=True)
class Status:
    """A lab, whole."""

    lab: str
    name: str
    provider: str
    accelerator: str
    phase: str
    nodes: tuple[NodeStatus, ...]
    vip: VipStatus | None
    vips: tuple[VipStatus, ...]
    ipvs: dict[str, DirectorStatus] = field(default_factory=dict)
    storage: StorageStatus | None = None
    web: dict[str, WebStatus] = field(default_factory=dict)
    faults: tuple[FaultStatus, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the status as plain data, with the version of its form."""
        return {"schema_version": SCHEMA_VERSION, **asdict(self)}


def probes(lab: Lab, node: Node) -> list[Probe]:
    """Return what is asked of a node."""
    wanted = [system.ADDRESSES, system.MOUNTS]
    if node.role is Role.DIRECTOR:
        wanted += [director.TABLE, director.COUNTERS, director.DUMP]
        wanted += [marks.MARKS] if marks_of(lab) else []
    if node in lab.web_servers:
        wanted.append(system.units_probe([lab.web_server_of(node).unit]))
    if lab.storage and lab.storage.node == node.name:
        device = lab.storage.array.device
        wanted += [storage.array_probe(device), storage.VOLUMES, storage.EXPORTS]
    return wanted


Answers = Mapping[str, Readings | LabError]


def gather(lab: Lab, remotes: Mapping[str, Remote], timeout: float = 20) -> Answers:
    """Ask all nodes at once; the answer of a node that could not be asked is the error."""

    def one(name: str) -> Readings | LabError:
        try:
            return read(remotes[name], probes(lab, lab.node(name)), timeout=timeout)
        except LabError as err:
            return err

    return dict(zip(remotes, at_once(one, remotes), strict=True))


def current(lab: Lab, state: State, remotes: Mapping[str, Remote]) -> Status:
    """Return the status of a running lab; what cannot be read is left out with its reason, nothing is raised."""
    there = machines.states()
    running = {name: remote for name, remote in remotes.items() if there.get(name) == "running"}
    seen = assemble(lab, state, there, gather(lab, running) if running else {})
    return replace(seen, faults=active_faults())


def active_faults() -> tuple[FaultStatus, ...]:
    """Return the active faults of the lab that this process is in."""
    return tuple(FaultStatus.of(each) for each in Ledger().read().active)


def assemble(lab: Lab, state: State, there: Mapping[str, str], answers: Answers) -> Status:
    """Return the status from machines' states and nodes' answers. Pure."""
    vips = tuple(_vip(lab, str(vip), answers) for vip in lab.vips)
    return Status(
        lab=lab.name,
        name=state.name,
        provider="libvirt",
        accelerator=state.accelerator,
        phase=state.phase.value,
        nodes=tuple(_node(node, there, answers) for node in lab.nodes.values()),
        vip=vips[0] if vips else None,
        vips=vips,
        ipvs={node.name: _director(node.name, answers, lab.has_keepalived(node)) for node in lab.directors},
        storage=_storage(lab, answers),
        web={node.name: _web(lab, node.name, answers) for node in lab.web_servers},
    )


def _reason(name: str, answers: Answers) -> str | None:
    answer = answers.get(name)
    if answer is None:
        return f"{name} is not running"
    return answer.message if isinstance(answer, LabError) else None


def _readings(name: str, answers: Answers) -> Readings | None:
    answer = answers.get(name)
    return None if answer is None or isinstance(answer, LabError) else answer


def _node(node: Node, there: Mapping[str, str], answers: Answers) -> NodeStatus:
    addresses = {network: str(address) for network, address in node.addresses.items()}
    state = there.get(node.name, "not created")
    reason = _reason(node.name, answers) if node.is_managed else None
    return NodeStatus(node.name, node.role.value, state, addresses, reason, node.box)


def _vip(lab: Lab, vip: str, answers: Answers) -> VipStatus:
    port = next((service.port or None for service in lab.services if str(service.address) == vip), None)
    holders = tuple(node.name for node in lab.directors if _holds(vip, _readings(node.name, answers)))
    unread = [reason for node in lab.directors if (reason := _reason(node.name, answers))]
    reason = None
    if len(holders) != 1:
        seen = f"held by {' and '.join(holders)}" if holders else "no director holds it"
        reason = "; ".join([seen, *unread])
    return VipStatus(vip, port, holders[0] if len(holders) == 1 else None, holders, reason)


def _holds(vip: str, readings: Readings | None) -> bool:
    if readings is None:
        return False
    faces = system.interfaces(readings["addresses"])
    return any(address.split("/")[0] == vip for face in faces for address in face.addresses if face.name != "lo")


def _director(name: str, answers: Answers, awaited: bool) -> DirectorStatus:
    readings = _readings(name, answers)
    if readings is None:
        return DirectorStatus(None, None, _reason(name, answers))
    table = readings["ipvs"]
    if not table.ok:
        return DirectorStatus(None, None, _said(table))
    states = director.vrrp_states(readings["vrrp"]) or None
    return DirectorStatus(
        director.services(table, readings["ipvs-counters"]),
        states,
        None if states or not awaited else "keepalived does not run",
        marks.marks(readings.get(marks.MARKS.name, NOTHING)),
    )


def _said(reading: Reading) -> str:
    return reading.output.strip().splitlines()[-1] if reading.output.strip() else f"exit status {reading.status}"


def _storage(lab: Lab, answers: Answers) -> StorageStatus | None:
    if lab.storage is None:
        return None
    readings = _readings(lab.storage.node, answers)
    if readings is None:
        return StorageStatus(None, None, None, None, None, _reason(lab.storage.node, answers))
    volume = lab.storage.volume
    name = f"{volume.group}/{volume.name}"
    size = storage.volumes(readings["volumes"]).get(name)
    exports = [each for each in storage.exports(readings["exports"]) if each.path == volume.mountpoint]
    array = storage.array(readings["array"])
    return StorageStatus(
        array=array,
        volume=name if size else None,
        volume_bytes=size,
        mounted=volume.mountpoint in system.mounts(readings["mounts"]),
        export=f"{exports[0].path} {exports[0].client}" if exports else None,
        reason=None if array else _said(readings["array"]),
    )


def _web(lab: Lab, name: str, answers: Answers) -> WebStatus:
    readings = _readings(name, answers)
    if readings is None:
        return WebStatus(None, None, None, _reason(name, answers))
    unit = system.units(readings["units"]).get(lab.web_server_of(lab.node(name)).unit)
    mount = system.mounts(readings["mounts"]).get(lab.web.document_root)
    faces = {face.name: face.addresses for face in system.interfaces(readings["addresses"])}
    addresses = tuple(address for address in faces.get("lo", ()) if not address.startswith(("127.", "::1")))
    source = mount.source if mount else None
    return WebStatus(bool(unit and unit.is_active), source, addresses, vips_on_tunnel=faces.get(TUNNEL, ()))
