"""What each kind tells the host and the nodes: to break, to mend, and nothing where nothing is broken."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from lvslab import faults
from lvslab.errors import MachineError, NodeError, UsageError
from lvslab.faults import Ground, Order
from lvslab.faults.kinds import impairment, process, traffic, web
from lvslab.host import disks
from lvslab.model import Lab, WebServer, load_lab
from lvslab.nodes.fake import FakeRemote
from lvslab.nodes.remote import Result
from tests.unit.faults.conftest import Host
from tests.unit.recorded import LABS

Remotes = dict[str, FakeRemote]


def ordered(lab: Lab, name: str, on: Sequence[str] = (), **arguments: str) -> Order:
    """Return an order."""
    return faults.order(lab, name, on, arguments)


def inject(ground: Ground, order: Order) -> None:
    """Inject an order by its kind alone."""
    faults.kinds()[order.name].inject(ground, order, {})


def heal(ground: Ground, order: Order) -> None:
    """Heal an order by its kind alone."""
    faults.kinds()[order.name].heal(ground, order, {})


def asked(remotes: Remotes) -> dict[str, str]:
    """Return the last script of each node that was asked anything."""
    return {name: remote.scripts[-1] for name, remote in remotes.items() if remote.scripts}


def test_nobody_asks_the_node_that_is_to_lose_its_power(ground: Ground, host: Host, remotes: Remotes) -> None:
    """The hypervisor takes it away; a command over ssh would wait for a dead machine."""
    inject(ground, ordered(ground.lab, "node.power-off", ["web1"]))
    assert host.told == ["power-off web1"]
    assert asked(remotes) == {}


def test_power_comes_back_with_the_right_time(ground: Ground, host: Host, remotes: Remotes) -> None:
    """Healing returns when the node answers, its clock set; a machine that runs is not started again."""
    order = ordered(ground.lab, "node.power-off", ["web1"])
    inject(ground, order)
    heal(ground, order)
    heal(ground, order)
    assert host.told == ["power-off web1", "start web1", "clock web1 0.0", "clock web1 0.0"]
    assert asked(remotes) == {"web1": "true"}


@pytest.mark.parametrize("kind", ["node.power-off", "node.reset", "node.pause"])
def test_nobody_waits_for_a_box_of_the_users_own(ground: Ground, host: Host, remotes: Remotes, kind: str) -> None:
    """It is started or resumed; neither is it asked whether it answers, nor is its clock set."""
    node = ground.lab.nodes["web2"].model_copy(update={"box": "freebsd.box"})
    own = ground.lab.model_copy(update={"nodes": {**ground.lab.nodes, "web2": node}})
    ground = Ground(ground.paths, own, {name: remote for name, remote in remotes.items() if name != "web2"})
    host.states["web2"] = "shut off" if kind == "node.power-off" else "running"
    heal(ground, ordered(own, kind, ["web2"]))
    assert host.told == (["start web2"] if kind == "node.power-off" else [])


def test_a_cable_is_pulled_at_the_hypervisor(ground: Ground, host: Host) -> None:
    """By the interface's MAC address, which follows from the lab file."""
    order = ordered(ground.lab, "node.link-down", ["web1"])
    inject(ground, order)
    heal(ground, order)
    assert host.told == ["link web1 52:54:00:00:12:20 False", "link web1 52:54:00:00:12:20 True"]


def test_a_machine_that_is_off_has_no_cable(ground: Ground, host: Host) -> None:
    """It cannot be pulled, which is an error, and need not be put back, which is none."""
    host.states["web1"] = "shut off"
    order = ordered(ground.lab, "node.link-down", ["web1"])
    with pytest.raises(MachineError, match="web1 is shut off"):
        inject(ground, order)
    heal(ground, order)
    assert host.told == []


def test_a_partition_drops_both_ways(ground: Ground, host: Host) -> None:
    """Between the ports of one side and those of the other, and the healing takes that one table away."""
    order = ordered(ground.lab, "network.partition", ["director1"], **{"from": "director2,client"})
    inject(ground, order)
    assert 'iifname { "director1-lan" } oifname { "director2-lan", "client-lan" } counter drop' in host.told[0]
    assert 'iifname { "director2-lan", "client-lan" } oifname { "director1-lan" } counter drop' in host.told[0]
    heal(ground, order)
    table = traffic.table(order)
    assert host.told[1] == f"nft add table bridge {table}\ndelete table bridge {table}\n"


def test_a_one_way_drop_lets_answers_pass(ground: Ground, host: Host) -> None:
    """Only what comes from the targets is lost."""
    inject(ground, ordered(ground.lab, "network.drop", ["web1"], to="client"))
    assert host.told[0].count("drop\n") == 1
    assert 'iifname { "web1-lan" } oifname { "client-lan" } counter drop' in host.told[0]


def test_a_block_is_of_one_protocol(ground: Ground, host: Host) -> None:
    """In and out of the targets' ports, each rule with the protocol's match."""
    inject(ground, ordered(ground.lab, "network.block", ["master"], protocol="vrrp"))
    rules = [line.strip() for line in host.told[0].splitlines() if line.endswith("drop")]
    assert 'iifname { "director1-lan" } ip protocol 112 counter drop' in rules
    assert 'oifname { "director1-lan" } ip protocol 112 counter drop' in rules
    assert all("112" in rule for rule in rules)


def test_drops_have_tables_of_their_own(lab: Lab) -> None:
    """So each is healed by itself; the same order has the same table, in any process."""
    orders = [
        ordered(lab, "network.block", ["web1"], protocol="arp"),
        ordered(lab, "network.block", ["web1"], protocol="vrrp"),
        ordered(lab, "network.block", ["web2"], protocol="vrrp"),
        ordered(lab, "network.drop", ["web1"]),
    ]
    tables = {traffic.table(order) for order in orders}
    assert len(tables) == 4
    assert traffic.table(Order("network.drop", ("web1",), {"to": "x"})) == "lvslab-56e3a774cf23"


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("network.delay", {"delay": "0.25"}, "delay 250ms"),
        ("network.jitter", {"delay": "0.1", "jitter": "0.02"}, "delay 100ms 20ms"),
        ("network.loss", {"percent": "2.5%"}, "loss 2.5%"),
        ("network.rate", {"rate": "512kbit"}, "rate 512kbit"),
    ],
)
def test_an_impairment_is_netems_words(
    ground: Ground, remotes: Remotes, name: str, arguments: dict[str, str], words: str
) -> None:
    """Written down for the interface, by its MAC address, and applied together with what is written already."""
    order = ordered(ground.lab, name, ["real-servers"], **arguments)
    inject(ground, order)
    scripts = asked(remotes)
    assert set(scripts) == {"web1", "web2"}
    folder = f"{impairment.FOLDER}/52:54:00:00:12:20"
    aspect = words.split()[0]
    assert f"mkdir -p {folder}; echo {words} >{folder}/{aspect}" in scripts["web1"]
    assert scripts["web1"].rstrip().endswith('tc qdisc replace dev "$dev" root netem $words')
    heal(ground, order)
    assert f"rm -f {folder}/{aspect}" in asked(remotes)["web1"]
    assert 'tc qdisc del dev "$dev" root' in asked(remotes)["web1"]


def test_delay_and_jitter_are_one_thing_to_netem(lab: Lab) -> None:
    """So they exclude each other on an interface, and loss excludes neither."""
    kinds = faults.kinds()
    delay, jitter, loss = (
        kinds[name].marks(lab, ordered(lab, name, ["web1"]))
        for name in ("network.delay", "network.jitter", "network.loss")
    )
    assert delay == jitter
    assert not delay & loss


@pytest.mark.parametrize(
    ("name", "on", "arguments", "broken", "mended"),
    [
        ("process.stop", "director1", {}, "systemctl stop keepalived.service", "systemctl start keepalived.service"),
        (
            "process.stop",
            "nfs",
            {"process": "rpcbind"},
            "systemctl stop rpcbind.socket rpcbind.service",
            "systemctl start rpcbind.socket rpcbind.service",
        ),
        (
            "process.kill",
            "director1",
            {},
            "echo 1 >/sys/fs/cgroup/system.slice/keepalived.service/cgroup.kill",
            "systemctl reset-failed keepalived.service; systemctl start keepalived.service",
        ),
        (
            "process.freeze",
            "web1",
            {},
            "systemctl kill --signal=STOP apache2.service",
            "systemctl kill --signal=CONT apache2.service",
        ),
    ],
)
def test_a_daemon_is_its_unit(
    ground: Ground, remotes: Remotes, name: str, on: str, arguments: dict[str, str], broken: str, mended: str
) -> None:
    """Its own daemon unless told; a socket that would start it again goes with it."""
    order = ordered(ground.lab, name, [on], **arguments)
    inject(ground, order)
    assert asked(remotes) == {on: broken}
    heal(ground, order)
    assert asked(remotes) == {on: mended}


def test_each_role_has_a_daemon_of_its_own(lab: Lab) -> None:
    """What a node is for: the directors' is keepalived, the web servers' httpd, the storage's nfsd."""
    order = ordered(lab, "process.stop", list(lab.nodes))
    assert [process.daemon_of(lab, order, name).name for name in lab.nodes] == [
        "keepalived", "keepalived", "httpd", "httpd", "nfsd",
    ]  # fmt: skip


def test_a_real_server_is_drained_on_all_directors_that_run(ground: Ground, host: Host, remotes: Remotes) -> None:
    """With the forwarding method told again, which ipvsadm would change; healed to the weight of the lab file."""
    host.states["director2"] = "shut off"
    order = ordered(ground.lab, "service.weight", ["web2"])
    edit = "ipvsadm --edit-server -t 192.168.18.41:80 --real-server 192.168.18.33:80 --gatewaying --weight "
    inject(ground, order)
    assert asked(remotes) == {"director1": f"set -e\n{edit}0"}
    heal(ground, order)
    assert asked(remotes) == {"director1": f"{edit}1 2>/dev/null\ntrue"}


def test_a_service_by_its_mark_is_edited_by_its_mark(ground: Ground, remotes: Remotes) -> None:
    """And one of every port by port 0; either has real servers of port 0."""
    lab = load_lab(LABS / "lvs-dr-fwmark.yml")
    there = replace(ground, lab=lab)
    for name, option in (("pfwm", "-f 5"), ("pcc", "-t 192.168.18.42:0")):
        inject(there, ordered(lab, "service.weight", ["web1"], service=name))
        edit = f"ipvsadm --edit-server {option} --real-server 192.168.18.32:0 --gatewaying --weight 0"
        assert set(asked(remotes).values()) == {f"set -e\n{edit}"}


def test_a_disk_fails_by_its_serial(ground: Ground, remotes: Remotes) -> None:
    """Letters are not stable; it comes back as a new member, for it has missed writes."""
    order = ordered(ground.lab, "disk.fail", disk="nfs-3")
    inject(ground, order)
    assert asked(remotes)["nfs"] == "mdadm /dev/md5 --fail /dev/disk/by-id/virtio-nfs-3-part1"
    heal(ground, order)
    script = asked(remotes)["nfs"]
    steps = ["/dev/disk/by-id/virtio-nfs-3-part1", "--remove", "--zero-superblock", "mdadm /dev/md5 --add"]
    assert sorted(steps, key=script.index) == steps


def test_a_disk_that_is_plugged_in_already_is_not_plugged_in_again(
    ground: Ground, remotes: Remotes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pull that was cut short before it began leaves the disk where it is."""
    told: list[str] = []
    description = '<disk><target dev="vdb" bus="virtio"/><serial>nfs-1</serial></disk>'
    monkeypatch.setattr(disks, "plug", lambda node, xml: told.append(f"plug {node}"))
    order, kind = ordered(ground.lab, "disk.pull"), faults.kinds()["disk.pull"]
    for plugged in (("vda", "vdb"), ("vda",)):
        monkeypatch.setattr(disks, "plugged", lambda _node, plugged=plugged: plugged)
        kind.heal(ground, order, {"xml": description})
    assert told == ["plug nfs"]
    assert "virtio-nfs-1-part1" in asked(remotes)["nfs"]


def test_a_slow_disk_is_throttled_by_the_hypervisor(
    ground: Ground, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In bytes and operations a second; limits of a disk that is not there are not lifted."""
    monkeypatch.setattr(disks, "described", lambda _node: {"nfs-2": None})
    order = ordered(ground.lab, "disk.slow", disk="nfs-2", rate="2MiB", iops="50")
    inject(ground, order)
    heal(ground, order)
    heal(ground, ordered(ground.lab, "disk.slow", disk="nfs-1"))
    assert host.told == ["throttle nfs nfs-2 2097152 50", "throttle nfs nfs-2 0 0"]


def test_a_clock_is_set_ahead_of_the_hosts(ground: Ground, host: Host) -> None:
    """By the guest agent, and back to the host's."""
    order = ordered(ground.lab, "clock.step", ["director1"], seconds="-30")
    inject(ground, order)
    heal(ground, order)
    assert host.told == ["clock director1 -30.0", "clock director1 0.0"]


def test_what_a_node_said_is_in_the_error(lab: Lab, host: Host, ground: Ground) -> None:
    """The message names the node; the details are the end of what the command printed."""
    failing = FakeRemote("web1", lambda _script: Result(4, "one\n", "Unit not found.\n"))
    broken = Ground(ground.paths, lab, {**ground.remotes, "web1": failing})
    with pytest.raises(NodeError, match="web1: a command ended with exit status 4") as caught:
        inject(broken, ordered(lab, "process.stop", ["web1"]))
    assert caught.value.details == ["one", "Unit not found."]


def test_httpd_is_whichever_server_the_lab_has() -> None:
    """A fault of httpd is one of nginx where the web servers run that."""
    lab = load_lab(LABS / "lvs-dr-nginx.yml")
    assert process.daemon_of(lab, ordered(lab, "process.stop", ["web1"]), "web1").unit == "nginx.service"


@pytest.mark.parametrize(
    ("server", "word"), [(WebServer.APACHE2, 'Redirect 503 "/"'), (WebServer.NGINX, "return 503;")]
)
def test_a_web_server_is_given_a_piece_of_its_own_configuration(server: WebServer, word: str) -> None:
    """The other's it would not read, and the fault would wait in vain until it bites."""
    lab = load_lab(LABS / "lvs-dr.yml")
    piece = web.Error().piece(ordered(lab, "web.error", ["web1"], status="503"), server)
    assert word in piece.splitlines() and web.HEADER in piece.splitlines()[0]


@pytest.mark.parametrize(
    ("name", "on", "nodes"),
    [
        ("node.power-off", ["director1"], ()),
        ("network.block", ["director1"], ()),
        ("process.stop", ["web1"], ("web1",)),
        ("disk.fail", [], ("nfs",)),
        ("disk.slow", [], ()),
        ("service.weight", ["web1"], ("director1", "director2")),
    ],
)
def test_only_what_works_inside_a_node_logs_in(lab: Lab, name: str, on: list[str], nodes: tuple[str, ...]) -> None:
    """A login costs an emulated node's processor more than a second's requests do."""
    order = ordered(lab, name, on, **({"protocol": "vrrp"} if name == "network.block" else {}))
    assert faults.kinds()[name].logins(lab, order) == nodes


def test_only_answers_are_slow(ground: Ground, remotes: Remotes) -> None:
    """What carries an answer or ends one goes by the slow queue; what opens a connection does not."""
    order = ordered(ground.lab, "web.slow", ["web1"], delay="0.4")
    inject(ground, order)
    (script,) = asked(remotes).values()
    assert "parent 1:3 netem delay 400ms limit" in script
    assert "tcp sport { 80 } meta length > 100 meta priority set 1:3" in script
    assert script.index("tc qdisc replace") < script.index("nft -f -")


def test_answers_that_wait_leave_before_their_queue_goes(ground: Ground, remotes: Remotes) -> None:
    """Nothing more enters it, then it runs empty, then it is taken away."""
    heal(ground, ordered(ground.lab, "web.slow", ["web1"], delay="0.4"))
    (script,) = asked(remotes).values()
    places = [script.index(word) for word in ("nft delete table inet lvslab_slow", "backlog", "tc qdisc del")]
    assert places == sorted(places)


def test_an_interface_with_slow_answers_takes_no_other_impairment(lab: Lab) -> None:
    """The queue is the fault's alone, so that healing one does not heal the other."""
    slow, delay = ordered(lab, "web.slow", ["web1"]), ordered(lab, "network.loss", ["web1"])
    kinds = faults.kinds()
    assert kinds["web.slow"].marks(lab, slow) & kinds["network.loss"].marks(lab, delay)


@pytest.mark.parametrize("daemon", ["httpd", "keepalived"])
def test_a_director_that_serves_has_two_daemons_that_can_be_stopped(daemon: str) -> None:
    """Its web server by name; keepalived is what it is for."""
    lab = load_lab(LABS / "vrrp-nginx.yml")
    order = ordered(lab, "process.stop", ["director1"], process=daemon)
    unit = {"httpd": "nginx.service", "keepalived": "keepalived.service"}[daemon]
    assert process_of(lab, order) == unit
    assert process_of(lab, ordered(lab, "process.stop", ["director1"])) == "keepalived.service"


def process_of(lab: Lab, order: Order) -> str:
    """Return the unit that an order is about on director1."""
    return process.daemon_of(lab, order, "director1").unit


def test_a_director_that_serves_nobody_has_no_web_server_to_stop(lab: Lab) -> None:
    """In lvs-dr that is what the web servers are for."""
    with pytest.raises(UsageError, match="httpd runs on nodes of role web"):
        process.daemon_of(lab, ordered(lab, "process.stop", ["web1"], process="httpd"), "director1")
