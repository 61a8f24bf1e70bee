"""Orders: words become nodes, arguments are complete and checked, and mistakes are told before anything breaks."""

import re

import pytest

from lvslab import faults
from lvslab.errors import UsageError
from lvslab.faults import Order
from lvslab.faults.kind import Kind
from lvslab.model import Lab, load_lab
from tests.unit.recorded import LABS

EVERY = faults.kinds()


@pytest.mark.parametrize(
    ("words", "nodes"),
    [
        (["master"], ("director1",)),
        (["backup"], ("director2",)),
        (["directors"], ("director1", "director2")),
        (["real-server"], ("web1",)),
        (["real-servers"], ("web1", "web2")),
        (["web-servers"], ("web1", "web2")),
        (["storage"], ("nfs",)),
        (["web2", "web1"], ("web2", "web1")),
        (["web1,nfs"], ("web1", "nfs")),
        (["real-servers", "web1"], ("web1", "web2")),
    ],
)
def test_words_stand_for_nodes(lab: Lab, words: list[str], nodes: tuple[str, ...]) -> None:
    """A target is a node's name or what it is in the lab; each node once, in the order told."""
    assert faults.order(lab, "node.pause", words).targets == nodes


def test_the_holder_is_master_whatever_the_priorities_say(lab: Lab) -> None:
    """After a failover, master means who holds the VIP, and backup the others."""
    assert faults.order(lab, "node.pause", ["master"], holder="director2").targets == ("director2",)
    assert faults.order(lab, "node.pause", ["backup"], holder="director2").targets == ("director1",)


def test_arguments_are_complete(lab: Lab) -> None:
    """What is not given has its default, so that an order says all there is to say."""
    assert faults.order(lab, "network.jitter", ["web1"], {"jitter": "0.2"}) == Order(
        "network.jitter", ("web1",), {"delay": "0.1", "jitter": "0.2", "network": ""}
    )


def test_others_are_all_that_are_no_targets(lab: Lab) -> None:
    """A partition cuts its targets off from everybody else unless told, the client included."""
    made = faults.order(lab, "network.partition", ["directors"])
    assert made.arguments["from"] == "web1,web2,nfs,client"
    assert faults.order(lab, "network.drop", ["web1"], {"to": "client,master"}).arguments["to"] == "client,director1"


def test_storage_is_meant_where_only_storage_can_be(lab: Lab) -> None:
    """A fault of a disk needs no target, and means the first disk."""
    made = faults.order(lab, "disk.fail")
    assert (made.targets, made.arguments) == (("nfs",), {"disk": "nfs-1"})


@pytest.mark.parametrize(
    ("name", "on", "arguments", "said"),
    [
        ("node.poweroff", ["web1"], {}, "there is no fault 'node.poweroff'"),
        ("node.pause", [], {}, "node.pause needs a target: nodes"),
        ("node.pause", ["web3"], {}, "'web3' is neither a node nor one of the words"),
        ("node.pause", ["client"], {}, "'client' is neither a node"),
        ("host.load", ["web1"], {}, "host.load takes no target"),
        ("web.slow", ["nfs"], {}, "web.slow takes web nodes; nfs has role nfs"),
        ("web.error", ["director1"], {}, "takes web nodes or directors that serve; director1 has role director"),
        ("disk.fail", ["web1"], {}, "takes nfs node (storage unless told); web1 has role web"),
        ("disk.fail", [], {"disk": "nfs-7"}, "allowed: the serial of a disk: nfs-1, nfs-2, nfs-3, nfs-4"),
        ("disk.fail", [], {"disc": "nfs-1"}, "disk.fail has no parameter 'disc'; its parameters are disk"),
        ("node.pause", ["web1"], {"delay": "1"}, "it has no parameters"),
        ("network.loss", ["web1"], {"percent": "101"}, "found '101', allowed: a percentage above 0 and up to 100"),
        ("network.loss", ["web1"], {"network": "wan"}, "allowed: a network of the lab: lan"),
        ("network.delay", ["web1"], {"delay": "soon"}, "allowed: a number from 0.001 to 10"),
        ("network.rate", ["web1"], {"rate": "10"}, "allowed: a rate such as 512kbit or 10mbit"),
        ("network.block", ["web1"], {"protocol": "smtp"}, "allowed: one of all, vrrp, sync, health-checks, arp"),
        ("network.partition", ["web1"], {"from": "web1,web2"}, "web1 on both sides"),
        ("network.drop", ["web1"], {"to": "web3"}, "'web3' is neither a node"),
        ("process.stop", ["web1"], {"process": "nfsd"}, "web1 has role web, nfsd runs on nodes of role nfs"),
        ("process.freeze", ["nfs"], {}, "nfsd on nfs is made of threads of the kernel"),
        ("service.weight", ["nfs"], {}, "nfs is no real server"),
        ("service.weight", ["web1"], {"weight": "-1"}, "allowed: a whole number from 0 to 65535"),
        ("disk.slow", [], {"rate": "5"}, "allowed: a size such as 512MiB or 2GiB"),
        ("web.error", ["web1"], {"status": "200"}, "allowed: a whole number from 400 to 599"),
    ],
)
def test_what_does_not_fit_is_told(lab: Lab, name: str, on: list[str], arguments: dict[str, str], said: str) -> None:
    """A UsageError says what was found and what is allowed."""
    with pytest.raises(UsageError, match=re.escape(said)):
        faults.order(lab, name, on, arguments)


@pytest.mark.parametrize(
    ("name", "on", "arguments", "guess"),
    [
        ("node.poweroff", ["web1"], {}, "'node.power-off'"),
        ("node.pause", ["mastr"], {}, "'master'"),
        ("network.delay", ["web1"], {"dealy": "1"}, "'delay'"),
    ],
)
def test_a_slip_of_the_pen_is_guessed(
    lab: Lab, name: str, on: list[str], arguments: dict[str, str], guess: str
) -> None:
    """The hint of the error names the word that was probably meant."""
    with pytest.raises(UsageError) as caught:
        faults.order(lab, name, on, arguments)
    assert caught.value.hint == f"did you mean {guess}?"


def test_a_lab_without_storage_has_no_storage_to_break(lab: Lab) -> None:
    """A word for what a lab lacks is no empty target."""
    bare = lab.model_copy(update={"storage": None, "vrrp_instances": ()})
    with pytest.raises(UsageError, match="lvs-dr has no storage"):
        faults.order(bare, "disk.full")
    with pytest.raises(UsageError, match="lvs-dr has no master"):
        faults.order(bare, "node.pause", ["master"])


@pytest.mark.parametrize("name", ["process.stop", "process.kill", "service.restart", "service.reload"])
@pytest.mark.parametrize("node", ["director1", "director2", "nfs"])
def test_a_node_that_runs_no_such_daemon_is_told(node: str, name: str) -> None:
    """A director whose rules are ipvsadm's has no keepalived, and an idle machine has nothing at all."""
    with pytest.raises(UsageError, match=f"{node} has "):
        faults.order(load_lab(LABS / "lvs-dr-ipvsadm.yml"), name, [node])


def test_without_vrrp_the_master_is_whoever_has_the_vip() -> None:
    """And it has no backup."""
    lab = load_lab(LABS / "lvs-dr-ipvsadm.yml")
    assert faults.order(lab, "node.power-off", ["master"]).targets == ("director1",)
    with pytest.raises(UsageError, match="lvs-dr-ipvsadm has no backup"):
        faults.order(lab, "node.power-off", ["backup"])


@pytest.mark.parametrize("name", ["network.block", "network.partition", "network.drop"])
@pytest.mark.parametrize(
    ("lab_name", "protocol"),
    [("lvs-dr-ipvsadm", "vrrp"), ("lvs-dr-ipvsadm", "health-checks"), ("vrrp-nginx", "health-checks")],
)
def test_packets_that_nobody_sends_are_not_lost(lab_name: str, protocol: str, name: str) -> None:
    """A fault that can change nothing shows nothing."""
    with pytest.raises(UsageError, match=f"{lab_name} has no {protocol} to block"):
        faults.order(load_lab(LABS / f"{lab_name}.yml"), name, ["director1"], {"protocol": protocol})


@pytest.mark.parametrize("kind", EVERY.values(), ids=EVERY)
def test_every_kind_can_be_read_about(kind: Kind) -> None:
    """Each says what it does in one sentence, and what each of its parameters means."""
    assert re.fullmatch(r"[a-z]+\.[a-z]+(-[a-z]+)*", kind.name)
    assert kind.does.endswith(".") and len(kind.does) < 120
    assert all(each.meaning and each.form for each in kind.parameters)


def test_an_order_can_be_told_and_be_a_key(lab: Lab) -> None:
    """It reads like a sentence, leaves out what is empty, and orders that are equal are one key."""
    first, second = (faults.order(lab, "network.loss", ["web1"], {"percent": "2.5%"}) for _ in range(2))
    assert str(first) == "network.loss on web1 (percent=2.5)"
    assert len({first, second}) == 1
