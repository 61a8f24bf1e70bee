"""The status of a lab, assembled from what its nodes really said."""

import json
import time

import pytest

from lvslab.errors import NodeError
from lvslab.faults import Active, Order
from lvslab.host.isolation import Keeper
from lvslab.host.state import Phase, State
from lvslab.lifecycle import status
from lvslab.lifecycle.status import Answers, DirectorStatus, FaultStatus, Status, StorageStatus, VipStatus, WebStatus
from lvslab.model import Lab
from lvslab.nodes.fake import FakeRemote
from lvslab.nodes.probe import Reading
from lvslab.nodes.remote import Result
from tests.unit.recorded import FIXTURES, NODES, altered, reading, status_of

VIP = "192.168.18.41"
RUNNING = dict.fromkeys(NODES, "running")
STATE = State("mine", "lvs-dr", Phase.READY, Keeper(1, 1), "tcg", "sha256", "digest")


def answers() -> dict[str, dict[str, Reading]]:
    """Return what the nodes of a provisioned lab said."""
    return {name: status_of("lvs-dr", name) for name in NODES}


def assembled(lab: Lab, said: Answers, **there: str) -> Status:
    """Return the status of the lab where all machines run but those told otherwise."""
    return status.assemble(lab, STATE, RUNNING | there, said)


def test_a_lab_that_is_as_it_should_be(lab: Lab) -> None:
    """Every part is known, and nothing has a reason to be missing."""
    seen = assembled(lab, answers())
    assert (seen.lab, seen.name, seen.phase, seen.accelerator) == ("lvs-dr", "mine", "ready", "tcg")
    assert [(node.name, node.state, node.reason) for node in seen.nodes] == [
        (name, "running", None) for name in ("director1", "director2", "web1", "web2", "nfs")
    ]
    assert seen.nodes[0].addresses == {"lan": "192.168.18.31"}
    assert seen.vip == VipStatus(VIP, 80, "director1", ("director1",))
    assert seen.vips == (seen.vip,)
    assert {name: each.vrrp for name, each in seen.ipvs.items()} == {
        "director1": {"VI_1": "MASTER"},
        "director2": {"VI_1": "BACKUP"},
    }
    (service,) = seen.ipvs["director1"].services or ()
    assert [(row.address, row.forwarding, row.weight, row.connections) for row in service.real_servers] == [
        ("192.168.18.32:80", "DR", 1, 10),
        ("192.168.18.33:80", "DR", 1, 10),
    ]
    assert seen.web == dict.fromkeys(("web1", "web2"), WebStatus(True, "192.168.18.34:/web", (f"{VIP}/32",)))
    assert seen.storage is not None and seen.storage.array is not None and seen.storage.array.is_clean
    assert (seen.storage.volume, seen.storage.volume_bytes, seen.storage.mounted, seen.storage.export) == (
        "vg0/web",
        2 * 2**30,
        True,
        "/web 192.168.18.0/24",
    )


def test_the_status_is_plain_data(lab: Lab) -> None:
    """It goes into JSON and comes back, with the version of its form."""
    data = json.loads(json.dumps(assembled(lab, answers()).as_json()))
    assert data["schema_version"] == 1
    assert data["vip"] == {
        "address": VIP,
        "port": 80,
        "holder": "director1",
        "holders": ["director1"],
        "reason": None,
    }
    assert data["ipvs"]["director2"]["vrrp"] == {"VI_1": "BACKUP"}


def test_an_active_fault_is_told_with_its_age() -> None:
    """In seconds since it was begun; one without a moment at which it bit was cut short."""
    order = Order("network.loss", ("web1",), {"percent": "10"})
    began = time.monotonic_ns() - 5_000_000_000
    seen = FaultStatus.of(Active(3, order, began, began + 1))
    assert (seen.id, seen.name, seen.targets, seen.arguments) == (3, "network.loss", ("web1",), {"percent": "10"})
    assert seen.in_effect and 5 <= seen.seconds < 60
    assert not FaultStatus.of(Active(4, order, began)).in_effect


def test_a_machine_that_is_off_is_null_with_its_reason(lab: Lab) -> None:
    """What a node alone could tell is not guessed."""
    said = answers()
    del said["nfs"], said["web2"], said["director1"]
    seen = assembled(lab, said, nfs="shut off", web2="paused", director1="shut off")
    states = {node.name: (node.state, node.reason) for node in seen.nodes}
    assert states["nfs"] == ("shut off", "nfs is not running")
    assert states["web1"] == ("running", None)
    assert seen.storage == StorageStatus(None, None, None, None, None, "nfs is not running")
    assert seen.web["web2"] == WebStatus(None, None, None, "web2 is not running")
    assert seen.ipvs["director1"] == DirectorStatus(None, None, "director1 is not running")


def test_a_machine_that_does_not_exist_is_told(lab: Lab) -> None:
    """A lab that was raised half way has fewer machines than its file."""
    seen = status.assemble(lab, STATE, {}, {})
    assert {node.state for node in seen.nodes} == {"not created"}
    assert seen.vip is not None and seen.vip.holder is None


def test_a_node_that_does_not_answer_is_null_with_its_error(lab: Lab) -> None:
    """A machine may run and its system hang."""
    said: Answers = {**answers(), "web1": NodeError("web1: no end to a command after 20 s")}
    seen = assembled(lab, said)
    assert seen.nodes[2].state == "running"
    assert seen.nodes[2].reason == seen.web["web1"].reason == "web1: no end to a command after 20 s"
    assert seen.web["web1"].httpd is None


def test_the_vip_that_nobody_holds(lab: Lab) -> None:
    """The reason says so, and which directors could not be asked."""
    nobody = status_of("director1-keepalived-stopped", "director1")
    said = {**answers(), "director1": nobody}
    assert assembled(lab, said).vip == VipStatus(VIP, 80, None, (), "no director holds it")
    del said["director2"]
    seen = assembled(lab, said, director2="shut off")
    assert seen.vip is not None
    assert seen.vip.reason == "no director holds it; director2 is not running"


def test_the_vip_that_two_directors_hold(lab: Lab) -> None:
    """Two masters hear nothing of each other; neither is the holder."""
    two = status_of("director1-keepalived-stopped", "director2")
    seen = assembled(lab, {**answers(), "director2": two})
    assert seen.vip == VipStatus(VIP, 80, None, ("director1", "director2"), "held by director1 and director2")


def test_the_vip_after_a_failover(lab: Lab) -> None:
    """The backup holds it, and the master's keepalived is told to be down."""
    state = "director1-keepalived-stopped"
    said = {**answers(), **{name: status_of(state, name) for name in ("director1", "director2")}}
    seen = assembled(lab, said)
    assert seen.vip is not None and seen.vip.holder == "director2"
    assert seen.ipvs["director1"] == DirectorStatus((), None, "keepalived does not run")
    assert seen.ipvs["director2"].vrrp == {"VI_1": "MASTER"}


def test_a_vip_on_a_loopback_is_no_holder(lab: Lab) -> None:
    """A director that is a real server too has the VIP there, hidden."""
    hidden = altered(status_of("lvs-dr", "director2"), "addresses", '"127.0.0.1"', f'"{VIP}"')
    seen = assembled(lab, {**answers(), "director2": hidden})
    assert seen.vip is not None and seen.vip.holders == ("director1",)


def test_a_web_server_whose_httpd_is_stopped(lab: Lab) -> None:
    """Its directors have taken it out of their tables; its mount and its VIP are still there."""
    said = {**answers(), **{name: status_of("web1-stopped", name) for name in ("director1", "director2", "web1")}}
    seen = assembled(lab, said)
    assert seen.web["web1"] == WebStatus(False, "192.168.18.34:/web", (f"{VIP}/32",))
    for director in seen.ipvs.values():
        (service,) = director.services or ()
        assert [row.address for row in service.real_servers] == ["192.168.18.33:80"]


def test_a_director_without_ipvs_tells_what_ipvsadm_said(lab: Lab) -> None:
    """The last line of the error is the reason."""
    error = "ipvsadm: warning\nCan't initialize ipvs: Protocol not available\n"
    said = {**answers(), "director1": {**status_of("lvs-dr", "director1"), "ipvs": Reading(2, error)}}
    assert assembled(lab, said).ipvs["director1"] == DirectorStatus(
        None, None, "Can't initialize ipvs: Protocol not available"
    )
    silent = {**answers(), "director1": {**status_of("lvs-dr", "director1"), "ipvs": Reading(2, "\n")}}
    assert assembled(lab, silent).ipvs["director1"].reason == "exit status 2"


@pytest.mark.parametrize(
    ("state", "clean", "spare"), [("lvs-dr", True, 1), ("array-rebuilding", False, 1), ("array-degraded", False, 0)]
)
def test_the_array_in_each_state(lab: Lab, state: str, clean: bool, spare: int) -> None:
    """An array that rebuilds serves on, and is told as it is."""
    seen = assembled(lab, {**answers(), "nfs": status_of(state, "nfs")}).storage
    assert seen is not None and seen.array is not None
    assert (seen.array.is_clean, seen.array.spare, seen.mounted, seen.reason) == (clean, spare, True, None)


def test_storage_that_was_never_made(lab: Lab) -> None:
    """A bare storage node has no array, and mdadm says why."""
    bare = status_of("bare", "nfs")
    assert assembled(lab, {**answers(), "nfs": bare}).storage == StorageStatus(
        None, None, None, False, None, "mdadm: cannot open /dev/md5: No such file or directory"
    )


def test_a_bare_web_server_has_nothing_yet(lab: Lab) -> None:
    """httpd is installed and does not run; nothing is mounted; the loopback has its own addresses only."""
    seen = assembled(lab, {**answers(), "web1": status_of("bare", "web1")})
    assert seen.web["web1"] == WebStatus(False, None, ())


def test_a_lab_without_storage_has_none(lab: Lab) -> None:
    """No array to tell of is no missing array."""
    alone = lab.model_copy(update={"storage": None})
    assert assembled(alone, answers()).storage is None


@pytest.mark.parametrize("node", NODES)
def test_all_that_is_asked_is_what_was_recorded(lab: Lab, node: str) -> None:
    """What a status is made from is asked for in one round trip, of each node what it can tell."""
    assert [probe.name for probe in status.probes(lab, lab.node(node))] == list(status_of("lvs-dr", node))


def test_a_node_that_fails_to_answer_does_not_keep_the_others(lab: Lab) -> None:
    """All are asked at once; an error is an answer."""

    def recorded(name: str) -> FakeRemote:
        said = (FIXTURES / "readings" / "lvs-dr" / f"{name}.status.txt").read_text()
        return FakeRemote(name, lambda script: Result(0, said))

    def gone(script: str) -> Result:
        raise NodeError("nfs: no ssh connection")

    found = status.gather(lab, {"web1": recorded("web1"), "nfs": FakeRemote("nfs", gone)})
    assert found["web1"] == status_of("lvs-dr", "web1")
    assert isinstance(found["nfs"], NodeError)


def test_of_two_mounts_on_one_folder_the_upper_one_counts(lab: Lab) -> None:
    """What is mounted last is what is seen."""
    listed = json.loads(reading("findmnt/web1.json").output)
    (root,) = (row for row in listed["filesystems"] if row["target"] == "/var/www/html")
    listed["filesystems"].append({**root, "source": "tmpfs", "fstype": "tmpfs"})
    covered = {**status_of("lvs-dr", "web1"), "mounts": Reading(0, json.dumps(listed))}
    assert assembled(lab, {**answers(), "web1": covered}).web["web1"].document_root == "tmpfs"
