"""All nodes at once, each from its facts to its steps; and what is told when one of them fails."""

import threading
from collections.abc import Callable

import pytest

from lvslab.errors import NodeError
from lvslab.model import Lab
from lvslab.nodes.fake import FakeRemote
from lvslab.nodes.remote import Result
from provision import provisioner
from provision.provisioner import configure, provision, writing_back
from provision.step import Run, Write
from tests.unit.recorded import FIXTURES, NODES

MARK = "@@lvslab"
Answer = Callable[[str], Result]


def is_reading(script: str) -> bool:
    """Whether a script asks for facts; the others carry out steps."""
    return "flock" not in script


def facts(state: str, node: str) -> Result:
    """Return what a node said when its facts were read."""
    return Result(0, (FIXTURES / "readings" / state / f"{node}.facts.txt").read_text())


def node(state: str, name: str, applied: Result | None = None) -> FakeRemote:
    """Return a node in a recorded state, which answers ``applied`` to what is to be done."""

    def answer(script: str) -> Result:
        return facts(state, name) if is_reading(script) else applied or Result(0, begun(script))

    return FakeRemote(name, answer)


def begun(script: str) -> str:
    """Return what a script prints whose steps all succeed."""
    return "".join(f"{line[6:-1]}\n" for line in script.split("\n") if line.startswith(f'echo "{MARK} begin '))


def refuse(name: str, text: str) -> FakeRemote:
    """Return a node that cannot be reached."""

    def answer(script: str) -> Result:
        raise NodeError(f"{name}: {text}", "lvslab status")

    return FakeRemote(name, answer)


class Told:
    """Progress that is remembered."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def __call__(self, name: str, text: str) -> None:
        """Remember a line."""
        self.lines.append((name, text))

    def of(self, name: str) -> list[str]:
        """Return what was told of one node."""
        return [text for each, text in self.lines if each == name]


def test_a_provisioned_lab_is_read_and_left_alone(lab: Lab) -> None:
    """Each node is asked once; nothing is carried out; outcomes come in the lab's order."""
    remotes = {name: node("lvs-dr", name) for name in reversed(NODES)}
    told = Told()
    outcomes = provision(lab, remotes, told)
    assert [(each.node, each.steps) for each in outcomes] == [(name, ()) for name in NODES]
    assert {name: len(remote.scripts) for name, remote in remotes.items()} == dict.fromkeys(NODES, 1)
    assert told.of("web1") == ["reading facts", "0 done"]


def test_a_bare_node_is_told_step_by_step(lab: Lab) -> None:
    """Each step is told as it begins; the whole plan goes out as one script."""
    remote = node("bare", "director1")
    told = Told()
    (outcome,) = provision(lab, {"director1": remote}, told)
    whats = [step.what for step in outcome.steps]
    assert told.of("director1") == ["reading facts", *whats, f"{len(whats)} done"]
    assert [is_reading(script) for script in remote.scripts[:2]] == [True, False]


def test_a_dry_run_changes_nothing(lab: Lab) -> None:
    """Facts are read, steps are returned, and no node is given anything to do."""
    remotes = {name: node("bare", name) for name in ("director1", "web1", "nfs")}
    told = Told()
    outcomes = provision(lab, remotes, told, dry_run=True)
    assert all(each.steps for each in outcomes)
    assert all(len(remote.scripts) == 1 and is_reading(remote.scripts[0]) for remote in remotes.values())
    assert told.of("web1") == ["reading facts", f"{len(outcomes[1].steps)} to do"]


def test_all_nodes_are_worked_on_at_once(lab: Lab) -> None:
    """A node that waits for another does not keep that one from being worked on."""
    together = threading.Barrier(len(NODES), timeout=10)
    configure(lab, {name: node("lvs-dr", name) for name in NODES}, Told(), ready=lambda name: [together.wait()][1:])


def test_a_node_is_asked_for_nothing_before_it_is_ready(lab: Lab) -> None:
    """Booting is waited for in the node's own thread."""
    remote = node("lvs-dr", "web1")
    seen: list[int] = []
    configure(lab, {"web1": remote}, Told(), ready=lambda name: seen.append(len(remote.scripts)))
    assert (seen, len(remote.scripts)) == ([0], 1)


def test_what_is_done_is_on_the_disk_when_it_is_told(lab: Lab) -> None:
    """A node that loses its power a second later comes back with what it was given, and not with empty files."""
    remote = node("bare", "director1")
    provision(lab, {"director1": remote}, Told())
    assert remote.scripts[2:] == ["sync"]


def test_a_disk_is_written_beside_other_work(lab: Lab) -> None:
    """The block and the nodes' disks are worked on at once, and the block is not left before both are done."""
    began, released = threading.Event(), threading.Event()
    remotes = {name: node("bare", name) for name in ("director1", "web1")}
    outcomes = configure(lab, remotes, Told())

    def sync(script: str) -> Result:
        began.set()
        assert script == "sync" and released.wait(10)
        return Result(0, "")

    slow = {name: FakeRemote(name, sync) for name in remotes}
    with writing_back(slow, outcomes):
        assert began.wait(10)
        released.set()
    assert all(remote.scripts == ["sync"] for remote in slow.values())


def test_a_disk_that_cannot_be_written_is_told(lab: Lab) -> None:
    """What is not on the disk is not done."""
    outcomes = configure(lab, {"web1": node("bare", "web1")}, Told())
    with (
        pytest.raises(NodeError, match="web1: sync ended with exit status 1"),
        writing_back({"web1": FakeRemote("web1", lambda script: Result(1, ""))}, outcomes),
    ):
        pass


def test_a_step_that_fails_is_told_with_all_that_helps(lab: Lab) -> None:
    """Node, step, command, exit status and its last lines are in one error."""
    director1 = lab.node("director1")
    plan = provisioner.plan(lab, director1, provisioner.gather(lab, director1, node("bare", "director1")))
    number = next(count for count, step in enumerate(plan) if step.what == "load ip_vs")
    said = f"{MARK} begin {number}\n{MARK} fail {number} 1\nmodprobe: FATAL: Module ip_vs not found\n"
    with pytest.raises(NodeError) as caught:
        provision(lab, {"director1": node("bare", "director1", Result(1, said))}, Told())
    error = caught.value
    assert error.message == f"director1: step {number + 1} of {len(plan)} (load ip_vs) ended with exit status 1"
    assert error.details == ["$ modprobe ip_vs", "modprobe: FATAL: Module ip_vs not found"]
    assert (error.hint, error.exit_code) == ("lvslab ssh director1", 4)


def test_a_file_that_is_refused_is_told_by_its_name_and_the_checker_s_words() -> None:
    """A whole diff would bury what the checker said."""
    steps = [Write("/etc/keepalived/keepalived.conf", "x\n" * 100)]
    remote = FakeRemote("director1", lambda script: Result(1, f"{MARK} fail 0 3\n(line 1) Unknown keyword 'x'\n"))
    with pytest.raises(NodeError, match=r"step 1 of 1 \(write /etc/keepalived/keepalived.conf\)") as caught:
        provisioner.apply(remote, steps, Told())
    assert caught.value.details[-1] == "(line 1) Unknown keyword 'x'"
    assert len(caught.value.details) == 4


def test_only_the_last_ten_lines_are_told() -> None:
    """An error fits on a screen."""
    said = f"{MARK} fail 0 2\n" + "".join(f"line {number}\n" for number in range(30))
    remote = FakeRemote("web1", lambda script: Result(1, said))
    with pytest.raises(NodeError) as caught:
        provisioner.apply(remote, [Run("do it", ("do-it",))], Told())
    assert caught.value.details == ["$ do-it", *(f"line {number}" for number in range(20, 30))]


def test_a_script_that_ends_without_a_word_is_told_by_what_it_said() -> None:
    """Where not even the first step began, the shell's own words are all there is."""
    remote = FakeRemote("web1", lambda script: Result(127, "", "sh: 2: flock: not found\n"))
    with pytest.raises(NodeError, match="web1: provisioning ended with exit status 127") as caught:
        provisioner.apply(remote, [Run("do it", ("do-it",))], Told())
    assert caught.value.details == ["sh: 2: flock: not found"]


def test_nothing_to_do_reaches_no_node() -> None:
    """No steps, no script."""
    remote = refuse("web1", "must not be asked")
    provisioner.apply(remote, [], Told())
    assert remote.scripts == []


def test_one_node_that_fails_is_told_as_it_is(lab: Lab) -> None:
    """The others' work does not hide it."""
    remotes = {name: node("lvs-dr", name) for name in NODES} | {"web2": refuse("web2", "no ssh connection")}
    with pytest.raises(NodeError, match=r"^web2: no ssh connection$"):
        provision(lab, remotes, Told())


def test_a_mistake_of_our_own_is_not_hidden(lab: Lab) -> None:
    """What is no LabError is a bug, and comes out as it is."""

    def answer(script: str) -> Result:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        provision(lab, {"web1": FakeRemote("web1", answer)}, Told())


def test_others_are_let_go_when_one_fails(lab: Lab) -> None:
    """A web server that waits for the storage node's export must not keep us until its time is up."""
    let_go = threading.Event()

    class Waiting(FakeRemote):
        """A node that waits until its connection is closed."""

        def close(self) -> None:
            """End the wait."""
            let_go.set()

    def wait(script: str) -> Result:
        assert let_go.wait(10)
        raise NodeError("web1: the connection was lost")

    with pytest.raises(NodeError, match="nfs: no disk"):
        provision(lab, {"web1": Waiting("web1", wait), "nfs": refuse("nfs", "no disk")}, Told())
    assert let_go.is_set()


def test_a_node_that_is_done_is_told_at_once(lab: Lab) -> None:
    """Whoever waits for one node need not wait for all; one that fails is never done."""
    done: list[str] = []
    remotes = {"nfs": node("lvs-dr", "nfs"), "web1": refuse("web1", "no ssh connection")}
    with pytest.raises(NodeError, match="web1: no ssh connection"):
        configure(lab, {"web1": remotes["web1"]}, Told(), finished=done.append)
    configure(lab, {"nfs": remotes["nfs"]}, Told(), finished=done.append)
    assert done == ["nfs"]


def test_a_foundation_is_told_when_nothing_but_it_is_done(lab: Lab) -> None:
    """What takes long can be kept then, for other labs to begin from: nothing of this one is on the machine."""
    remote, seen = node("bare", "nfs"), list[list[str]]()

    def founded(name: str) -> None:
        seen.append([name, *remote.scripts[1:]])

    (outcome,) = configure(lab, {"nfs": remote}, Told(), founded=founded)
    ((name, script),) = seen
    assert (name, len(remote.scripts)) == ("nfs", 3)
    assert "mount /web" in script and "/etc/hostname" not in script and "/etc/exports" not in script
    whats = [step.what for step in outcome.steps]
    assert whats.index("mount /web") < whats.index("write /etc/hosts")


@pytest.mark.parametrize("state", ["lvs-dr", "array-stopped"])
def test_a_foundation_that_was_there_is_not_told(lab: Lab, state: str) -> None:
    """An array that only has to be started holds what somebody has put there."""
    founded: list[str] = []
    configure(lab, {"nfs": node(state, "nfs")}, Told(), founded=founded.append)
    assert founded == []


def test_no_nodes_are_no_work(lab: Lab) -> None:
    """Nothing to work on is no error."""
    assert provision(lab, {}, Told()) == []
