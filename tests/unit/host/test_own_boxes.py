"""Boxes of the user's own: which files they are, what Vagrant is told of them, and what snapshots leave alone."""

import json
from pathlib import Path

import pytest

from lvslab.errors import BoxError, UsageError
from lvslab.host import keys, machines, makeup, own_boxes, routers, snapshots, wiring
from lvslab.host.paths import InstancePaths
from lvslab.model import Lab, parse_lab
from tests.unit.recorded import LABS

PLAIN = "web2: {role: web, addresses: {lan: 192.168.18.33}}"


@pytest.fixture
def mixed() -> Lab:
    """Return the default lab, its second real server from a box of the user's own."""
    text = (LABS / "lvs-dr.yml").read_text()
    assert PLAIN in text
    return parse_lab(text.replace(PLAIN, f"{PLAIN[:-1]}, box: boxes/own.box}}"))


@pytest.fixture
def virsh(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what libvirt is told; web2 is off, the others run, and nobody waits for a guest agent."""
    told: list[str] = []

    def tell(*words: str, **_more: object) -> str:
        told.append(" ".join(words))
        if words[0] == "snapshot-list":
            return "lvs-dr.verified bare"
        if words[0] == "qemu-monitor-command":
            return ""
        return "shut off" if words == ("domstate", "web2") and "start web2" not in told else "running"

    for module in (snapshots, machines, wiring):
        monkeypatch.setattr(module, "virsh", tell)
    monkeypatch.setattr(snapshots, "virsh_in_turn", lambda *commands: [tell(*words) for words in commands])
    # web1 is as it was in every snapshot, the others had a cable out
    monkeypatch.setattr(makeup, "unchanged", lambda snapshots: ["web1"])
    monkeypatch.setattr(routers, "forget_neighbours", lambda lab: None)
    return told


def test_a_box_is_looked_for_beside_the_lab_file(mixed: Lab, tmp_path: Path) -> None:
    """A path begins at the lab file's folder; where there is no such file, that is said before anything is made."""
    with pytest.raises(UsageError, match=rf"web2: there is no box {tmp_path}/boxes/own.box"):
        own_boxes.files(mixed, tmp_path)
    (tmp_path / "boxes").mkdir()
    (tmp_path / "boxes" / "own.box").touch()
    assert own_boxes.files(mixed, tmp_path) == {"boxes/own.box": tmp_path / "boxes" / "own.box"}


@pytest.mark.parametrize("path", ["own.box", "./own.box", "../boxes/own.box", "/srv/boxes/own-1.2.box"])
def test_a_path_may_be_written_as_in_a_shell(path: str) -> None:
    """From the lab file's folder on, or absolute."""
    text = (LABS / "lvs-dr.yml").read_text().replace(PLAIN, f"{PLAIN[:-1]}, box: {path}}}")
    assert parse_lab(text).node("web2").box == path


def test_a_lab_without_such_boxes_has_no_files(lab: Lab, tmp_path: Path) -> None:
    """Nothing is asked of Vagrant for it."""
    assert own_boxes.files(lab, tmp_path) == {}


def test_vagrant_takes_a_box_by_its_name_in_the_lab_file(
    paths: InstancePaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Into the instance's folder alone; where it does not, what it said is told."""
    program, file = tmp_path / "vagrant", tmp_path / "own.box"
    program.write_text('#!/bin/sh\necho "$VAGRANT_HOME: $*" >&2\n[ "$7" != /bad.box ]\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    own_boxes.add(paths, {"boxes/own.box": file})
    with pytest.raises(BoxError) as caught:
        own_boxes.add(paths, {"bad.box": Path("/bad.box")})
    assert caught.value.message == "vagrant box add /bad.box: vagrant ended with exit status 1"
    told = "box add --name bad.box --provider libvirt /bad.box"
    assert caught.value.details == [f"{paths.vagrant_home}: {told}"]


def test_the_vagrantfile_is_told_the_box_and_no_key(mixed: Lab, paths: InstancePaths) -> None:
    """The machine has its cards like any other, and none of what lvslab's own box takes."""
    keys.make(paths, mixed)
    machines.write_resolved(paths, mixed, "tcg")
    nodes = {node["name"]: node for node in json.loads(paths.resolved.read_text())["nodes"]}
    own, other = nodes["web2"], nodes["web1"]
    assert (own["box"], other["box"]) == ("boxes/own.box", None)
    assert {"credentials", "console", "boot"} <= other.keys()
    assert not {"credentials", "console", "boot"} & own.keys()
    assert [card["network"] for card in own["cards"]] == ["lan", "spare"]
    # nobody is there to give the card the address that the lab would want
    assert own["interfaces"][0]["mac"] == own["cards"][0]["mac"]


def test_snapshots_are_of_the_other_machines(mixed: Lab, virsh: list[str]) -> None:
    """What somebody has configured by hand is neither kept, nor held up, nor taken back."""
    snapshots.save(mixed, "verified")
    snapshots.restore_bare(mixed)
    assert snapshots.common(mixed) == ["verified"]
    assert "snapshot-revert nfs bare --paused --force" in virsh
    assert "qemu-monitor-command web1 --hmp loadvm bare" in virsh
    assert not [line for line in virsh if line.startswith("snapshot-revert web1")]
    assert not [line for line in virsh if "web2" in line]


def test_a_lab_that_is_put_back_has_it_run_with_its_cables_in(mixed: Lab, virsh: list[str]) -> None:
    """A fault from outside that was active leaves nothing on it."""
    snapshots.restore(mixed, "verified")
    about = [line for line in virsh if "web2" in line and not line.startswith("domstate")]
    mac = mixed.node("web2").card("lan")
    assert about == ["start web2", f"domif-setlink web2 {mac} up"]
