"""A lab with a real server from a box of the user's own: raised, never logged in to, nothing expected of it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lvslab import faults
from lvslab.cli import render
from lvslab.drill.recovery import mismatches as recovered
from lvslab.drill.recovery import watched
from lvslab.errors import UsageError
from lvslab.history import DirectorSample
from lvslab.history.events import Row
from lvslab.host import keys
from lvslab.host.isolation import Keeper
from lvslab.host.paths import InstancePaths
from lvslab.host.state import Phase, State
from lvslab.lifecycle import instance, own_servers, status, up, verify
from lvslab.lifecycle.served import request_mismatches, unanswered
from lvslab.lifecycle.status import Answers, Status
from lvslab.measure.clock import Clock
from lvslab.measure.samplers import Samplers
from lvslab.model import Lab, Scheduler, System, parse_lab
from lvslab.nodes.fake import FakeRemote
from lvslab.nodes.remote import Result
from lvslab.report.graph.gather import view_of
from tests.unit.recorded import LABS, NODES, altered, status_of

STATE = State("mixed", "lvs-dr", Phase.READY, Keeper(1, 1), "tcg", "sha256", "digest")
PLAIN = "web2: {role: web, addresses: {lan: 192.168.18.33}}"
FIRST = "web1: {role: web, addresses: {lan: 192.168.18.32}}"
OWN = "web2: {role: web, addresses: {lan: 192.168.18.33}, box: freebsd.box, system: freebsd}"
ROW = "  -> 192.168.18.33:80             Route   1      0          0         \n"
MISSING = [
    f"web2: not in {director}'s table of 192.168.18.41:80, for it does not answer the check"
    for director in ("director1", "director2")
]
MANAGED = ["director1", "director2", "web1", "nfs"]


@pytest.fixture
def mixed() -> Lab:
    """Return the default lab, its second real server from a box of FreeBSD."""
    text = (LABS / "lvs-dr.yml").read_text()
    assert PLAIN in text
    return parse_lab(text.replace(PLAIN, OWN))


def of_linux(lab: Lab) -> Lab:
    """Return the lab with another Linux in web2's box."""
    node = lab.nodes["web2"].model_copy(update={"system": System.LINUX})
    return lab.model_copy(update={"nodes": {**lab.nodes, "web2": node}})


def seen(lab: Lab, without_row: bool = False) -> Status:
    """Return the status of that lab: web2 was not asked, and a director has it in its table or not."""
    said: Answers = {name: status_of("lvs-dr", name) for name in NODES if name != "web2"}
    if without_row:
        said = {
            name: altered(readings, "ipvs", ROW, "") if name.startswith("director") else readings  # type: ignore[arg-type]
            for name, readings in said.items()
        }
    return status.assemble(lab, STATE, dict.fromkeys(NODES, "running"), said)


@pytest.fixture
def paths(mixed: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InstancePaths:
    """Return the folder of an instance of that lab, with its keys."""
    monkeypatch.setenv("LVSLAB_STATE", str(tmp_path))
    made = InstancePaths("mixed")
    made.root.mkdir()
    keys.make(made, mixed)
    return made


def test_it_is_logged_in_to_by_nobody(mixed: Lab, paths: InstancePaths) -> None:
    """Connections are made to the other nodes alone, and all that looks at nodes goes by the same list."""
    assert [node.name for node in mixed.managed] == MANAGED
    assert [node.name for node in mixed.unmanaged] == ["web2"]
    with instance.connections(paths, mixed) as remotes:
        assert [*remotes] == MANAGED
    assert [*Samplers(mixed, FakeNode, Clock(), 1.0, lambda event: None).nodes] == MANAGED
    assert [*watched(mixed)] == MANAGED


class FakeNode(FakeRemote):
    """A node on which every command succeeds."""

    def __init__(self, name: str) -> None:
        super().__init__(name, lambda _script: Result(0, ""))


def test_who_asks_for_a_connection_is_told_why_there_is_none(mixed: Lab, paths: InstancePaths) -> None:
    """The hint is the login that the box itself provides for."""
    with pytest.raises(UsageError, match=r"web2 has a box of your own \(freebsd.box\)") as caught:
        instance.remote(paths, mixed, "web2")
    assert caught.value.hint == "lvslab vagrant -- ssh web2"


def test_it_has_no_key_of_the_labs(paths: InstancePaths) -> None:
    """Neither a host key nor a line in known_hosts, for its host key is its own."""
    assert not paths.host_key("web2").exists()
    assert "web1" in paths.known_hosts.read_text()
    assert "web2" not in paths.known_hosts.read_text()


@pytest.mark.parametrize("before", ["lvs-dr", "lvs-nat"])
def test_up_has_it_run_whatever_lab_was_there(
    mixed: Lab, paths: InstancePaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    """Somebody may have shut it down meanwhile, and nobody provisions it, which would tell."""
    done: list[str] = []

    def does(what: str) -> Callable[..., object]:
        return lambda *arguments, **_: done.append(what)

    file = tmp_path / "mixed.yml"
    file.write_text((LABS / "lvs-dr.yml").read_text().replace(PLAIN, OWN))
    there = replace(STATE, phase=Phase.PROVISIONED, lab=before)
    monkeypatch.setattr(up.machines, "resume_paused", does("resume"))
    monkeypatch.setattr(up.faults, "refuse_if_active", does("no fault is active"))
    bare = frozenset({"web1"})
    monkeypatch.setattr(up, "_switch", lambda *_: (done.append("switch") or there, bare))
    monkeypatch.setattr(up, "_furnish", does("networks"))
    monkeypatch.setattr(up.snapshots, "stand_up", lambda node: done.append(f"have {node.name} run"))
    monkeypatch.setattr(up, "_finish", lambda *_, bare: done.append(f"finish, {len(bare)} bare"))
    up.become(paths, file, there, up.Wishes(), None)  # type: ignore[arg-type]
    second = "no fault is active" if before == "lvs-dr" else "switch"
    finish = f"finish, {0 if before == 'lvs-dr' else 1} bare"
    assert done == ["resume", second, "networks", "have web2 run", finish]


def test_another_box_is_another_machine(lab: Lab, mixed: Lab) -> None:
    """A lab does not become one with another box while its machines run; what the box holds changes nothing."""
    assert instance.machines_digest(mixed) != instance.machines_digest(lab)
    assert instance.machines_digest(of_linux(mixed)) == instance.machines_digest(mixed)


@pytest.mark.parametrize("without_row", [False, True])
def test_nothing_is_wrong_whether_the_tables_have_it_or_not(mixed: Lab, without_row: bool) -> None:
    """Its row is the user's affair; that of web1 is expected as ever."""
    status = seen(mixed, without_row)
    assert verify.mismatches(mixed, status) == []
    assert own_servers.not_in_tables(mixed, status) == (MISSING if without_row else [])


def test_the_rows_of_the_others_are_expected_as_ever(mixed: Lab) -> None:
    """A director that has lost web1 is told of, and only of web1."""
    said: Answers = {name: status_of("lvs-dr", name) for name in NODES if name != "web2"}
    spoilt = altered(said["director1"], "ipvs", "192.168.18.32:80 ", "192.168.18.99:80 ")  # type: ignore[arg-type]
    found = status.assemble(mixed, STATE, dict.fromkeys(NODES, "running"), {**said, "director1": spoilt})
    [line] = verify.mismatches(mixed, found)
    assert line.endswith("has real servers 192.168.18.99:80 (DR 1), expected 192.168.18.32:80 (DR 1)")


def test_a_machine_that_does_not_run_is_still_wrong(mixed: Lab) -> None:
    """lvslab has raised it, so it answers for that much."""
    there = seen(mixed)
    nodes = tuple(replace(node, state="shut off") if node.name == "web2" else node for node in there.nodes)
    assert verify.mismatches(mixed, replace(there, nodes=nodes)) == [
        "web2: the machine is shut off, expected running"
    ]


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        (["web1", "web1", "web1", "web1"], []),
        (["web1", TimeoutError(), "web1", TimeoutError()], []),
        (["web1", "", "web1", (404, "")], []),
        (["web1", "web2", "web1", (503, "web2")], []),
        (
            [TimeoutError()] * 4,
            ["192.168.18.41:80: 4 requests went to nobody, expected equal shares of web1"],
        ),
        (["", (503, "web1")], ["192.168.18.41:80: web1 answers 503, expected 200"]),
    ],
)
def test_requests_are_expected_of_the_other_servers_alone(
    mixed: Lab, served: list[object], replies: list[object], expected: list[str]
) -> None:
    """Two for each server: what nobody answers, or somebody without a name, is put down to the user's own."""
    served[:] = replies
    assert request_mismatches(mixed) == expected
    assert served == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"scheduler": Scheduler.WLC}, ["192.168.18.41:80: 4 requests went to nobody, expected an answer of web1"]),
        ({"scheduler": Scheduler.SH}, []),
        ({"persistence_timeout": 50}, []),
    ],
)
def test_where_nobody_answers_it_is_wrong_unless_one_client_has_one_server(
    mixed: Lab, served: list[object], change: dict[str, object], expected: list[str]
) -> None:
    """The one server may be the user's own."""
    [service] = mixed.virtual_services
    lab = mixed.model_copy(update={"virtual_services": (service.model_copy(update=change),)})
    served[:] = [TimeoutError()] * 4
    assert request_mismatches(lab) == expected


def test_what_the_client_is_not_answered_is_told(mixed: Lab, lab: Lab, served: list[object]) -> None:
    """One request for each server; a lab without boxes of the user's own is not asked at all."""
    served[:] = ["web1", TimeoutError()]
    assert unanswered(mixed) == ["192.168.18.41:80: 1 of 2 requests of the client were not answered"]
    served[:] = ["web1", "web2"]
    assert unanswered(mixed) == []
    assert unanswered(lab) == []


def test_a_lab_has_recovered_whether_the_table_has_it_or_not(mixed: Lab) -> None:
    """After a drill, too, only the other real servers count."""

    def look(*servers: str) -> DirectorSample:
        rows = tuple(Row("http", server, 1, 0, 0, 0) for server in servers)
        return DirectorSample(0, "director1", 0, rows=rows, keepalived=True, holds=("192.168.18.41",))

    def wrong(*servers: str) -> list[str]:
        return [line for line in recovered(mixed, {"director1": look(*servers)}) if line.startswith("director1")]

    assert wrong("web1") == wrong("web1", "web2") == []
    assert wrong("web2") == ["director1: http has real servers none, expected web1 (weight 1)"]


@pytest.mark.parametrize("kind", ["process.stop", "web.slow", "network.delay", "clock.step", "service.reload"])
def test_no_fault_works_inside_it(mixed: Lab, kind: str) -> None:
    """The refusal says why, and what would hit it from outside."""
    with pytest.raises(UsageError, match="web2 has a box of your own: lvslab does not log in to it"):
        faults.order(mixed, kind, ["web2"])


@pytest.mark.parametrize("kind", ["node.power-off", "node.pause", "network.partition", "network.block"])
def test_faults_from_outside_can_befall_it(mixed: Lab, kind: str) -> None:
    """The hypervisor and the bridge need no login."""
    arguments = {"protocol": "vrrp"} if kind == "network.block" else {}
    assert faults.order(mixed, kind, ["web2"], arguments).targets == ("web2",)


def test_the_words_for_nodes_mean_those_that_can_be_broken(mixed: Lab) -> None:
    """A drill for any lab hits a real server inside which its faults work."""
    text = (LABS / "lvs-dr.yml").read_text()
    assert FIRST in text
    first = parse_lab(text.replace(FIRST, f"{FIRST[:-1]}, box: debian.box}}"))
    assert faults.order(first, "node.pause", ["real-server"]).targets == ("web2",)
    assert faults.order(mixed, "node.pause", ["web-servers"]).targets == ("web1",)
    assert faults.order(mixed, "node.pause", ["real-servers"]).targets == ("web1", "web2")


def test_status_and_picture_say_whose_it_is(mixed: Lab) -> None:
    """It runs, and it is green: that it cannot be read is no fault of its."""
    status = seen(mixed)
    [node] = [each for each in status.nodes if each.name == "web2"]
    assert (node.reason, node.box) == (None, "freebsd.box")
    assert "web2" not in status.web
    [card] = [each for each in view_of(mixed).cards if each.name == "web2"]
    assert "freebsd, a box of your own" in card.lines


def test_up_says_what_is_left_to_do_and_what_to_type(mixed: Lab) -> None:
    """The files, the login, the console, and how to see that it serves; a Linux has no files to be rendered."""
    told = render.left_to_you(mixed, "mixed.yml", "here", MISSING)
    assert "web2 runs freebsd from a box of your own: raised, and left to you" in told
    assert "lvslab was never tried with freebsd" in told
    assert "lvslab render freebsd mixed.yml web2 " in told
    assert "lvslab vagrant --name here -- ssh web2 " in told
    assert told.endswith("\n".join(MISSING))
    of_another_linux = render.left_to_you(of_linux(mixed), "mixed.yml", "here", [])
    assert "lvslab render" not in of_another_linux
    assert "never tried" not in of_another_linux
