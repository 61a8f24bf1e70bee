"""What is known of a machine that no lab has been put on, and when it is enough."""

from dataclasses import replace

import pytest

from lvslab.model import Lab, load_lab
from lvslab.nodes.fake import FakeRemote
from lvslab.nodes.remote import Result
from provision import bare
from provision.bare import STILL, Known
from provision.provisioner import configure, gather, plan, wants
from tests.unit.recorded import FIXTURES, LABS, facts_of


def said(name: str) -> FakeRemote:
    """Return a bare node that answers what one of its role said."""
    text = (FIXTURES / "readings" / "bare" / f"{name}.facts.txt").read_text()
    return FakeRemote(name, lambda script: Result(0, text))


@pytest.fixture
def known(lab: Lab) -> Known:
    """Return what is known of web1 after the lab has asked."""
    return bare.look([lab], said("web1"))


def test_one_look_is_enough_for_all_labs_of_the_same_machines(lab: Lab) -> None:
    """It asks for what any of them wants to know, in one round trip."""
    other, remote = load_lab(LABS / "lvs-nat.yml"), said("web1")
    asked = bare.look([lab, other], remote)
    assert len(remote.scripts) == 1
    for each in (lab, other):
        assert asked.of(wants(each, each.node("web1")))


def test_what_is_known_is_not_read_again(lab: Lab, known: Known) -> None:
    """Only what changes is, and the plan is the same."""
    node, remote = lab.node("web1"), said("web1")
    facts = gather(lab, node, remote, known=known.of(wants(lab, node)))
    [script] = remote.scripts
    assert "ip -j address" in script
    assert not [word for word in ("tar ", "dpkg-query", "systemctl", "findmnt") if word in script]
    assert plan(lab, node, facts) == plan(lab, node, gather(lab, node, said("web1")))


def test_a_lab_that_wants_to_know_more_reads_all_of_it(lab: Lab, known: Known) -> None:
    """What nobody looked at may be there, as a file of another network."""
    wanted = wants(lab, lab.node("web1"))
    assert known.of(wanted)
    for more in (
        replace(wanted, files=(*wanted.files, "/etc/systemd/network/05-front.network")),
        replace(wanted, units=(*wanted.units, "nginx.service")),
        replace(wanted, packages=(*wanted.packages, "nginx")),
    ):
        assert known.of(more) == {}


def test_what_another_version_read_by_other_commands_tells_nothing(lab: Lab, known: Known) -> None:
    """Its output may be of another form."""
    (name, _, *rest), *others = known.readings
    older = replace(known, readings=((name, "mount -l", *rest), *others))
    wanted = wants(lab, lab.node("web1"))
    assert known.of(wanted) and older.of(wanted) == {} and Known().of(wanted) == {}


def test_it_outlives_the_command_that_looked(known: Known) -> None:
    """Written down and read again it is the same; what is none of it is refused."""
    assert Known.from_json(known.to_json()) == known
    for text in ("", "[]", "{}", '{"files": [], "units": [], "packages": [], "readings": [["mounts"]]}'):
        with pytest.raises((ValueError, TypeError, KeyError)):
            Known.from_json(text)


def test_only_what_is_bare_is_known(lab: Lab) -> None:
    """Where a step has changed the facts, all of them are read."""
    text = (FIXTURES / "readings" / "array-stopped" / "nfs.facts.txt").read_text()
    remote = FakeRemote("nfs", lambda script: Result(0, text))
    still = {name: each for name, each in facts_of("array-stopped", "nfs").items() if name in STILL}
    configure(lab, {"nfs": remote}, lambda name, what: None, known=lambda name: still)
    first, second = [script for script in remote.scripts if "flock" not in script][:2]
    assert "dpkg-query" not in first and "dpkg-query" in second
