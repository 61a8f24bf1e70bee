"""Rules on what decides besides VRRP itself: tracked scripts, sync groups, unicast peers, notify scripts, ARP."""

from collections.abc import Iterator

from lvslab.lint.finding import Severity
from lvslab.lint.rule import Seen, Sight, at, rule
from lvslab.model.keepalived import Statement, VrrpInstance, VrrpScript

SCRIPTS = frozenset(
    {
        "script",
        "misc_path",
        "notify",
        "notify_master",
        "notify_backup",
        "notify_fault",
        "notify_stop",
        "notify_master_rx_lower_pri",
        "notify_up",
        "notify_down",
        "quorum_up",
        "quorum_down",
    }
)


def tracked(sight: Sight, one: VrrpInstance) -> Iterator[tuple[VrrpScript, int, int]]:
    """Yield the scripts that an instance tracks, with the weight that counts and the line."""
    for track in one.track_scripts:
        script = sight.configuration.script(track.name)
        if script is not None:
            yield script, script.weight if track.weight is None else track.weight, track.line


@rule(
    "track-unknown",
    Severity.ERROR,
    "track_script",
    reason="keepalived ignores a script that is not defined above: the router stays master whatever happens.",
    remedy="define `vrrp_script NAME { ... }` above the instance, or mend the name",
    reference="keepalived.conf(5), vrrp_script",
    whole_file=True,
)
def track_unknown(sight: Sight) -> Iterator[Seen]:
    """Find a tracked script that no vrrp_script defines."""
    for one in sight.configuration.instances:
        for track in one.track_scripts:
            if sight.configuration.script(track.name) is None:
                yield Seen(track.line, f"{one.name}: there is no vrrp_script {track.name}", (one,))


@rule(
    "script-unused",
    Severity.WARNING,
    "track_script",
    reason="A vrrp_script runs for nobody until an instance or a sync group tracks it.",
    remedy="name it in `track_script { ... }`",
    reference="keepalived.conf(5), vrrp_instance: track_script",
    whole_file=True,
)
def script_unused(sight: Sight) -> Iterator[Seen]:
    """Find a vrrp_script that nobody tracks."""
    conf = sight.configuration
    names = {track.name for one in conf.instances for track in one.track_scripts}
    names |= {entry.keyword for group in conf.sync_groups for entry in group.items("track_script")}
    for script in conf.scripts:
        if script.name not in names:
            yield at(script, f"vrrp_script {script.name}: found nobody that tracks it", "script")


@rule(
    "script-timeout",
    Severity.WARNING,
    "interval",
    "timeout",
    reason="A script that hangs is given up after its timeout only; while it runs it is not started anew, so the "
    "interval says less than it seems to.",
    remedy="write a timeout that is no longer than the interval",
    reference="keepalived.conf(5), vrrp_script: interval, timeout",
)
def script_timeout(sight: Sight) -> Iterator[Seen]:
    """Find a script that may take longer than its interval."""
    for script in sight.configuration.scripts:
        if script.timeout > script.interval:
            message = f"vrrp_script {script.name}: found timeout {script.timeout} s over interval {script.interval} s"
            yield at(script, message, "timeout")


@rule(
    "script-slow",
    Severity.WARNING,
    "interval",
    "timeout",
    "fall",
    reason="A failure is noticed after `fall` runs that fail, an interval apart, the last of which may take its "
    "timeout.",
    remedy="lower interval, fall or timeout",
    reference="keepalived.conf(5), vrrp_script: interval, fall, timeout",
)
def script_slow(sight: Sight) -> Iterator[Seen]:
    """Find a tracked script that notices a failure later than the budget."""
    for script in sight.configuration.scripts:
        if sight.budget is not None and script.worst_detection > sight.budget:
            seconds = f"{script.worst_detection:g} s at worst, expected {sight.budget:g} s"
            yield at(script, f"vrrp_script {script.name}: a failure is noticed after {seconds}", "interval")


@rule(
    "nopreempt-weight",
    Severity.WARNING,
    "nopreempt",
    "track_script",
    "state",
    reason="A script with a weight only lowers the priority, and a backup that does not preempt accepts a master of "
    "any priority: the failing master keeps the addresses.",
    remedy="take the weight out (weight 0): a failing script then means FAULT, and the address is given up",
    reference="keepalived.conf(5), vrrp_script: weight; RFC 5798 section 6.4.2",
)
def nopreempt_weight(sight: Sight) -> Iterator[Seen]:
    """Find weights of scripts that nopreempt makes useless."""
    for one in sight.configuration.instances:
        for script, weight, line in tracked(sight, one):
            if one.nopreempt and one.state == "BACKUP" and weight:
                message = f"{one.name}: the weight {weight} of {script.name} moves no address with nopreempt"
                yield Seen(line, message, (one, script))


@rule(
    "sync-weights",
    Severity.WARNING,
    "track_script",
    reason="In a sync group all instances change together, so keepalived sets the weights of their scripts to 0: a "
    "failing script means FAULT for the whole group.",
    remedy="track the script in the sync group, without a weight",
    reference="keepalived.conf(5), vrrp_sync_group",
)
def sync_weights(sight: Sight) -> Iterator[Seen]:
    """Find weights of scripts in an instance of a sync group."""
    conf = sight.configuration
    grouped = {member.name for group in conf.sync_groups for member in group.members if len(group.members) > 1}
    loose = {
        member.name
        for group in conf.sync_groups
        for member in group.members
        if group.has("sync_group_tracking_weight")
    }
    for one in conf.instances:
        for script, weight, line in tracked(sight, one):
            if weight and one.name in grouped - loose:
                message = f"{one.name}: the weight {weight} of {script.name} counts as 0 in a sync group"
                yield Seen(line, message, (one, script))


@rule(
    "sync-unknown",
    Severity.ERROR,
    "group",
    reason="keepalived leaves a name out that no instance has, and the group no longer moves together.",
    remedy="name instances of this file",
    reference="keepalived.conf(5), vrrp_sync_group: group",
    whole_file=True,
)
def sync_unknown(sight: Sight) -> Iterator[Seen]:
    """Find a sync group that names an instance that is not there."""
    conf = sight.configuration
    for group in conf.sync_groups:
        for member in group.members:
            if conf.instance(member.name) is None:
                yield Seen(member.line, f"{group.name}: there is no vrrp_instance {member.name}", (group,))


@rule(
    "sync-alone",
    Severity.WARNING,
    "group",
    reason="A group of one moves as it would without: the other addresses of this router do not follow it.",
    remedy="name all instances that are to move together, or take the group out",
    reference="keepalived.conf(5), vrrp_sync_group",
)
def sync_alone(sight: Sight) -> Iterator[Seen]:
    """Find a sync group of a single instance."""
    for group in sight.configuration.sync_groups:
        if len(group.members) == 1:
            yield at(group, f"{group.name}: found {group.members[0].name} alone, expected two instances", "group")


@rule(
    "unicast-own-address",
    Severity.ERROR,
    "unicast_peer",
    "unicast_src_ip",
    reason="A router that sends its adverts to itself too hears its own; the list is for the others.",
    remedy="take the router's own address out of unicast_peer",
    reference="keepalived.conf(5), vrrp_instance: unicast_peer",
)
def unicast_own_address(sight: Sight) -> Iterator[Seen]:
    """Find a router's own address among its unicast peers."""
    for one in sight.configuration.instances:
        if one.unicast_src_ip in one.unicast_peers:
            yield at(one, f"{one.name}: found its own address {one.unicast_src_ip} in unicast_peer", "unicast_peer")


@rule(
    "unicast-without-peer",
    Severity.ERROR,
    "unicast_peer",
    "unicast_src_ip",
    reason="Without peers keepalived sends by multicast, whatever source address is written: on a network without "
    "multicast every router becomes master.",
    remedy="write the other routers' addresses into `unicast_peer { ... }`, and unicast_fault_no_peer",
    reference="keepalived.conf(5), vrrp_instance: unicast_fault_no_peer",
)
def unicast_without_peer(sight: Sight) -> Iterator[Seen]:
    """Find unicast_src_ip without a unicast_peer."""
    for one in sight.configuration.instances:
        if one.has("unicast_src_ip") and not one.unicast_peers:
            yield at(one, f"{one.name}: found unicast_src_ip and no peer, which means multicast", "unicast_src_ip")


@rule(
    "garp-once",
    Severity.NOTE,
    "garp_master_repeat",
    "garp_master_delay",
    "vrrp_garp_master_repeat",
    "vrrp_garp_master_delay",
    "vrrp_min_garp",
    reason="The neighbours learn the new master's MAC address from gratuitous ARP. If a single one is lost, they "
    "send to the old one until their own entries expire.",
    remedy="leave keepalived's defaults (five at once, five more after 5 s), or set garp_master_refresh",
    reference="keepalived.conf(5), vrrp_garp_master_repeat, vrrp_min_garp",
)
def garp_once(sight: Sight) -> Iterator[Seen]:
    """Find a new master that announces itself by a single gratuitous ARP."""
    conf = sight.configuration
    few = conf.globals.flag("vrrp_min_garp")
    default = 1 if few else conf.globals.whole("vrrp_garp_master_repeat", default=5, low=1)
    pause = 0.0 if few else conf.globals.number("vrrp_garp_master_delay", default=5.0)
    refresh = conf.globals.number("vrrp_garp_master_refresh", default=0.0)
    for one in conf.instances:
        repeat = one.whole("garp_master_repeat", default=default, low=1)
        delay = one.number("garp_master_delay", default=pause)
        again = one.number("garp_master_refresh", default=refresh)
        if repeat == 1 and not delay and not again:
            message = f"{one.name}: a new master sends one gratuitous ARP and no second one"
            yield at(one, message, "garp_master_repeat", "garp_master_delay", also=(conf.globals,))


@rule(
    "script-security",
    Severity.WARNING,
    "enable_script_security",
    "script_user",
    reason="Without it keepalived runs scripts as root that other users may be able to write, and says SECURITY "
    "VIOLATION in its log.",
    remedy="write `enable_script_security` and `script_user NAME` (a user that exists) into global_defs",
    reference="keepalived.conf(5), global_defs: enable_script_security",
    whole_file=True,
)
def script_security(sight: Sight) -> Iterator[Seen]:
    """Find scripts that run as root without enable_script_security."""
    conf = sight.configuration
    if conf.globals.enable_script_security or conf.globals.script_user not in (None, "root"):
        return
    scripts = _scripts(conf.statement)
    if scripts:
        word = f"{len(scripts)} scripts" if len(scripts) > 1 else "a script"
        yield Seen(scripts[0].line, f"found {word} and no enable_script_security", (conf.globals,))


def _scripts(root: Statement) -> list[Statement]:
    inside = (each for top in root.children if top.keyword != "global_defs" for each in top.walk())
    return [each for each in inside if each.keyword in SCRIPTS and each.words]


RULES = (
    track_unknown,
    script_unused,
    script_timeout,
    script_slow,
    nopreempt_weight,
    sync_weights,
    sync_unknown,
    sync_alone,
    unicast_own_address,
    unicast_without_peer,
    garp_once,
    script_security,
)
