"""What a fault of a run was, in a prediction's words: ``node.power-off master``, ``process.stop httpd``."""

from collections.abc import Iterable

from lvslab.history import DirectorSample, History
from lvslab.history.history import FaultSpan
from lvslab.judge.strike import ALL, BACKUP, CLIENT, DIRECTORS, EVERYWHERE, MASTER, STORAGE, Cut, Strike
from lvslab.model import Lab, LocalService, Role

SAMPLE_AGE = 5_000_000_000
"""How old a director's last sample may be to say who held the VIP, in ns."""
DAEMONS = ("keepalived", "httpd", "nfsd", "rpcbind")
OWN = {Role.DIRECTOR: "keepalived", Role.WEB: "httpd", Role.NFS: "nfsd"}
WORDS = {Role.WEB: "real-server", Role.NFS: "storage"}
OF_DAEMONS = ("process.", "service.restart")
"""How faults are called that befall a daemon, whichever node it runs on."""
PARTED = {"network.partition": "from", "network.drop": "to"}
"""Faults that cut packets between two groups, with the parameter that names the other one."""


def strike_of(history: History, lab: Lab, span: FaultSpan, service: str = "") -> Strike:
    """Return what predictions have to know of a fault of a run, for a service: the first unless told."""
    holder = holder_before(history, lab, span.start, service)
    cut = cut_of(lab, holder, span)
    key = _key_of_cut(lab, holder, span, cut) if cut else key_of(lab, holder, span, service)
    hit = set(span.fault.target) & {each.name for each in lab.real_servers}
    return Strike(key, dict(span.fault.arguments), max(1, len(hit)), cut)


def key_of(lab: Lab, holder: str, span: FaultSpan, service: str = "") -> str:
    """Return a fault in the words of predictions: its name, and on what; for a service, the first unless told."""
    fault = span.fault
    whom = _whom(lab, holder, fault.target)
    if fault.name.startswith(OF_DAEMONS):
        daemon = next((each for each in DAEMONS if each in fault.arguments.values()), "") or _own_daemon(lab, span)
        where = _where(lab, daemon, whom, fault.target, service)
        return f"{fault.name} {daemon}{where}".strip()
    if fault.name.startswith(("node.", "network.")):
        return f"{fault.name} {whom}{_everywhere(lab, whom, fault.target)}".strip()
    if fault.name.startswith("web.") and _is_local(lab, service):
        return f"{fault.name}{_where(lab, 'httpd', whom, fault.target, service)}"
    if fault.name.startswith(("web.", "service.weight")):
        return f"{fault.name}{_everywhere(lab, 'real-server', fault.target)}"
    return fault.name


def holder_before(history: History, lab: Lab, t: int, service: str = "") -> str:
    """Return the director that held a service's VIP at a moment: by the samples before it, else by the lab file.

    It is the first service's unless told. Where directors share the VIPs, one is the master for one service and the
    backup for another.
    """
    vip = next((one.address for one in lab.services if one.name == service), lab.services[0].address)
    recent = [each for each in history.of(DirectorSample) if t - SAMPLE_AGE <= each.t < t]
    holders = [each.node for each in recent if str(vip) in each.holds]
    return holders[-1] if holders else lab.holder_of(vip)


def cut_of(lab: Lab, holder: str, span: FaultSpan) -> Cut | None:
    """Return which packets a fault loses; None for one that is of another kind."""
    fault, network = span.fault, span.fault.arguments.get("network", "")
    targets, everybody = set(fault.target), {*lab.nodes, CLIENT}
    if fault.name in PARTED:
        there = _group(fault.arguments.get(PARTED[fault.name], ""), everybody - targets)
        lost = {(one, other) for one in targets for other in there if _share(lab, one, other, network)}
        lost |= {(other, one) for one, other in lost} if fault.name == "network.partition" else set()
    elif fault.name == "network.block" or _loses_all(fault.name, fault.arguments):
        lost = {(one, other) for one in targets for other in everybody if _meet(lab, one, other, network)}
        lost |= {(other, one) for one, other in lost} if fault.name == "network.block" else set()
    else:
        return None
    words = {name: _called(lab, holder, name) for name in everybody}
    ways = frozenset((words[one], words[other]) for one, other in lost if words[one] != words[other])
    in_part = bool(network) and len(lab.networks) > 1
    return Cut(ways, fault.arguments.get("protocol", ALL), in_part)


def _loses_all(name: str, arguments: dict[str, str]) -> bool:
    return name == "network.loss" and float(arguments.get("percent", 0)) >= 100


def _group(words: str, others: set[str]) -> set[str]:
    named = {word for word in words.split(",") if word}
    return named & others if named else others


def _networks(lab: Lab, name: str) -> set[str]:
    return set(lab.client.addresses if name == CLIENT else lab.nodes[name].addresses)


def _share(lab: Lab, one: str, other: str, network: str) -> bool:
    """Whether packets between two pass a bridge that both are plugged into."""
    common = _networks(lab, one) & _networks(lab, other)
    return network in common if network else bool(common)


def _meet(lab: Lab, one: str, other: str, network: str) -> bool:
    """Whether packets between two pass an interface of the first, over routers too."""
    if network:
        return network in _networks(lab, one) and _share(lab, one, other, network)
    return one != other and bool(_networks(lab, one))


def _called(lab: Lab, holder: str, name: str) -> str:
    """Return what a cut calls a node."""
    if name == holder:
        return MASTER
    if lab.storage and name == lab.storage.node and name not in {each.name for each in lab.real_servers}:
        return STORAGE
    return BACKUP if name in {each.name for each in lab.directors} else name


def _key_of_cut(lab: Lab, holder: str, span: FaultSpan, cut: Cut) -> str:
    """Return the words for a fault that cuts packets, shorter where the protocol says it all."""
    fault = span.fault
    protocol = "" if cut.protocol == ALL else cut.protocol
    whom = _whom(lab, holder, fault.target)
    whom += _everywhere(lab, whom, fault.target)
    if fault.name == "network.block" and protocol and whom in (MASTER, BACKUP, DIRECTORS):
        whom = ""
    link = PARTED.get(fault.name, "")
    there = _group(fault.arguments.get(link, ""), {*lab.nodes, CLIENT} - set(fault.target))
    rest = {*lab.nodes, CLIENT} - set(fault.target) - there
    other = f"{link} {_words(lab, holder, there)}" if link and rest else ""
    return " ".join(filter(None, (fault.name, protocol, whom, other)))


def _words(lab: Lab, holder: str, names: Iterable[str]) -> str:
    """Return words for a group of nodes: what they are, and real servers together where it is all of them."""
    called = {_called(lab, holder, name) for name in names}
    servers = {each.name for each in lab.real_servers}
    if servers and servers <= called:
        called = (called - servers) | {"real-servers"}
    return ", ".join(sorted(called))


def _own_daemon(lab: Lab, span: FaultSpan) -> str:
    """Return the daemon that the targets are for."""
    roles = {lab.nodes[name].role for name in span.fault.target if name in lab.nodes}
    return next((daemon for role, daemon in OWN.items() if role in roles), "")


def _whom(lab: Lab, holder: str, targets: tuple[str, ...]) -> str:
    """Return what the targets are: a word of predictions, or several words, which nothing is predicted for."""
    roles = {lab.nodes[name].role for name in targets if name in lab.nodes}
    found = [WORDS[role] for role in roles if role in WORDS]
    if Role.DIRECTOR in roles:
        found.append(_directors(lab, holder, targets))
    return " and ".join(sorted(found))


def _directors(lab: Lab, holder: str, targets: tuple[str, ...]) -> str:
    every = {each.name for each in lab.directors}
    if len(every) > 1 and every <= set(targets):
        return DIRECTORS
    return MASTER if holder in targets else BACKUP


def _where(lab: Lab, daemon: str, whom: str, targets: tuple[str, ...], service: str) -> str:
    """Return where a daemon is hit, if not on the master, or on one of the web servers."""
    if daemon == "httpd" and set(targets) >= {each.name for each in lab.servers}:
        return EVERYWHERE
    if daemon == "httpd" and not _is_local(lab, service):
        return ""
    return f" on {whom}" if whom in (BACKUP, DIRECTORS) else ""


def _is_local(lab: Lab, service: str) -> bool:
    """Whether directors answer a service themselves, rather than as real servers; the first service unless told."""
    found = next((one for one in lab.services if one.name == service), lab.services[0])
    return isinstance(found, LocalService)


def _everywhere(lab: Lab, whom: str, targets: tuple[str, ...]) -> str:
    servers = {each.name for each in lab.real_servers}
    return EVERYWHERE if whom == WORDS[Role.WEB] and len(servers) > 1 and servers <= set(targets) else ""
