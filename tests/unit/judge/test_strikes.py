"""What a fault of a run was, in a prediction's words."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from lvslab import faults
from lvslab.drill.sequence import CANDIDATES, Candidate
from lvslab.errors import UsageError
from lvslab.history import History
from lvslab.judge.predict import of_strike, setup_of
from lvslab.judge.strike import BACKUP, CLIENT, MASTER, STORAGE, Strike
from lvslab.judge.strikes import strike_of
from lvslab.model import Lab, load_drill, load_lab
from tests.unit.judge.histories import LAB, fault
from tests.unit.recorded import LABS

NAT = load_lab(LABS / "lvs-nat.yml")
ROUTERS = load_lab(LABS / "lvs-dr-routers.yml")


def strike(name: str, *target: str, of: Lab = LAB, **arguments: str) -> Strike:
    """Return a fault as predictions know it; ``other`` is the parameter from or to."""
    if "other" in arguments:
        arguments["from" if name == "network.partition" else "to"] = arguments.pop("other")
    history = History(fault(name, 1000, 2000, target, **arguments))
    return strike_of(history, of, history.faults[0])


@pytest.mark.parametrize(
    ("name", "target", "arguments", "key"),
    [
        ("node.power-off", ("director1",), {}, "node.power-off master"),
        ("node.power-off", ("director1", "director2"), {}, "node.power-off directors"),
        ("node.pause", ("web1", "web2"), {}, "node.pause real-server everywhere"),
        ("node.pause", ("director2", "web1"), {}, "node.pause backup and real-server"),
        ("process.stop", ("director1", "director2"), {"process": "own"}, "process.stop keepalived on directors"),
        ("process.stop", ("director2",), {"process": "keepalived"}, "process.stop keepalived on backup"),
        ("service.restart", ("director1",), {"process": "own"}, "service.restart keepalived"),
        ("service.restart", ("nfs",), {"process": "nfsd"}, "service.restart nfsd"),
        ("service.restart", ("web1",), {"process": "own"}, "service.restart httpd"),
        ("service.reload", ("director1",), {"process": "keepalived"}, "service.reload"),
        ("web.error", ("web1", "web2"), {"status": "500"}, "web.error everywhere"),
        ("network.delay", ("nfs",), {"delay": "0.1"}, "network.delay storage"),
        ("network.partition", ("director1",), {}, "network.partition master"),
        ("network.partition", ("director1",), {"other": "director2"}, "network.partition master from backup"),
        ("network.partition", ("director1",), {"other": "web1,web2"}, "network.partition master from real-servers"),
        ("network.drop", ("web1",), {"other": "client"}, "network.drop real-server to client"),
        ("network.drop", ("director1",), {"protocol": "vrrp"}, "network.drop vrrp master"),
        ("network.block", ("director1", "director2"), {"protocol": "vrrp"}, "network.block vrrp"),
        ("network.block", ("web1",), {"protocol": "health-checks"}, "network.block health-checks real-server"),
        ("network.block", ("director1",), {"protocol": "all"}, "network.block master"),
        ("disk.fail", ("nfs",), {"disk": "nfs-1"}, "disk.fail"),
    ],
)
def test_a_fault_is_called_by_what_it_is_and_whom_it_befalls(
    name: str, target: tuple[str, ...], arguments: dict[str, str], key: str
) -> None:
    """By what the nodes are at that moment, not by their names."""
    assert strike(name, *target, **arguments).key == key


def test_a_partition_cuts_both_ways_and_a_drop_one() -> None:
    """Between the targets and the others."""
    both, one = (strike(name, "director1", other="client").cut for name in ("network.partition", "network.drop"))
    assert both is not None and both.lost == {(MASTER, CLIENT), (CLIENT, MASTER)}
    assert one is not None and one.lost == {(MASTER, CLIENT)}


def test_others_are_all_that_are_no_targets() -> None:
    """Client and storage are among them."""
    cut = strike("network.drop", "director1").cut
    assert cut is not None
    assert cut.lost == {(MASTER, other) for other in (BACKUP, CLIENT, STORAGE, "web1", "web2")}


def test_a_block_cuts_targets_from_each_other_as_well() -> None:
    """It is at their own ports."""
    cut = strike("network.block", "director1", "director2", protocol="vrrp").cut
    assert cut is not None
    assert cut.loses(MASTER, BACKUP, "vrrp")
    assert not cut.loses(MASTER, BACKUP, "sync")


def test_only_neighbours_can_be_parted() -> None:
    """Client and director meet at a router, whose ports no partition names; a block is at the director's own."""
    parted, blocked = (
        strike("network.partition", "director1", of=ROUTERS),
        strike("network.block", "director1", of=ROUTERS),
    )
    assert parted.cut is not None and not parted.cut.loses(CLIENT, MASTER)
    assert blocked.cut is not None and blocked.cut.loses(CLIENT, MASTER)


def test_one_of_several_networks_is_a_cut_in_part() -> None:
    """Instances of a sync group would have to be looked at together."""
    networks = [strike("network.block", "director1", of=NAT, network=name).cut for name in ("", *NAT.networks)]
    assert [cut.in_part for cut in networks if cut] == [False, True, True]


def test_a_loss_of_all_packets_is_a_drop() -> None:
    """Nothing is left to chance."""
    assert strike("network.loss", "director1", percent="99.9").cut is None
    cut = strike("network.loss", "director1", percent="100").cut
    assert cut is not None
    assert cut.loses(MASTER, BACKUP) and not cut.loses(BACKUP, MASTER)


def test_how_many_real_servers_are_hit_is_counted() -> None:
    """Their shares add up."""
    assert strike("node.pause", "web1", "web2").servers == 2
    assert strike("node.pause", "director1").servers == 1


def test_without_vrrp_the_director_that_has_the_vip_is_the_master() -> None:
    """For good."""
    alone = load_lab(LABS / "lvs-dr-ipvsadm.yml")
    assert strike("node.pause", "director1", of=alone).key == "node.pause master"


def foretold(lab: Lab, name: str, on: Sequence[str], arguments: Mapping[str, str]) -> set[str]:
    """Return what predictions call a fault that is ordered, if they say anything of it."""
    made = faults.order(lab, name, on, arguments)
    history = History(fault(name, 1000, 2000, made.targets, **made.arguments))
    return {each.fault for each in of_strike(setup_of(lab), strike_of(history, lab, history.faults[0]))}


DRILLS = sorted((LABS.parent / "drills").glob("*.yml"))


@pytest.mark.parametrize("path", DRILLS, ids=lambda path: path.stem)
def test_every_drill_has_its_faults_predicted(path: Path) -> None:
    """On the lab that it was written for."""
    drill = load_drill(path)
    lab = load_lab(LABS / f"{drill.lab}.yml")
    for step in drill.timeline:
        assert foretold(lab, step.inject, step.target, step.parameters)


@pytest.mark.parametrize("candidate", CANDIDATES, ids=lambda each: f"{each.inject} {each.target}")
def test_every_fault_that_may_strike_at_random_is_predicted(candidate: Candidate) -> None:
    """A soak has nothing else to judge by."""
    assert foretold(LAB, candidate.inject, (candidate.target,), dict(candidate.parameters))


WHOM = ("master", "backup", "directors", "real-server", "real-servers", "storage")


def can_befall(name: str, whom: str) -> bool:
    """Whether a fault with its default parameters can be ordered on somebody."""
    try:
        faults.order(LAB, name, (whom,))
    except UsageError:
        return False
    return True


@pytest.mark.parametrize(
    ("name", "whom"), [(name, whom) for name in faults.kinds() for whom in WHOM if can_befall(name, whom)]
)
def test_every_fault_that_can_be_ordered_is_predicted(name: str, whom: str) -> None:
    """With its default parameters, on whomever it can befall."""
    assert foretold(LAB, name, (whom,), {})
